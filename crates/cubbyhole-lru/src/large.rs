//! Any number of entries, in a hash table and two lists.

use cubbyhole_core::{HashedKey, Index, LinkedMap, MapEntry, RemovedKey, Retention, StoredKey};

use crate::layout::Layout;

/// A linked map with one list for the entries that may be evicted and one for those that are pinned, each by recency.
///
/// Two lists evict what one list would: whatever unpins an entry also makes it the most recent, so the place that a
/// pinned entry had among those that are not is never asked for, and walking over pinned entries in search of a
/// victim, which would be O(n), is never needed.
pub(crate) struct LargeLru<V> {
    map: LinkedMap<V, (), 2>,
    max_size: u32,
}

impl<V> LargeLru<V> {
    /// Makes a layout of entries that come least recently used first.
    pub(crate) fn from_oldest(max_size: u32, entries: impl Iterator<Item = MapEntry<V>>) -> Self {
        let mut map = LinkedMap::new();
        for MapEntry {
            key,
            value,
            retention,
            ..
        } in entries
        {
            let hash = key.hash();
            map.push_stored(key, hash, value, (), list(retention));
        }
        Self { map, max_size }
    }

    /// Returns the keys of one retention, most recently used first.
    #[cfg(test)]
    pub(crate) fn recency(&self, retention: Retention) -> impl Iterator<Item = &StoredKey> {
        self.map.walk(list(retention)).map(|at| self.map.key(at))
    }

    /// Verifies the invariants. O(n).
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.map.is_empty() {
            return Err("a large layout holds nothing".to_owned());
        }
        self.map.check()
    }
}

impl<V> Layout<V> for LargeLru<V> {
    type At = Index;

    fn max_size(&self) -> u32 {
        self.max_size
    }

    fn len(&self) -> usize {
        self.map.len()
    }

    fn pinned(&self) -> usize {
        self.map.list_len(PINNED)
    }

    fn is_full(&self) -> bool {
        self.map.is_full()
    }

    #[inline]
    fn find(&self, key: HashedKey<'_>) -> Option<Index> {
        self.map.find(key)
    }

    fn least_recent(&self) -> Option<Index> {
        self.map.back(EVICTABLE)
    }

    fn is_pinned(&self, at: Index) -> bool {
        self.map.list_of(at) == PINNED
    }

    #[inline]
    fn value(&self, at: Index) -> Option<&V> {
        Some(self.map.value(at))
    }

    fn value_mut(&mut self, at: Index) -> Option<&mut V> {
        Some(self.map.value_mut(at))
    }

    #[inline]
    fn touch(&mut self, at: Index) {
        self.map.move_to_front(at, self.map.list_of(at));
    }

    #[inline]
    fn get(&mut self, key: HashedKey<'_>) -> Option<&V> {
        self.map.find_to_front(key)
    }

    fn set_retention(&mut self, at: Index, retention: Retention) {
        self.map.move_to_front(at, list(retention));
    }

    fn push(&mut self, key: HashedKey<'_>, value: V, retention: Retention) {
        self.map.push_front(key, value, (), list(retention));
    }

    fn push_back(&mut self, key: StoredKey, value: V, retention: Retention) {
        let hash = key.hash();
        self.map
            .push_stored_back(key, hash, value, (), list(retention));
    }

    fn keys_by_age(&self) -> Vec<StoredKey> {
        let mut keys = Vec::with_capacity(self.map.len());
        for list in [EVICTABLE, PINNED] {
            let places = self.map.walk_back(list);
            keys.extend(places.map(|at| self.map.key(at).clone()));
        }
        keys
    }

    fn exchange(
        &mut self,
        at: Index,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
    ) -> Option<(RemovedKey, V)> {
        let left = self.map.removed_key(at);
        let (_, old, ()) = self.map.remove(at);
        self.push(key, value, retention);
        Some((left, old))
    }

    fn take(&mut self, at: Index) -> Option<V> {
        let (_, value, ()) = self.map.remove(at);
        Some(value)
    }

    fn values<'a>(&'a self) -> impl Iterator<Item = &'a V>
    where
        V: 'a,
    {
        self.map.iter().map(|(_, value, ())| value)
    }

    fn drain(&mut self) -> impl Iterator<Item = (StoredKey, V)> {
        self.map.drain().map(|(key, value, ())| (key, value))
    }

    fn drain_by_age(&mut self) -> impl Iterator<Item = MapEntry<V>> {
        let mut drained = std::mem::take(&mut self.map);
        std::iter::from_fn(move || {
            let (popped, retention) = match drained.pop_back(EVICTABLE) {
                Some(popped) => (popped, Retention::Evictable),
                None => (drained.pop_back(PINNED)?, Retention::Pinned),
            };
            let (key, value, ()) = popped;
            Some(MapEntry {
                key,
                value,
                retention,
                expires_at: None,
            })
        })
    }
}

const fn list(retention: Retention) -> u8 {
    if retention.is_pinned() {
        PINNED
    } else {
        EVICTABLE
    }
}

/// The list of the entries that may be evicted.
const EVICTABLE: u8 = 0;
/// The list of the entries that are pinned.
const PINNED: u8 = 1;
