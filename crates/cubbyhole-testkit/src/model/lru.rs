//! The naive cache that keeps what was used last.

use std::time::Duration;

use cubbyhole_core::{Retention, SetOutcome};

use super::{Entry, Model, pinned};

/// Keeps the entries used last, and those that are pinned.
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_core::Retention;
/// use cubbyhole_testkit::model::{Model, NaiveLru};
///
/// let mut model = NaiveLru::new(2);
/// for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
///     assert!(model.set(key, value, Retention::Evictable, Duration::ZERO).is_kept());
/// }
/// assert_eq!(model.values(Duration::ZERO), [3, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct NaiveLru {
    capacity: usize,
    /// Used last, first.
    entries: Vec<Entry>,
}

impl NaiveLru {
    /// Makes an empty model that keeps `capacity` entries.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: Vec::new(),
        }
    }

    /// Returns the keys, used last, first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// Counts a use of an entry.
    fn touch(&mut self, at: usize) -> &mut Entry {
        self.entries[..=at].rotate_right(1);
        &mut self.entries[0]
    }

    /// Evicts until the bound holds: the unpinned entry that was used least recently goes first.
    fn evict(&mut self) {
        while self.entries.len() > self.capacity.max(self.pinned()) {
            let unpinned = |entry: &Entry| !entry.retention.is_pinned();
            let Some(last) = self.entries.iter().rposition(unpinned) else {
                return;
            };
            self.entries.remove(last);
        }
    }
}

impl Model for NaiveLru {
    fn get(&mut self, key: &str, _: Duration) -> Option<u64> {
        let at = self.position(key)?;
        Some(self.touch(at).value)
    }

    fn get_unpin(&mut self, key: &str, _: Duration) -> Option<u64> {
        let at = self.position(key)?;
        let entry = self.touch(at);
        entry.retention = Retention::Evictable;
        let value = entry.value;
        self.evict();
        Some(value)
    }

    fn set(&mut self, key: &str, value: u64, retention: Retention, _: Duration) -> SetOutcome {
        self.entries.retain(|entry| entry.key != key);
        self.entries.insert(0, Entry::new(key, value, retention));
        self.evict();
        match self.position(key) {
            Some(_) => SetOutcome::Kept,
            None => SetOutcome::NotKept,
        }
    }

    fn delete(&mut self, key: &str, _: Duration) -> Option<u64> {
        let at = self.position(key)?;
        (!self.entries[at].retention.is_pinned()).then(|| self.entries.remove(at).value)
    }

    fn clear(&mut self) {
        self.entries.clear();
    }

    fn values(&self, _: Duration) -> Vec<u64> {
        self.entries.iter().map(|entry| entry.value).collect()
    }

    fn pinned(&self) -> usize {
        pinned(&self.entries)
    }
}
