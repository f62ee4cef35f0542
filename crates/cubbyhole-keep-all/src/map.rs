//! The data structure: a hash table and nothing else.

use std::fmt;

use cubbyhole_core::{
    CacheMap, Clock, HashedKey, RemovalCause, Removed, Retention, SetOutcome, StoredKey, table_hash,
};
use cubbyhole_policy::KeepAllPolicy;
use hashbrown::HashTable;
use hashbrown::hash_table::{Entry, OccupiedEntry};

/// A map that keeps every value until it is deleted: a [`KeepAllCache`](crate::KeepAllCache) before anybody locks it.
///
/// There is no order to keep, so entries lie in the hash table itself, key and value together: a lookup touches one
/// place. The clocks that operations are given are not read.
pub struct KeepAllMap<V> {
    entries: HashTable<Stored<V>>,
}

struct Stored<V> {
    key: StoredKey,
    value: V,
    hash: u32,
    retention: Retention,
}

impl<V> KeepAllMap<V> {
    /// Makes an empty map. Allocates nothing.
    ///
    /// The policy has no parameters; it is asked for so that all maps are made alike.
    #[must_use]
    pub const fn new(_policy: &KeepAllPolicy) -> Self {
        Self {
            entries: HashTable::new(),
        }
    }

    /// Verifies the structure, for tests. O(n).
    ///
    /// # Errors
    ///
    /// Says what is wrong.
    pub fn check_invariants(&self) -> Result<(), String> {
        for entry in &self.entries {
            let found = self
                .entries
                .find(table_hash(entry.key.hash()), |other| other.key == entry.key);
            if !found.is_some_and(|found| std::ptr::eq(found, entry)) {
                return Err(format!("{:?} is there twice or cannot be found", entry.key));
            }
        }
        if self.entries.is_empty() && self.entries.capacity() > 0 {
            return Err("an empty map holds on to memory".to_owned());
        }
        Ok(())
    }

    fn find(&self, key: HashedKey<'_>) -> Option<&Stored<V>> {
        self.entries
            .find(table_hash(key.hash()), |entry| entry.is(key))
    }

    fn find_mut(&mut self, key: HashedKey<'_>) -> Option<&mut Stored<V>> {
        self.entries
            .find_mut(table_hash(key.hash()), |entry| entry.is(key))
    }

    fn shrink(&mut self) {
        let len = self.entries.len();
        if len == 0 {
            self.entries = HashTable::new();
        } else if self.entries.capacity() > 16 && len < self.entries.capacity() / 4 {
            self.entries.shrink_to(len * 2, Stored::table_hash);
        }
    }
}

impl<V: Clone> CacheMap<V> for KeepAllMap<V> {
    fn get(&mut self, key: HashedKey<'_>, _: &dyn Clock) -> Option<&V> {
        self.find(key).map(|entry| &entry.value)
    }

    fn get_unpin(&mut self, key: HashedKey<'_>, _: &dyn Clock, _: &mut Removed<V>) -> Option<V> {
        let entry = self.find_mut(key)?;
        let value = entry.value.clone();
        entry.retention = Retention::Evictable;
        Some(value)
    }

    fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        _: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        let place = self.entries.entry(
            table_hash(key.hash()),
            |entry| entry.is(key),
            Stored::table_hash,
        );
        match place {
            Entry::Occupied(mut place) => {
                let entry = place.get_mut();
                entry.retention = retention;
                let old = std::mem::replace(&mut entry.value, value);
                removed.push(RemovalCause::Replaced, key.as_str().len(), old);
            }
            Entry::Vacant(place) => {
                place.insert(Stored {
                    key: key.into(),
                    value,
                    hash: key.hash(),
                    retention,
                });
            }
        }
        SetOutcome::Kept
    }

    fn delete(&mut self, key: HashedKey<'_>, _: &dyn Clock, removed: &mut Removed<V>) -> Option<V> {
        let evictable =
            |entry: &Stored<V>| entry.is(key) && entry.retention == Retention::Evictable;
        let (entry, _) = self
            .entries
            .find_entry(table_hash(key.hash()), evictable)
            .ok()
            .map(OccupiedEntry::remove)?;
        self.shrink();
        removed.count(RemovalCause::Deleted, key.as_str().len());
        Some(entry.value)
    }

    fn clear(&mut self, removed: &mut Removed<V>) {
        for entry in std::mem::take(&mut self.entries) {
            let key_bytes = entry.key.as_bytes().len();
            removed.push(RemovalCause::Deleted, key_bytes, entry.value);
        }
    }

    fn len(&self, _: &dyn Clock) -> usize {
        self.entries.len()
    }

    fn is_vacant(&self) -> bool {
        self.entries.is_empty()
    }

    fn values(&self, _: &dyn Clock) -> Vec<V> {
        self.entries
            .iter()
            .map(|entry| entry.value.clone())
            .collect()
    }
}

impl<V> fmt::Debug for KeepAllMap<V> {
    /// Keys and values are the user's own and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepAllMap")
            .field("len", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl<V> Stored<V> {
    fn is(&self, key: HashedKey<'_>) -> bool {
        self.hash == key.hash() && self.key == key
    }

    const fn table_hash(&self) -> u64 {
        table_hash(self.hash)
    }
}

#[cfg(test)]
mod tests {
    use cubbyhole_core::ManualClock;

    use super::*;

    #[test]
    fn memory_is_given_back_when_entries_go() {
        let (mut map, clock) = (
            KeepAllMap::new(&KeepAllPolicy::new()),
            ManualClock::default(),
        );
        let mut removed = Removed::new();
        for i in 0..10_000_u32 {
            let name = i.to_string();
            let key = HashedKey::new(&name);
            assert!(
                map.set(key, i, Retention::Evictable, &clock, &mut removed)
                    .is_kept()
            );
        }
        for i in 0..10_000_u32 {
            let name = i.to_string();
            assert_eq!(
                map.delete(HashedKey::new(&name), &clock, &mut removed),
                Some(i)
            );
            assert!(map.entries.capacity() <= 16.max(8 * map.entries.len()));
            if i % 1_000 == 0 {
                map.check_invariants().unwrap();
            }
        }
        assert_eq!(map.entries.capacity(), 0);
        assert_eq!(removed.counted(RemovalCause::Deleted), 10_000);
    }

    #[test]
    fn an_entry_takes_32_bytes_and_its_value() {
        assert_eq!(size_of::<Stored<u64>>(), 40);
        assert_eq!(size_of::<Stored<()>>(), 32);
    }
}
