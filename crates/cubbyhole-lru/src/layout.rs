//! What the policy of an LRU needs to know of how its entries are laid out.

use cubbyhole_core::{HashedKey, MapEntry, RemovedKey, Retention, StoredKey};

/// Entries in the order in which they were last used, some of them pinned.
///
/// An entry is named by an `At`, good until the next entry is removed; one that names nothing finds nothing.
pub(crate) trait Layout<V> {
    /// The place of an entry.
    type At: Copy;

    /// Returns how many entries the policy allows.
    fn max_size(&self) -> u32;

    /// Returns how many entries there may be when this many are pinned.
    #[inline]
    fn allowed(&self, pinned: usize) -> usize {
        pinned.max(self.max_size() as usize)
    }

    /// Returns the number of entries.
    fn len(&self) -> usize;

    /// Returns the number of entries that are pinned.
    fn pinned(&self) -> usize;

    /// Returns whether this layout has no place for another entry.
    fn is_full(&self) -> bool;

    /// Finds an entry by its key.
    fn find(&self, key: HashedKey<'_>) -> Option<Self::At>;

    /// Returns the least recently used entry that is not pinned.
    fn least_recent(&self) -> Option<Self::At>;

    /// Returns whether an entry is pinned.
    fn is_pinned(&self, at: Self::At) -> bool;

    /// Returns the value of an entry.
    fn value(&self, at: Self::At) -> Option<&V>;

    /// Returns the value of an entry, to be replaced.
    fn value_mut(&mut self, at: Self::At) -> Option<&mut V>;

    /// Makes an entry the most recent. Changes nothing if it is.
    fn touch(&mut self, at: Self::At);

    /// Returns the value of a key and makes its entry the most recent.
    #[inline]
    fn get(&mut self, key: HashedKey<'_>) -> Option<&V> {
        let at = self.find(key)?;
        self.touch(at);
        self.value(at)
    }

    /// Pins or unpins an entry, and makes it the most recent.
    fn set_retention(&mut self, at: Self::At, retention: Retention);

    /// Adds an entry as the most recent. The key MUST NOT be there yet, and the layout MUST NOT be full.
    fn push(&mut self, key: HashedKey<'_>, value: V, retention: Retention);

    /// Adds an entry as the least recently used one, as [`push`](Self::push) does as the most recent.
    fn push_back(&mut self, key: StoredKey, value: V, retention: Retention);

    /// Returns all keys: first those that may be evicted, then those that are pinned; in each of the two the least
    /// recently used first.
    fn keys_by_age(&self) -> Vec<StoredKey>;

    /// Puts another entry in the place of one, as the most recent, and returns what was there. There MUST be one at this
    /// place, and the key MUST NOT be there yet.
    fn exchange(
        &mut self,
        at: Self::At,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
    ) -> Option<(RemovedKey, V)>;

    /// Removes an entry.
    fn take(&mut self, at: Self::At) -> Option<V>;

    /// Returns all values, in no particular order.
    fn values<'a>(&'a self) -> impl Iterator<Item = &'a V>
    where
        V: 'a;

    /// Removes all entries, in no particular order.
    fn drain(&mut self) -> impl Iterator<Item = (StoredKey, V)>;

    /// Removes all entries: first those that may be evicted, then those that are pinned; in each of the two the least
    /// recently used first.
    fn drain_by_age(&mut self) -> impl Iterator<Item = MapEntry<V>>;
}
