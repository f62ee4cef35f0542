//! What belongs to one node: all that its tier, its cells, its leases and its tasks share.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use cubbyhole_core::{StoreEvent, StoreListener, TierError, TierState};
use hashbrown::HashSet;
use redis::{FromRedisValue, RedisError, RedisResult, ScriptInvocation};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::audience::Audience;
use crate::config::{Endpoint, RedisConfig};
use crate::connection::Commands;
use crate::health::Health;
use crate::marks::{Marks, MarksLock};
use crate::message::read_era;
use crate::outbox::Outbox;
use crate::place::{EntryName, Names};
use crate::recent::Recent;
use crate::renewal::Renewals;
use crate::scripts::Scripts;
use crate::stored::Stamp;
use crate::token::Tokens;
use crate::waiters::Waiters;

/// One node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) config: RedisConfig,
    pub(crate) names: Names,
    pub(crate) channel: String,
    pub(crate) scripts: Scripts,
    pub(crate) tokens: Tokens,
    pub(crate) marks: Arc<MarksLock>,
    pub(crate) outbox: Outbox,
    pub(crate) audience: Audience,
    pub(crate) waiters: Waiters,
    pub(crate) renewals: Renewals,
    pub(crate) health: Health,
    pub(crate) recent: Recent,
    /// Wakes whoever waits for messages about marks.
    pub(crate) heard: Notify,
    /// Whether all keys are on one server, so that one script may have any of them.
    is_one_server: bool,
    pub(crate) runtime: Handle,
    store: OnceLock<Weak<dyn StoreListener>>,
    commands: Mutex<Option<Commands>>,
    /// The entries that are in the set of entries since the connection was made.
    announced: Mutex<HashSet<Arc<EntryName>>>,
}

impl Node {
    pub(crate) fn new(config: RedisConfig, endpoint: &Endpoint, runtime: Handle) -> Self {
        let secret = config.secret.as_ref();
        let secret = secret.map_or("cubbyhole", |secret| secret.expose());
        let names = Names::new(&config.prefix, secret.as_bytes(), config.clear_ids);
        let marks = Arc::new(MarksLock::new(Marks::new(config.max_marks)));
        Self {
            channel: names.channel(endpoint.database()),
            names,
            scripts: Scripts::new(),
            tokens: Tokens::new(),
            outbox: Outbox::new(config.max_queued, Arc::clone(&marks)),
            marks,
            audience: Audience::default(),
            waiters: Waiters::default(),
            renewals: Renewals::default(),
            health: Health::new(config.max_failures, config.call_timeout),
            recent: Recent::default(),
            heard: Notify::new(),
            is_one_server: endpoint.is_one_server(),
            runtime,
            store: OnceLock::new(),
            commands: Mutex::new(None),
            announced: Mutex::default(),
            config,
        }
    }

    /// Remembers who is told what concerns more than one cell; the first is the one.
    pub(crate) fn attach(&self, store: Weak<dyn StoreListener>) {
        // A second store is not told: the contract has one.
        let _ = self.store.set(store);
    }

    pub(crate) fn tell_store(&self, event: StoreEvent<'_>) {
        if let Some(store) = self.store.get().and_then(Weak::upgrade) {
            store.hear(event);
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.health.state() == TierState::Connected
    }

    pub(crate) fn put_commands(&self, commands: Option<Commands>) {
        *self.commands() = commands;
        self.announced().clear();
    }

    fn commands(&self) -> MutexGuard<'_, Option<Commands>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where commands go, even if the tier cannot be trusted yet.
    pub(crate) fn reachable_commands(&self) -> Result<Commands, TierError> {
        self.commands().clone().ok_or(TierError::Away)
    }

    /// Runs a script for whoever asks the tier: only when it can be trusted.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, TierError> {
        if !self.is_connected() {
            self.health.turned_away();
            return Err(TierError::Away);
        }
        self.run(script).await
    }

    /// Runs a script.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, TierError> {
        let mut commands = self.reachable_commands()?;
        self.limited(script.invoke_async(&mut commands)).await
    }

    /// Waits for a call for as long as a call may take, and counts what becomes of it.
    pub(crate) async fn limited<T>(
        &self,
        call: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, TierError> {
        self.health.count_call();
        let limit = self.config.call_timeout;
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(answer)) => {
                self.health.succeeded();
                Ok(answer)
            }
            Ok(Err(error)) => Err(self.judge(&error)),
            Err(_) => {
                self.health.failed();
                Err(self.timed_out())
            }
        }
    }

    pub(crate) const fn timed_out(&self) -> TierError {
        TierError::TimedOut {
            after: self.config.call_timeout,
        }
    }

    fn judge(&self, error: &RedisError) -> TierError {
        match error.code() {
            Some(code) if !MEANS_AWAY.contains(&code) => {
                self.health.refused();
                TierError::Refused(code.to_owned())
            }
            _ if error.is_timeout() => {
                self.health.failed();
                self.timed_out()
            }
            _ => {
                self.health.failed();
                TierError::Away
            }
        }
    }

    /// Adds the key of the counter to a script about a cell, if both are on one server. Says whether they are.
    pub(crate) fn add_control(&self, call: &mut ScriptInvocation<'_>) -> bool {
        if self.is_one_server {
            call.key(self.names.control());
        }
        self.is_one_server
    }

    /// Asks how far the counter is.
    pub(crate) async fn count(&self) -> Result<Stamp, TierError> {
        let mut commands = self.reachable_commands()?;
        let mut counts = redis::cmd("HMGET");
        counts.arg(self.names.control()).arg("era").arg("seq");
        let (era, seq): (Option<String>, Option<u64>) =
            self.limited(counts.query_async(&mut commands)).await?;
        let era = era.and_then(|era| read_era(&era)).unwrap_or_default();
        let seq = seq.unwrap_or_default();
        Ok(Stamp { era, seq })
    }

    /// Waits until everything was heard that had been said when the counter was there, for as long as a call may take.
    pub(crate) async fn hear_up_to(&self, stamp: Stamp) -> Result<(), TierError> {
        let hearing = async {
            loop {
                let mut heard = pin!(self.heard.notified());
                heard.as_mut().enable();
                match self.marks.read().is_heard(stamp) {
                    Some(true) => return Ok(()),
                    Some(false) => {}
                    None => {
                        self.health.tripped.notify_one();
                        return Err(TierError::Away);
                    }
                }
                heard.await;
            }
        };
        let limit = self.config.call_timeout;
        let heard = tokio::time::timeout(limit, hearing).await;
        heard.unwrap_or_else(|_| {
            self.health.failed();
            Err(self.timed_out())
        })
    }

    /// Sees to it that an entry is in the set of entries before something of it is stored.
    pub(crate) async fn announce(&self, entry: &Arc<EntryName>) -> Result<(), TierError> {
        if self.announced().contains(entry) {
            return Ok(());
        }
        let mut commands = self.reachable_commands()?;
        let mut add = redis::cmd("SADD");
        add.arg(self.names.entries()).arg(entry.member());
        self.limited(add.query_async::<()>(&mut commands)).await?;
        self.announced().insert(Arc::clone(entry));
        Ok(())
    }

    fn announced(&self) -> MutexGuard<'_, HashSet<Arc<EntryName>>> {
        let announced = self.announced.lock();
        announced.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers of a server that cannot do its work: as good as none.
const MEANS_AWAY: [&str; 8] = [
    "LOADING",
    "MASTERDOWN",
    "READONLY",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "BUSY",
    "NOREPLICAS",
    "NOAUTH",
];

/// Milliseconds, as Redis wants them: at least one.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .max(1)
}
