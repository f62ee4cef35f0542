//! A node: a tier, and ears for what it tells.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cubbyhole_core::{
    CellEvent, CellListener, SharedTier, StoreEvent, StoreListener, TierAnswer, TierCell,
    TierPlace, TierScope, TierState, TierValue,
};
use cubbyhole_fleet::{PATIENCE, Server, until};
use cubbyhole_policy::CacheType;
use cubbyhole_redis::{RedisConfig, RedisTier};

/// What was heard, as text.
#[derive(Debug, Default)]
pub(crate) struct Ear(Mutex<Vec<String>>);

impl Ear {
    pub(crate) fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    pub(crate) async fn hears(&self, what: &str) {
        until(what, || self.heard().iter().any(|heard| heard == what)).await;
    }

    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl CellListener for Ear {
    fn hear(&self, event: CellEvent<'_>) {
        self.note(match event {
            CellEvent::Set { key } => format!("set {key}"),
            CellEvent::Deleted { key } => format!("deleted {key}"),
            CellEvent::TagInvalidated { tag } => format!("tag {tag}"),
            CellEvent::ScopeDropped => "dropped".to_owned(),
            CellEvent::EpochBumped => "epoch".to_owned(),
            other => format!("{other:?}"),
        });
    }
}

impl StoreListener for Ear {
    fn hear(&self, event: StoreEvent<'_>) {
        self.note(match event {
            StoreEvent::TagInvalidated { tag } => format!("tag {tag}"),
            StoreEvent::EntryCleared { kind, uid } => format!("cleared {kind} {uid}"),
            StoreEvent::Distrusted => "distrusted".to_owned(),
            StoreEvent::CaughtUp => "caught up".to_owned(),
            other => format!("{other:?}"),
        });
    }
}

/// A configuration for tests that are not about time: a busy machine is no failure.
pub(crate) fn patient(url: &str) -> RedisConfig {
    let mut config = RedisConfig::from_url(url);
    config.call_timeout = PATIENCE;
    config.connect_timeout = PATIENCE;
    config.heartbeat_timeout = PATIENCE;
    config.longest_pause = Duration::from_millis(200);
    config.trust_for = Duration::from_millis(200);
    config
}

/// A tier, and what its store hears.
pub(crate) struct Node {
    pub(crate) tier: RedisTier,
    pub(crate) ear: Arc<Ear>,
}

/// An open cell, and what its listener hears.
pub(crate) struct Cell {
    pub(crate) cell: Arc<dyn TierCell>,
    pub(crate) ear: Arc<Ear>,
}

impl Node {
    pub(crate) async fn of(server: &Server) -> Self {
        Self::with(patient(&server.url())).await
    }

    /// Makes a node, and waits until it is connected.
    pub(crate) async fn with(config: RedisConfig) -> Self {
        let node = Self::lazy(config);
        node.is(TierState::Connected).await;
        node
    }

    pub(crate) fn lazy(config: RedisConfig) -> Self {
        let tier = RedisTier::connect_lazy(config).unwrap();
        let ear = Arc::new(Ear::default());
        let listener: Arc<dyn StoreListener> = Arc::clone(&ear) as _;
        tier.attach(Arc::downgrade(&listener));
        Self { tier, ear }
    }

    pub(crate) async fn is(&self, state: TierState) {
        until(state.name(), || self.tier.status().state == state).await;
    }

    /// Opens the cell of a user in an entry.
    pub(crate) fn open(&self, uid: &str, user: &str) -> Cell {
        let ear = Arc::new(Ear::default());
        let listener: Arc<dyn CellListener> = Arc::clone(&ear) as _;
        let place = TierPlace {
            kind: "kind",
            uid,
            scope: user_scope(user),
        };
        let cell = self.tier.open(place, Arc::downgrade(&listener));
        Cell { cell, ear }
    }
}

pub(crate) const fn user_scope(id: &str) -> TierScope<'_> {
    TierScope {
        cache_type: CacheType::User,
        id,
    }
}

pub(crate) fn value(text: &str) -> TierValue {
    TierValue::new(text.into())
}

pub(crate) fn tagged(text: &str, tag: &str) -> TierValue {
    let mut value = value(text);
    value.tags = vec![tag.into()];
    value
}

impl Cell {
    pub(crate) async fn set(&self, key: &str, value: TierValue) -> bool {
        let lease = self.cell.take_lease(key).await.unwrap();
        lease.publish(value).await.unwrap()
    }

    /// Returns the value of a key as text.
    pub(crate) async fn get(&self, key: &str) -> Option<String> {
        let value = self.cell.get(key).await.unwrap();
        value.map(|value| String::from_utf8(value.bytes).unwrap())
    }

    pub(crate) async fn ask(&self, key: &str) -> TierAnswer {
        self.cell.get_or_lease(key).await.unwrap()
    }
}
