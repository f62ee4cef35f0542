//! A store with one registry entry and a clock, all of whose operations must be complete at their first poll.

use std::time::Duration;

use cubbyhole_core::{ManualClock, SetOutcome};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, EntryStats, PendingValue};

use super::now;

pub(crate) struct Shelf<V> {
    pub(crate) store: CacheStore,
    pub(crate) entry: CachedRegistryEntry<V>,
    pub(crate) clock: ManualClock,
}

impl<V: Clone + Send + Sync + 'static> Shelf<V> {
    pub(crate) fn new(policy: CachePolicy) -> Self {
        Self::with(CachedRegistryEntry::new("shelf", policy))
    }

    pub(crate) fn with(entry: CachedRegistryEntry<V>) -> Self {
        let clock = ManualClock::new();
        let store = CacheStore::builder().clock(clock.clone()).build();
        Self {
            store,
            entry,
            clock,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V> {
        now(self.store.get(&self.entry, key)).unwrap()
    }

    pub(crate) fn unpin(&self, key: &str) -> Option<V> {
        now(self.store.get_unpin(&self.entry, key)).unwrap()
    }

    pub(crate) fn set(&self, key: &str, value: V) -> SetOutcome {
        now(self.store.set(&self.entry, key, value)).unwrap()
    }

    pub(crate) fn pin(&self, key: &str, value: V) -> SetOutcome {
        now(self.store.set_pinned(&self.entry, key, value)).unwrap()
    }

    pub(crate) fn delete(&self, key: &str) -> Option<V> {
        now(self.store.delete(&self.entry, key)).unwrap()
    }

    pub(crate) fn pending(&self, key: &str) -> PendingValue<V> {
        self.store.set_pending(&self.entry, key).unwrap()
    }

    /// Waits in the hand of the caller.
    pub(crate) fn wait(&self, key: &'static str) -> super::Hand<'_, Result<Option<V>, CacheError>> {
        super::Hand::new(self.store.get_or_wait(&self.entry, key))
    }

    pub(crate) fn fail(&self, key: &str, why: &str) -> bool {
        self.store.fail(&self.entry, key, why).unwrap()
    }

    pub(crate) fn clear(&self) {
        now(self.store.clear());
    }

    pub(crate) fn drop_scope(&self, scope: &CacheScope) {
        now(self.store.drop_scope(scope));
    }

    pub(crate) fn len(&self) -> usize {
        self.store.scope_store(&self.entry).unwrap().len().unwrap()
    }

    pub(crate) fn values(&self) -> Vec<V> {
        let caches = self.store.scope_store(&self.entry).unwrap();
        caches.values().unwrap()
    }

    pub(crate) fn stats(&self) -> EntryStats {
        let stats = self.store.stats();
        stats.of(self.entry.store_key()).unwrap().clone()
    }

    /// What the store holds now: entries, and scopes that hold anything.
    pub(crate) fn held(&self) -> (u64, u64) {
        let stats = self.stats();
        (stats.entries, stats.scopes)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn lru(max_size: usize) -> CachePolicy {
    CachePolicy::lru(max_size).unwrap()
}

pub(crate) const fn keep_all() -> CachePolicy {
    CachePolicy::keep_all()
}

pub(crate) fn ttl(seconds: u64) -> CachePolicy {
    CachePolicy::ttl(Duration::from_secs(seconds)).unwrap()
}

pub(crate) fn by_user(policy: CachePolicy) -> CachePolicy {
    policy.with_cache_type(CacheType::User)
}

pub(crate) fn by_session(policy: CachePolicy) -> CachePolicy {
    policy.with_cache_type(CacheType::Session)
}

pub(crate) fn user(id: &str) -> ScopeContext {
    ScopeContext::new().user(id)
}

pub(crate) fn session(id: &str) -> ScopeContext {
    ScopeContext::new().session(id)
}
