//! The map behind a lock: a cache.

use cubbyhole_core::{LockedMap, MapCache, SystemClock};
use cubbyhole_policy::KeepAllPolicy;

use crate::KeepAllMap;

/// A cache that keeps every value until it is deleted.
///
/// Its operations are those of [`CacheStoreImpl`](crate::CacheStoreImpl). A `set` is always kept; `delete` refuses a
/// pinned value; `clear` removes everything.
///
/// # Panics
///
/// None of its own. A panic in a value's `Clone` or `Drop` reaches the caller, and the cache is as it was, or as it
/// should be after the operation.
///
/// # Cancel safety
///
/// Every operation is complete at its first poll.
///
/// # Examples
///
/// ```
/// use cubbyhole_keep_all::{CacheStoreImpl, KeepAllCache, KeepAllPolicy, Retention};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let cache = KeepAllCache::new(&KeepAllPolicy::new());
/// assert!(cache.set("answer", 42, Retention::Pinned).await.is_kept());
/// assert_eq!(cache.delete("answer").await, None, "it is pinned");
/// assert_eq!(cache.get_unpin("answer").await, Some(42));
/// assert_eq!(cache.delete("answer").await, Some(42));
/// # }
/// ```
#[derive(Debug)]
pub struct KeepAllCache<V> {
    locked: LockedMap<KeepAllMap<V>>,
}

impl<V> KeepAllCache<V> {
    /// Makes an empty cache. Allocates nothing.
    #[must_use]
    pub const fn new(policy: &KeepAllPolicy) -> Self {
        Self {
            locked: LockedMap::new(KeepAllMap::new(policy), SystemClock),
        }
    }

    /// Verifies the structure, for tests. O(n).
    ///
    /// # Errors
    ///
    /// Says what is wrong.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.locked.lock().check_invariants()
    }
}

impl<V: Clone + Send> MapCache for KeepAllCache<V> {
    type Value = V;
    type Map = KeepAllMap<V>;
    type Clock = SystemClock;

    fn locked(&self) -> &LockedMap<KeepAllMap<V>> {
        &self.locked
    }
}
