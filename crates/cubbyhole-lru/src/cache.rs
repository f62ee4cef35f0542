//! The cache: an LRU map behind a lock.

use std::fmt;

use cubbyhole_core::{LockedMap, MapCache, SystemClock};
use cubbyhole_policy::{LruPolicy, MostRecentPolicy};

use crate::LruMap;

/// A cache that keeps the entries that were used last, in exact order of use, and those that are pinned.
///
/// Its operations are those of [`CacheStoreImpl`](cubbyhole_core::CacheStoreImpl), or, where no future is wanted,
/// those of [`InProcessCache`](cubbyhole_core::InProcessCache): O(1), complete at the first poll, without panics.
/// `clear` and `values` are O(n). The lock is held for one of them at a time, for no value's `Drop`, and for a moment
/// only of a `clear`.
pub struct LruCache<V> {
    locked: LockedMap<LruMap<V>>,
}

impl<V> LruCache<V> {
    /// Makes an empty cache that keeps what a policy says. Allocates nothing.
    ///
    /// A bound of 2³² or more counts as the largest that is less.
    #[must_use]
    pub fn new(policy: &LruPolicy) -> Self {
        Self::of(LruMap::new(policy))
    }

    /// Makes an empty cache that keeps the one value used last. Allocates nothing.
    #[must_use]
    pub fn most_recent(policy: &MostRecentPolicy) -> Self {
        Self::of(LruMap::most_recent(policy))
    }

    /// Verifies the invariants, for tests. O(n).
    ///
    /// # Errors
    ///
    /// Says which invariant does not hold.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.locked.lock().check_invariants()
    }

    fn of(map: LruMap<V>) -> Self {
        Self {
            locked: LockedMap::new(map, SystemClock),
        }
    }
}

impl<V: Clone + Send> MapCache for LruCache<V> {
    type Value = V;
    type Map = LruMap<V>;
    type Clock = SystemClock;

    #[inline]
    fn locked(&self) -> &LockedMap<LruMap<V>> {
        &self.locked
    }
}

impl<V> fmt::Debug for LruCache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LruCache")
            .field(&*self.locked.lock())
            .finish()
    }
}
