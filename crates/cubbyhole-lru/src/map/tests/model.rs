//! The contract, word for word: a vector that is scanned.

use cubbyhole_core::{
    CacheMap, HashedKey, MapEntry, RemovalCause, Removed, RemovedEntry, Retention, StoredKey,
    SystemClock,
};

use super::super::{Entries, LruMap};

pub(super) struct Model {
    max_size: usize,
    /// Most recently used first.
    entries: Vec<(String, u32, Retention)>,
    /// What the operation has removed, and the bytes of the keys that left.
    removed: Vec<RemovedEntry<u32>>,
    key_bytes: usize,
}

impl Model {
    pub(super) fn new(max_size: usize) -> Self {
        Self {
            max_size,
            entries: Vec::new(),
            removed: Vec::new(),
            key_bytes: 0,
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<(String, u32, Retention)> {
        let at = self.entries.iter().position(|(k, ..)| k == key)?;
        Some(self.entries.remove(at))
    }

    pub(super) fn peek(&self, key: &str) -> Option<u32> {
        let (_, value, _) = self.entries.iter().find(|(k, ..)| k == key)?;
        Some(*value)
    }

    pub(super) fn get(&mut self, key: &str) -> Option<u32> {
        let entry = self.take(key)?;
        self.entries.insert(0, entry);
        Some(self.entries[0].1)
    }

    pub(super) fn get_unpin(&mut self, key: &str) -> Option<u32> {
        let value = self.get(key)?;
        self.entries[0].2 = Retention::Evictable;
        self.evict();
        if self.peek(key).is_none() {
            // Its value goes to the reader.
            self.removed[0].value = None;
        }
        Some(value)
    }

    pub(super) fn set(&mut self, key: &str, value: u32, retention: Retention) -> bool {
        if let Some((_, old, _)) = self.take(key) {
            self.remove(RemovalCause::Replaced, key, Some(old));
        }
        self.entries.insert(0, (key.to_owned(), value, retention));
        self.evict();
        self.peek(key).is_some()
    }

    pub(super) fn delete(&mut self, key: &str) -> Option<u32> {
        let (.., retention) = self.entries.iter().find(|(k, ..)| k == key)?;
        if retention.is_pinned() {
            return None;
        }
        self.remove(RemovalCause::Deleted, key, None);
        self.take(key).map(|(_, value, _)| value)
    }

    pub(super) fn clear(&mut self) {
        for (key, value, _) in std::mem::take(&mut self.entries) {
            self.remove(RemovalCause::Deleted, &key, Some(value));
        }
    }

    pub(super) fn take_entries(&mut self) -> Vec<MapEntry<u32>> {
        let (pinned, evictable): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entries)
            .into_iter()
            .rev()
            .partition(|(.., retention)| retention.is_pinned());
        let entries = evictable.into_iter().chain(pinned);
        let entries = entries.map(|(key, value, retention)| MapEntry {
            key: StoredKey::new(&key),
            value,
            retention,
            expires_at: None,
        });
        entries.collect()
    }

    fn evict(&mut self) {
        while self.entries.len() > self.max_size.max(self.names(Retention::Pinned).len()) {
            let oldest = self.entries.iter().rposition(|(.., r)| !r.is_pinned());
            let (key, value, _) = self.entries.remove(oldest.unwrap());
            self.remove(RemovalCause::Evicted, &key, Some(value));
        }
    }

    fn remove(&mut self, cause: RemovalCause, key: &str, value: Option<u32>) {
        let hash = HashedKey::new(key).hash();
        self.removed.push(RemovedEntry { cause, hash, value });
        if cause != RemovalCause::Replaced {
            self.key_bytes += key.len();
        }
    }

    fn names(&self, retention: Retention) -> Vec<String> {
        let with = self.entries.iter().filter(|(.., r)| *r == retention);
        with.map(|(key, ..)| key.clone()).collect()
    }

    /// Compares what an operation has removed, and forgets it.
    pub(super) fn compare_removed(&mut self, mut removed: Removed<u32>) {
        let mut expected = std::mem::take(&mut self.removed);
        for cause in [
            RemovalCause::Replaced,
            RemovalCause::Evicted,
            RemovalCause::Expired,
            RemovalCause::Deleted,
        ] {
            let count = expected.iter().filter(|entry| entry.cause == cause).count();
            assert_eq!(removed.counted(cause), count);
        }
        assert_eq!(removed.key_bytes(), std::mem::take(&mut self.key_bytes));
        let mut left: Vec<_> = removed.drain().collect();
        if self.entries.is_empty() {
            // A map is cleared in no particular order.
            left.sort_by_key(|entry| entry.value);
            expected.sort_by_key(|entry| entry.value);
        }
        assert_eq!(left, expected);
    }

    pub(super) fn compare(&self, map: &LruMap<u32>) {
        assert_eq!(map.entry_count(), self.entries.len());
        match &map.0 {
            Entries::Small(small) => {
                let recency: Vec<_> = small.recency().map(|(k, r)| (k.to_text(), r)).collect();
                let expected = self.entries.iter().map(|(k, _, r)| (k.clone(), *r));
                assert_eq!(recency, expected.collect::<Vec<_>>());
            }
            Entries::Large(large) => {
                for retention in [Retention::Evictable, Retention::Pinned] {
                    let recency: Vec<_> =
                        large.recency(retention).map(StoredKey::to_text).collect();
                    assert_eq!(recency, self.names(retention));
                }
            }
        }
        let mut values = map.values(&SystemClock);
        let mut expected: Vec<_> = self.entries.iter().map(|(_, value, _)| *value).collect();
        values.sort_unstable();
        expected.sort_unstable();
        assert_eq!(values, expected);
    }
}
