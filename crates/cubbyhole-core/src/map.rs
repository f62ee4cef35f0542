//! The data structure of a cache, before anybody locks it.

use std::time::Duration;

use crate::{Clock, HashedKey, Removed, Retention, SetOutcome, StoredKey};

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

    /// Finds the value of `key` as [`get`](Self::get) does, and changes nothing: this does not count as use.
    fn peek(&self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V>;

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

    /// Removes the entry of `key`, pinned or not, past its time or not, and returns its value.
    ///
    /// Nothing counts this: it is for who moves an entry and does not end it.
    fn remove(&mut self, key: HashedKey<'_>) -> Option<V>;

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

    /// Takes all entries out, pinned ones and such as are past their time included, and is empty then. O(n).
    ///
    /// The entry that would be evicted first comes first, and those that are pinned, so that none of them would be,
    /// come last; where entries expire, the one that was set first comes first. Setting them in this order brings the
    /// order back. Nothing counts this, as for [`remove`](Self::remove).
    fn take_entries(&mut self) -> Vec<MapEntry<V>>;

    /// Returns all keys, in the order of [`take_entries`](Self::take_entries), and changes nothing. O(n), but no value is
    /// touched.
    fn keys(&self) -> Vec<StoredKey>;

    /// Finds the entry of `key`, past its time or not, and changes nothing: this does not count as use.
    fn inspect(&self, key: HashedKey<'_>) -> Option<MapEntry<&V>>;

    /// Puts an entry of earlier times back, as the one that would be evicted or expire first; of several, the one that
    /// would go last has to come first. It counts as no use, and nothing counts it.
    ///
    /// # Errors
    ///
    /// Gives the entry back if there is one of its key, or no place for it: nothing is replaced or evicted for it, and
    /// where entries expire in the order in which they were set, it has to be the first of them.
    fn restore(&mut self, entry: MapEntry<V>, clock: &dyn Clock) -> Result<(), MapEntry<V>>;

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

/// An entry that was [taken out](CacheMap::take_entries) of a map.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MapEntry<V> {
    /// The key.
    pub key: StoredKey,
    /// The value.
    pub value: V,
    /// Whether it was pinned.
    pub retention: Retention,
    /// The time of the clock at which it expires if it is not pinned then, which may have passed. `None` if it never
    /// does.
    pub expires_at: Option<Duration>,
}
