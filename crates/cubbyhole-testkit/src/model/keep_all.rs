//! The naive cache that keeps everything.

use std::time::Duration;

use cubbyhole_core::{Retention, SetOutcome};

use super::{Entry, Model, pinned};

/// Keeps every value until it is deleted.
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_core::Retention;
/// use cubbyhole_testkit::model::{Model, NaiveKeepAll};
///
/// let mut model = NaiveKeepAll::new();
/// assert!(model.set("a", 1, Retention::Pinned, Duration::ZERO).is_kept());
/// assert_eq!(model.delete("a", Duration::ZERO), None);
/// assert_eq!(model.values(Duration::ZERO), [1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct NaiveKeepAll {
    entries: Vec<Entry>,
}

impl NaiveKeepAll {
    /// Makes an empty model.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    fn find(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }
}

impl Model for NaiveKeepAll {
    fn get(&mut self, key: &str, _: Duration) -> Option<u64> {
        self.find(key).map(|entry| entry.value)
    }

    fn get_unpin(&mut self, key: &str, _: Duration) -> Option<u64> {
        let entry = self.find(key)?;
        entry.retention = Retention::Evictable;
        Some(entry.value)
    }

    fn set(&mut self, key: &str, value: u64, retention: Retention, _: Duration) -> SetOutcome {
        self.entries.retain(|entry| entry.key != key);
        self.entries.push(Entry::new(key, value, retention));
        SetOutcome::Kept
    }

    fn delete(&mut self, key: &str, _: Duration) -> Option<u64> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
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
