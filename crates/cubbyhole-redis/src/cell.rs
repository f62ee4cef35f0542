//! The values of one registry entry in one scope.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{
    TierAnswer, TierCell, TierDone, TierError, TierLanding, TierLease, TierValue, TierWait,
};
use redis::{ScriptInvocation, Value};

use crate::answer::Answer;
use crate::invalidation::put;
use crate::lease::Claim;
use crate::node::{Node, millis};
use crate::outbox::Order;
use crate::place::{CellName, KeyNames};
use crate::renewal::Holding;
use crate::stored::{self, Stamp, Stored};
use crate::waiters::Ticket;

/// How often a question is asked again because the key changed while it was on its way.
const ATTEMPTS: usize = 8;

/// How long after the end of a lease it is asked for again.
const AFTER_LEASE: Duration = Duration::from_millis(2);

/// A cell that is open.
pub(crate) struct RedisCell {
    pub(crate) node: Arc<Node>,
    pub(crate) name: Arc<CellName>,
    /// The seat of its listener.
    pub(crate) seat: u64,
}

/// The listener is not told any more.
impl Drop for RedisCell {
    fn drop(&mut self) {
        self.node.audience.leave(&self.name, self.seat);
    }
}

/// A place among those who wait for a key, for as long as it is held.
struct Watch {
    node: Arc<Node>,
    ticket: Ticket,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.node.waiters.give_up(&mut self.ticket);
    }
}

impl Watch {
    /// Waits until something happens to the key, or the lease of whoever brings it has run out.
    async fn land(mut self, left: Duration) -> TierLanding {
        let landing = &mut self.ticket.landing;
        let landed = tokio::time::timeout(left + AFTER_LEASE, landing).await;
        landed.map_or(TierLanding::AskAgain, |landing| {
            landing.unwrap_or(TierLanding::AskAgain)
        })
    }
}

/// Who may have a lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    /// Whoever finds neither a value nor a lease.
    Ask,
    /// Whoever finds no lease.
    Try,
    /// Whoever wants it.
    Take,
}

impl Mode {
    const fn text(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Try => "try",
            Self::Take => "take",
        }
    }
}

impl RedisCell {
    fn watch(&self, key: &str) -> Watch {
        Watch {
            node: Arc::clone(&self.node),
            ticket: self.node.waiters.wait(self.name.digest, key),
        }
    }

    async fn ask(&self, call: &ScriptInvocation<'_>) -> Result<Answer, TierError> {
        let answer: Value = self.node.ask(call).await?;
        Answer::read(answer, self.node.config.max_value_bytes)
    }

    async fn ask_value(&self, names: &KeyNames) -> Result<Answer, TierError> {
        let mut call = self.node.scripts.get.prepare_invoke();
        call.key(&names.value);
        self.node.add_control(&mut call);
        call.arg(stored::most_stored(self.node.config.max_value_bytes));
        self.ask(&call).await
    }

    /// Asks for a lease, or for a value, but not for the one whose token was `refused`.
    async fn ask_lease(
        &self,
        claim: &Holding,
        mode: Mode,
        refused: &[u8],
    ) -> Result<Answer, TierError> {
        let names = self.name.key(&claim.key);
        let config = &self.node.config;
        let deleting = self.node.outbox.deleting(self.name.digest, &claim.key);
        let node = deleting.map(|_| format!("{:016x}", self.node.tokens.node()));
        let mut call = self.node.scripts.acquire.prepare_invoke();
        call.key(names.value).key(names.lease).key(names.index);
        self.node.add_control(&mut call);
        call.arg(claim.token.to_string())
            .arg(millis(config.lease))
            .arg(mode.text())
            .arg(stored::most_stored(config.max_value_bytes))
            .arg(names.member)
            .arg(refused)
            .arg(node.unwrap_or_default())
            .arg(deleting.unwrap_or_default());
        self.ask(&call).await
    }

    /// Says whether a value may be used: nothing that covers it was invalidated since it was begun.
    fn may_have(&self, stored: &Stored) -> bool {
        let marks = self.node.marks.read();
        !marks.beat(stored.stamp, &self.name, &stored.value.tags)
    }

    /// Returns a value that may be used, or the token of the one that may not.
    ///
    /// What was invalidated before the value was read is known by then: it was said before the answer.
    async fn usable(
        &self,
        bytes: &[u8],
        left: Duration,
        read_at: Option<Stamp>,
    ) -> Result<Result<TierValue, Vec<u8>>, TierError> {
        if let Some(stamp) = read_at {
            self.node.hear_up_to(stamp).await?;
        }
        let stored = stored::decode(bytes, left);
        if let Some(stored) = &stored {
            stored::check_size(stored.value.bytes.len(), self.node.config.max_value_bytes)?;
        }
        Ok(match stored {
            Some(stored) if self.may_have(&stored) => Ok(stored.value),
            Some(_) => Err(stored::token_text(bytes).to_vec()),
            None => Err(b"*".to_vec()),
        })
    }

