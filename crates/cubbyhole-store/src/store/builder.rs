//! Making a store in other than the usual way.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use cubbyhole_core::{Clock, SharedTier};

use super::CacheStore;
use crate::limits::MaxComputations;
use crate::world::World;

/// Makes a [`CacheStore`].
///
/// ```
/// use cubbyhole_core::ManualClock;
/// use cubbyhole_store::{CacheStore, OnMissingScope};
///
/// let clock = ManualClock::new();
/// let store = CacheStore::builder()
///     .clock(clock.clone())
///     .on_missing_scope(OnMissingScope::Refuse)
///     .build();
/// # let _ = store;
/// ```
#[derive(Clone)]
#[must_use = "a builder makes nothing until it is told to build"]
pub struct CacheStoreBuilder {
    clock: Arc<dyn Clock>,
    on_missing_scope: OnMissingScope,
    max: MaxComputations,
    seed: Option<u64>,
    tiers: Vec<Arc<dyn SharedTier>>,
}

/// What an operation does whose entry is cached by user or by session when the running task has none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum OnMissingScope {
    /// It fails with [`CacheError::MissingScope`](crate::CacheError::MissingScope): no value can end up with the wrong
    /// person.
    #[default]
    Refuse,
    /// It works in the global scope: what it stores is shared by **everybody** whose scope is missing. Choose this only
    /// if that is what you want.
    UseGlobal,
}

impl CacheStoreBuilder {
    pub(super) const fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            on_missing_scope: OnMissingScope::Refuse,
            max: MaxComputations {
                in_store: None,
                in_each_scope: None,
            },
            seed: None,
            tiers: Vec::new(),
        }
    }

    /// Takes the time from `clock` instead of the machine: in tests, from a
    /// [`ManualClock`](cubbyhole_core::ManualClock).
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Says what happens when the running task has no scope of an entry's cache type.
    pub const fn on_missing_scope(mut self, on_missing_scope: OnMissingScope) -> Self {
        self.on_missing_scope = on_missing_scope;
        self
    }

    /// Lets at most so many computations run at the same time in the whole store; the others wait for their turn, first
    /// come, first served. A computation that waits for another one does not count as running.
    ///
    /// The limit of a single registry entry is `max_computations` of its policy.
    pub const fn max_computations(mut self, max: NonZeroUsize) -> Self {
        self.max.in_store = Some(max.get());
        self
    }

    /// Lets at most so many computations run at the same time in each scope, so that one user cannot take up all of
    /// [`max_computations`](Self::max_computations).
    pub const fn max_computations_in_each_scope(mut self, max: NonZeroUsize) -> Self {
        self.max.in_each_scope = Some(max.get());
        self
    }

    /// Lets the `jitter` of policies be drawn from this seed, so that a test sees the same each time.
    pub const fn jitter_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Has the store tell this tier, from the beginning, of every scope that ends and every tag that is invalidated.
    ///
    /// Without it, the tier of an entry is told from when the entry is first used or
    /// [registered](CacheStore::register): a process that has just started, and is asked to forget a user, would not
    /// know yet that the values of that user are shared.
    pub fn shared_tier(mut self, tier: Arc<dyn SharedTier>) -> Self {
        self.tiers.push(tier);
        self
    }

    /// Makes the store.
    #[must_use]
    pub fn build(self) -> CacheStore {
        let world = World::new(self.clock, self.on_missing_scope, self.max, self.seed);
        for tier in &self.tiers {
            world.attach(tier);
        }
        CacheStore::of(world)
    }
}

impl fmt::Debug for CacheStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheStoreBuilder")
            .field("clock", &self.clock)
            .field("on_missing_scope", &self.on_missing_scope)
            .field("max_computations", &self.max.in_store)
            .field("max_computations_in_each_scope", &self.max.in_each_scope)
            .field("jitter_seed", &self.seed)
            .field("shared_tiers", &self.tiers)
            .finish()
    }
}
