//! The data structure of a cache, before anybody locks it.

use std::time::Duration;

use crate::{Clock, HashedKey, Removed, Retention, SetOutcome};

/// The data structure of a cache: plain, synchronous, with no lock of its own.
///
/// A store keeps many of these behind a lock of its own; [`LockedMap`](crate::LockedMap) makes one a cache that
/// stands alone. An implementation MUST hand every value that it removes to the [`Removed`] it is given (or to its
/// caller), so that no value is dropped under a lock, and MUST be in order before it runs a value's `Clone`, which
/// may panic. It reads the clock at most once an operation.
pub trait CacheMap<V: Clone> {
    /// Finds the value of `key` and counts that as use. Removes nothing: an entry past its time is left for
    /// a write or an alarm to collect.
    fn get(&mut self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V>;

    /// Returns a clone of the value of `key` and clears its pin.
    fn get_unpin(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V>;

    /// Stores a value. A value that is not kept, because all others are pinned, counts as evicted.
    fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> SetOutcome;

    /// Removes the value of `key` unless it is pinned, and counts it in `removed`.
    fn delete(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V>;

    /// Removes everything.
    fn clear(&mut self, removed: &mut Removed<V>);

    /// Moves everything into a map of its own, if this one can, and is empty then. O(1), so that a lock is not held
    /// while many entries are handed over.
    fn take(&mut self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Returns the number of entries that a read could find now.
    fn len(&self, clock: &dyn Clock) -> usize;

    /// Returns whether nothing is stored, not even an entry that is past its time.
    fn is_vacant(&self) -> bool;

    /// Returns clones of the values that a read could find now. O(n).
    fn values(&self, clock: &dyn Clock) -> Vec<V>;

    /// Removes at most `limit` entries that are past their time, and returns when the next one will be.
    fn expire(
        &mut self,
        clock: &dyn Clock,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<Duration> {
        let _ = (clock, limit, removed);
        None
    }
}