    fn is_deleted(&self, key: &str, bytes: &[u8]) -> bool {
        let deleting = self.node.outbox.deleting(self.name.digest, key);
        deleting.is_some_and(|before| {
            let written = stored::token(bytes);
            written.is_none_or(|by| by.node != self.node.tokens.node() || by.count <= before)
        })
    }

    fn claim(&self, key: &str) -> (Holding, Claim) {
        let holding = Holding {
            cell: Arc::clone(&self.name),
            key: key.into(),
            token: self.node.tokens.next(),
        };
        let claim = Claim::new(Arc::clone(&self.node), holding.clone());
        (holding, claim)
    }

    /// Asks for a lease without a look at the value.
    async fn lease(&self, key: &str, mode: Mode) -> Result<Option<Box<dyn TierLease>>, TierError> {
        let (holding, claim) = self.claim(key);
        match self.ask_lease(&holding, mode, b"").await? {
            Answer::Leased(stamp) => self.granted(claim, stamp).await.map(Some),
            _ => {
                claim.end();
                Ok(None)
            }
        }
    }

    /// Makes a lease of a claim. What the counter says now, or said when the lease was given, is when its holder begins.
    async fn granted(
        &self,
        claim: Claim,
        stamp: Option<Stamp>,
    ) -> Result<Box<dyn TierLease>, TierError> {
        self.node.announce(&self.name.entry).await?;
        let stamp = match stamp {
            Some(stamp) => stamp,
            None => self.node.count().await?,
        };
        Ok(Box::new(claim.granted(stamp)))
    }

    fn delete_order(&self, key: &str) -> Order {
        Order::Delete {
            cell: Arc::clone(&self.name),
            key: key.into(),
            before: self.node.tokens.last(),
        }
    }
}

#[async_trait]
impl TierCell for RedisCell {
    /// One round trip, and another for each time that the key changes meanwhile.
    async fn get(&self, key: &str) -> Result<Option<TierValue>, TierError> {
        let names = self.name.key(key);
        for _ in 0..ATTEMPTS {
            let mut watch = self.watch(key);
            let answer = self.ask_value(&names).await?;
            let found = match &answer {
                Answer::Value(bytes, left, read_at) => {
                    self.usable(bytes, *left, *read_at).await?.ok()
                }
                _ => None,
            };
            if watch.ticket.is_called() {
                continue;
            }
            let is_deleted =
                matches!(&answer, Answer::Value(bytes, ..) if self.is_deleted(key, bytes));
            return Ok(found.filter(|_| !is_deleted));
        }
        Ok(None)
    }

    /// One round trip; one more for the first lease of an entry, and one for each value that is there and may not be
    /// used.
    async fn get_or_lease(&self, key: &str) -> Result<TierAnswer, TierError> {
        let mut refused = Vec::new();
        for _ in 0..ATTEMPTS {
            let mut watch = self.watch(key);
            let (holding, claim) = self.claim(key);
            let answer = self.ask_lease(&holding, Mode::Ask, &refused).await?;
            match answer {
                Answer::Leased(stamp) => {
                    return self.granted(claim, stamp).await.map(TierAnswer::Leased);
                }
                Answer::Busy(left) => {
                    claim.end();
                    return Ok(TierAnswer::Busy(Box::pin(watch.land(left))));
                }
                Answer::Value(bytes, left, read_at) => {
                    claim.end();
                    let usable = self.usable(&bytes, left, read_at).await?;
                    if watch.ticket.is_called() || self.is_deleted(key, &bytes) {
                        continue;
                    }
                    match usable {
                        Ok(value) => return Ok(TierAnswer::Found(value)),
                        Err(token) => refused = token,
                    }
                }
                Answer::Nothing => return Err(Answer::misunderstood()),
            }
        }
        let ask_again: TierWait = Box::pin(std::future::ready(TierLanding::AskAgain));
        Ok(TierAnswer::Busy(ask_again))
    }

    async fn try_lease(&self, key: &str) -> Result<Option<Box<dyn TierLease>>, TierError> {
        self.lease(key, Mode::Try).await
    }

    /// If it cannot be given, the key is deleted as soon as possible: what is there is not the value that was to be.
    async fn take_lease(&self, key: &str) -> Result<Box<dyn TierLease>, TierError> {
        let lease = self.lease(key, Mode::Take).await;
        if lease.is_err() {
            self.node.outbox.put(self.delete_order(key), None);
        }
        lease?.ok_or_else(Answer::misunderstood)
    }

    fn delete(&self, key: &str) -> TierDone {
        let done = put(&self.node, self.delete_order(key));
        let landing = TierLanding::AskAgain;
        self.node.waiters.wake(self.name.digest, key, &landing);
        done
    }
}
