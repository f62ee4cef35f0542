//! The right to bring a value, held by this node.

use std::sync::Arc;

use async_trait::async_trait;
use cubbyhole_core::{TierError, TierLease, TierValue};

use crate::marks::covering;
use crate::message::{KeyEvent, about_key, era_text};
use crate::node::{Node, millis};
use crate::outbox::Order;
use crate::renewal::Holding;
use crate::stored::{self, Stamp};

/// The longest message about a failure, in bytes.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// A lease that was asked for, and perhaps given: it is given back unless something else ends it.
pub(crate) struct Claim {
    node: Arc<Node>,
    holding: Holding,
    is_over: bool,
}

impl Claim {
    pub(crate) const fn new(node: Arc<Node>, holding: Holding) -> Self {
        Self {
            node,
            holding,
            is_over: false,
        }
    }

    /// Ends it without a word to Redis, which knows already.
    pub(crate) fn end(mut self) {
        self.is_over = true;
    }

    /// Makes a lease of it.
    pub(crate) fn granted(self, stamp: Stamp) -> RedisLease {
        self.node.renewals.hold(self.holding.clone());
        RedisLease { claim: self, stamp }
    }
}

/// Gives the lease back, if it was given, in a task of its own.
impl Drop for Claim {
    fn drop(&mut self) {
        self.node.renewals.end(self.holding.token);
        if !self.is_over && self.node.is_connected() {
            let node = Arc::clone(&self.node);
            let holding = self.holding.clone();
            let release = async move { release(&node, &holding, KeyEvent::Released).await };
            self.node.runtime.spawn(release);
        }
    }
}

/// A lease that was given.
pub(crate) struct RedisLease {
    claim: Claim,
    /// What was known to be invalidated when it was given.
    stamp: Stamp,
}

impl RedisLease {
    fn is_beaten(&self, value: &TierValue) -> bool {
        let marks = self.claim.node.marks.read();
        marks.beat(self.stamp, &self.claim.holding.cell, &value.tags)
    }

    fn encoded(&self, value: &TierValue) -> Result<Vec<u8>, TierError> {
        stored::check_size(value.bytes.len(), self.claim.node.config.max_value_bytes)?;
        stored::encode(self.claim.holding.token, self.stamp, value)
    }

    /// Stores the value if the lease has not been lost.
    async fn store(&self, value: &TierValue) -> Result<bool, TierError> {
        let bytes = self.encoded(value)?;
        let Claim { node, holding, .. } = &self.claim;
        let lifetime = value.lifetime.unwrap_or(node.config.max_lifetime);
        let names = holding.cell.key(&holding.key);
        let message = about_key(
            node.tokens.next(),
            holding.cell.digest,
            &holding.key,
            KeyEvent::Set,
        );
        let mut call = node.scripts.publish.prepare_invoke();
        call.key(names.value).key(names.lease).key(names.index);
        if node.add_control(&mut call) {
            call.key(node.names.marks());
        }
        call.arg(holding.token.to_string())
            .arg(bytes)
            .arg(millis(lifetime.min(node.config.max_lifetime)))
            .arg(names.member)
            .arg(&node.channel)
            .arg(message)
            .arg(era_text(self.stamp.era))
            .arg(self.stamp.seq);
        for thing in covering(&holding.cell, &value.tags) {
            call.arg(thing.member());
        }
        node.ask(&call).await
    }

    /// Removes the value of the key, whatever it is.
    fn delete(&self) {
        let Claim { node, holding, .. } = &self.claim;
        let order = Order::Delete {
            cell: Arc::clone(&holding.cell),
            key: holding.key.clone(),
            before: holding.token.count,
        };
        node.outbox.put(order, None);
    }
}

#[async_trait]
impl TierLease for RedisLease {
    /// One round trip. A value that was invalidated since the lease was given is not sent at all.
    async fn publish(self: Box<Self>, value: TierValue) -> Result<bool, TierError> {
        if self.is_beaten(&value) {
            return Ok(false);
        }
        match self.store(&value).await {
            // What was invalidated while it was stored is removed, not only unusable: it may have to be erased.
            Ok(true) if self.is_beaten(&value) => {
                self.delete();
                Ok(false)
            }
            Ok(true) => {
                self.claim.end();
                Ok(true)
            }
            // What is left of the lease is given back.
            Ok(false) => Ok(false),
            Err(error) => {
                self.delete();
                Err(error)
            }
        }
    }

    async fn fail(self: Box<Self>, message: &str) {
        let Claim { node, holding, .. } = &self.claim;
        let event = KeyEvent::Failed(shortened(message));
        release(node, holding, event).await;
        self.claim.end();
    }
}

/// As much of a message as is sent.
fn shortened(message: &str) -> &str {
    let mut end = message.len().min(LONGEST_MESSAGE);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    &message[..end]
}

/// Gives a lease back. If that fails, it ends by itself.
async fn release(node: &Node, holding: &Holding, event: KeyEvent<'_>) {
    let names = holding.cell.key(&holding.key);
    let message = about_key(node.tokens.next(), holding.cell.digest, &holding.key, event);
    let mut call = node.scripts.release.prepare_invoke();
    call.key(names.lease)
        .arg(holding.token.to_string())
        .arg(&node.channel)
        .arg(message);
    // The error was counted where it was met.
    let _ = node.ask::<bool>(&call).await;
}
