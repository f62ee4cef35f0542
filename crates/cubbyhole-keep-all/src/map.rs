//! The data structure: a hash table and nothing else.

use std::fmt;

use cubbyhole_core::{
    CacheMap, Clock, GradualTable, HashedKey, MapEntry, RemovalCause, Removed, RemovedKey,
    Retention, SetOutcome, StoredKey,
};
use cubbyhole_policy::KeepAllPolicy;

/// A map that keeps every value until it is deleted: a [`KeepAllCache`](crate::KeepAllCache) before anybody locks it.
///
/// There is no order to keep, so entries lie in the hash table itself, key and value together: a lookup touches one
/// place. The table grows and shrinks a few entries at a time. The clocks that operations are given are not read.
pub struct KeepAllMap<V> {
    entries: GradualTable<Stored<V>>,
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
            entries: GradualTable::new(),
        }
    }

    /// Verifies the structure, for tests. O(n).
    ///
    /// # Errors
    ///
    /// Says what is wrong.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.entries.check(Stored::hash)?;
        for entry in self.entries.iter() {
            let found = self
                .entries
                .find(entry.key.hash(), |other| other.key == entry.key);
            if !found.is_some_and(|found| std::ptr::eq(found, entry)) {
                return Err(format!("{:?} is there twice or cannot be found", entry.key));
            }
        }
        Ok(())
    }

    fn find(&self, key: HashedKey<'_>) -> Option<&Stored<V>> {
        // The loop over the candidates compares hashes, and so is short; only one key is ever compared, or hardly ever two.
        let hash = key.hash();
        let found = self.entries.find(hash, |entry| entry.hash == hash)?;
        if found.key == key {
            return Some(found);
        }
        self.find_colliding(key)
    }

    /// Finds an entry although another one has the same hash.
    #[cold]
    fn find_colliding(&self, key: HashedKey<'_>) -> Option<&Stored<V>> {
        self.entries.find(key.hash(), |entry| entry.key == key)
    }

    fn find_mut(&mut self, key: HashedKey<'_>) -> Option<&mut Stored<V>> {
        self.entries.find_mut(key.hash(), |entry| entry.is(key))
    }
}

impl<V: Clone> CacheMap<V> for KeepAllMap<V> {
    fn get(&mut self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V> {
        self.peek(key, clock)
    }

    fn peek(&self, key: HashedKey<'_>, _: &dyn Clock) -> Option<&V> {
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
        if let Some(entry) = self.find_mut(key) {
            entry.retention = retention;
            let old = std::mem::replace(&mut entry.value, value);
            removed.push(RemovalCause::Replaced, key.into(), old);
        } else {
            let entry = Stored {
                key: key.into(),
                value,
                hash: key.hash(),
                retention,
            };
            self.entries.insert_unique(key.hash(), entry, Stored::hash);
        }
        SetOutcome::Kept
    }

    fn delete(&mut self, key: HashedKey<'_>, _: &dyn Clock, removed: &mut Removed<V>) -> Option<V> {
        let evictable =
            |entry: &Stored<V>| entry.is(key) && entry.retention == Retention::Evictable;
        let entry = self.entries.remove(key.hash(), evictable, Stored::hash)?;
        removed.count(RemovalCause::Deleted, key.into());
        Some(entry.value)
    }

    fn remove(&mut self, key: HashedKey<'_>) -> Option<V> {
        let is = |entry: &Stored<V>| entry.is(key);
        let entry = self.entries.remove(key.hash(), is, Stored::hash)?;
        Some(entry.value)
    }

    fn clear(&mut self, removed: &mut Removed<V>) {
        for entry in self.entries.drain() {
            let key = RemovedKey {
                bytes: entry.key.as_bytes().len(),
                hash: entry.hash,
            };
            removed.push(RemovalCause::Deleted, key, entry.value);
        }
    }

    fn take(&mut self) -> Option<Self> {
        let entries = std::mem::take(&mut self.entries);
        Some(Self { entries })
    }

    /// Takes all entries out, pinned or not, in no particular order: none is ever evicted. O(n).
    fn take_entries(&mut self) -> Vec<MapEntry<V>> {
        let mut entries = Vec::with_capacity(self.entries.len());
        entries.extend(self.entries.drain().map(|entry| MapEntry {
            key: entry.key,
            value: entry.value,
            retention: entry.retention,
            expires_at: None,
        }));
        entries
    }

    fn keys(&self) -> Vec<StoredKey> {
        let mut keys = Vec::with_capacity(self.entries.len());
        keys.extend(self.entries.iter().map(|entry| entry.key.clone()));
        keys
    }

    fn inspect(&self, key: HashedKey<'_>) -> Option<MapEntry<&V>> {
        let entry = self.find(key)?;
        Some(MapEntry {
            key: entry.key.clone(),
            value: &entry.value,
            retention: entry.retention,
            expires_at: None,
        })
    }

    fn restore(&mut self, entry: MapEntry<V>, _: &dyn Clock) -> Result<(), MapEntry<V>> {
        if self.find(entry.key.hashed()).is_some() {
            return Err(entry);
        }
        let hash = entry.key.hash();
        let entry = Stored {
            key: entry.key,
            value: entry.value,
            hash,
            retention: entry.retention,
        };
        self.entries.insert_unique(hash, entry, Stored::hash);
        Ok(())
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

    const fn hash(&self) -> u32 {
        self.hash
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
    fn keys_of_one_hash_are_told_apart() {
        let [one, other] = two_of_one_hash();
        let (one, other) = (HashedKey::new(&one), HashedKey::new(&other));
        let clock = ManualClock::default();
        let (mut map, mut removed) = (KeepAllMap::new(&KeepAllPolicy::new()), Removed::new());
        for (key, value) in [(one, 1), (other, 2)] {
            assert_eq!(map.get(key, &clock), None);
            let outcome = map.set(key, value, Retention::Evictable, &clock, &mut removed);
            assert!(outcome.is_kept());
        }
        assert_eq!(map.get(one, &clock), Some(&1));
        assert_eq!(map.get(other, &clock), Some(&2));
        map.check_invariants().unwrap();
    }

    /// Two keys of one hash, which are always among so many keys that nobody need be lucky.
    fn two_of_one_hash() -> [String; 2] {
        let mut hashed: Vec<(u32, String)> = (0..400_000)
            .map(|number| number.to_string())
            .map(|key| (HashedKey::new(&key).hash(), key))
            .collect();
        hashed.sort_unstable();
        let pair = hashed.windows(2).find(|pair| pair[0].0 == pair[1].0);
        let [(_, one), (_, other)] = pair.unwrap() else {
            unreachable!("a window of two is two");
        };
        [one.clone(), other.clone()]
    }

    #[test]
    fn an_entry_takes_32_bytes_and_its_value() {
        assert_eq!(size_of::<Stored<u64>>(), 40);
        assert_eq!(size_of::<Stored<()>>(), 32);
    }
}
