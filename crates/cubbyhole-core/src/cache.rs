//! The contract of a cache.

use async_trait::async_trait;

use crate::{InProcessCache, Retention, SetOutcome};

/// A cache: the entries of one registry entry in one scope.
///
/// The trait is object-safe, so a remote cache can stand behind `Arc<dyn CacheStoreImpl<V>>`.
/// A cache of this process implements [`InProcessCache`] and gets this trait from it.
///
/// # Contract
///
/// - Each operation is atomic: another task sees it done or not begun.
/// - A pinned value is neither evicted nor expired until [`get_unpin`](Self::get_unpin) or a later
///   [`set`](Self::set) unpins it, and [`delete`](Self::delete) leaves it alone.
/// - An implementation MUST NOT hold a lock while a value is dropped, nor across an `.await`.
/// - A panic in a value's `Clone` or `Drop` MUST leave the cache usable.
/// - A cache that cannot be reached answers as if it held nothing, and says [`SetOutcome::NotKept`].
///
/// `cubbyhole_testkit::conformance!` checks all of it.
///
/// # Cancel safety
///
/// An operation of an in-process cache is complete at its first poll.
/// For a cache that waits, dropping the future of an operation may leave that operation done or not done, never half
/// done.
#[async_trait]
pub trait CacheStoreImpl<V: Send + 'static>: Send + Sync {
    /// Returns a clone of the value of `key`; a read counts as use. A pin stays.
    async fn get(&self, key: &str) -> Option<V>;

    /// Returns a clone of the value of `key`, as [`get`](Self::get) does, and clears its pin.
    ///
    /// If the cache holds more than its policy allows, or the value is past its time, the value leaves the cache
    /// with this read.
    async fn get_unpin(&self, key: &str) -> Option<V>;

    /// Stores `value` under `key` in place of what was there, with the `retention` given (whatever it was before).
    async fn set(&self, key: &str, value: V, retention: Retention) -> SetOutcome;

    /// Removes the value of `key` and returns it; a pinned value stays, and `None` comes back.
    async fn delete(&self, key: &str) -> Option<V>;

    /// Removes every entry, pinned or not.
    async fn clear(&self);

    /// Returns the number of entries that a read could find now.
    fn len(&self) -> usize;

    /// Returns whether there is no entry that a read could find now.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns clones of all values that a read could find now, in no particular order. Not a use. O(n).
    fn values(&self) -> Vec<V>;

    /// Returns this cache as one that never waits, if it is one: a store then asks it directly.
    fn as_in_process(&self) -> Option<&dyn InProcessCache<Value = V>> {
        None
    }
}
