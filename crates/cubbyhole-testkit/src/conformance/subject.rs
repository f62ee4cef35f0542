//! What a check is given: how to make a cache, and what it promises.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
use hashbrown::HashSet;

use crate::Profile;

/// A cache as the suite holds it.
pub(super) type Cache<V> = Arc<dyn CacheStoreImpl<V>>;

type Make<V> = Box<dyn Fn(&Profile) -> Cache<V>>;

/// Makes caches to be checked.
pub struct Subject<V> {
    profile: Profile,
    make: Make<V>,
}

impl<V: 'static> Subject<V> {
    pub(super) fn new(profile: Profile, make: impl Fn(&Profile) -> Cache<V> + 'static) -> Self {
        Self {
            profile,
            make: Box::new(make),
        }
    }

    pub(super) const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Makes an empty cache.
    pub(super) fn cache(&self) -> CacheUnderTest<V> {
        CacheUnderTest {
            profile: self.profile.clone(),
            cache: (self.make)(&self.profile),
            pinned: Mutex::default(),
        }
    }

    /// Returns how many of `n` entries that were set one after the other are still there.
    pub(super) fn survivors(&self, n: usize) -> usize {
        self.profile
            .capacity()
            .map_or(n, |capacity| n.min(capacity))
    }
}

impl<V> fmt::Debug for Subject<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subject").field(&self.profile).finish()
    }
}

/// A cache that checks its bound after every operation.
pub(super) struct CacheUnderTest<V> {
    profile: Profile,
    cache: Cache<V>,
    pinned: Mutex<HashSet<String>>,
}

impl<V: Send + 'static> CacheUnderTest<V> {
    pub(super) fn get(&self, key: &str) -> Option<V> {
        let found = self.profile.run(self.cache.get(key));
        self.check_bound();
        found
    }

    pub(super) fn get_unpin(&self, key: &str) -> Option<V> {
        let found = self.profile.run(self.cache.get_unpin(key));
        self.pinned().remove(key);
        self.check_bound();
        found
    }

    pub(super) fn set(&self, key: &str, value: V) -> SetOutcome {
        let set = self.cache.set(key, value, Retention::Evictable);
        let outcome = self.profile.run(set);
        self.pinned().remove(key);
        self.check_bound();
        outcome
    }

    pub(super) fn set_pinned(&self, key: &str, value: V) -> SetOutcome {
        let outcome = self
            .profile
            .run(self.cache.set(key, value, Retention::Pinned));
        self.pinned().insert(key.to_owned());
        self.check_bound();
        outcome
    }

    /// Stores values that the cache has to keep, for now at least.
    pub(super) fn fill(&self, keys: impl IntoIterator<Item = (String, V)>) {
        for (key, value) in keys {
            let outcome = self.set(&key, value);
            assert!(outcome.is_kept(), "nothing is pinned, so {key:?} is kept");
        }
    }

    pub(super) fn delete(&self, key: &str) -> Option<V> {
        let found = self.profile.run(self.cache.delete(key));
        self.check_bound();
        found
    }

    pub(super) fn clear(&self) {
        self.profile.run(self.cache.clear());
        self.pinned().clear();
    }

    pub(super) fn len(&self) -> usize {
        self.cache.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }

    pub(super) fn values(&self) -> Vec<V> {
        self.cache.values()
    }

    pub(super) fn advance(&self, by: Duration) {
        self.profile.clock().advance(by);
    }

    /// Returns the cache itself, whose bound nobody checks.
    pub(super) const fn shared(&self) -> &Cache<V> {
        &self.cache
    }

    /// Checks `len ≤ max(capacity, number of pinned entries)`.
    fn check_bound(&self) {
        let Some(capacity) = self.profile.capacity() else {
            return;
        };
        let (len, pinned) = (self.cache.len(), self.pinned().len());
        assert!(
            len <= capacity.max(pinned),
            "{len} entries, of which {pinned} are pinned: more than the bound of {capacity} allows"
        );
    }

    fn pinned(&self) -> MutexGuard<'_, HashSet<String>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
