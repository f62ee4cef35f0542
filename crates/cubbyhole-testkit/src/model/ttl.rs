//! The naive cache whose entries expire.

use std::time::Duration;

use cubbyhole_core::{Retention, SetOutcome};

use super::{Entry, Model, pinned};

/// Keeps each value for a time after it was set, and longer while it is pinned.
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_core::Retention;
/// use cubbyhole_testkit::model::{Model, NaiveTtl};
///
/// let mut model = NaiveTtl::new(Duration::from_secs(10));
/// assert!(model.set("a", 1, Retention::Evictable, Duration::from_secs(5)).is_kept());
/// assert_eq!(model.get("a", Duration::from_secs(14)), Some(1));
/// assert_eq!(model.get("a", Duration::from_secs(15)), None);
/// ```
#[derive(Clone, Debug)]
pub struct NaiveTtl {
    ttl: Duration,
    entries: Vec<Expiring>,
}

#[derive(Clone, Debug)]
struct Expiring {
    entry: Entry,
    set_at: Duration,
}

impl NaiveTtl {
    /// Makes an empty model whose entries live for `ttl`.
    #[must_use]
    pub const fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            entries: Vec::new(),
        }
    }

    fn is_due(&self, expiring: &Expiring, now: Duration) -> bool {
        now.saturating_sub(expiring.set_at) >= self.ttl
    }

    fn is_live(&self, expiring: &Expiring, now: Duration) -> bool {
        expiring.entry.retention.is_pinned() || !self.is_due(expiring, now)
    }

    fn position(&self, key: &str, now: Duration) -> Option<usize> {
        self.entries
            .iter()
            .position(|expiring| expiring.entry.key == key && self.is_live(expiring, now))
    }
}

impl Model for NaiveTtl {
    fn get(&mut self, key: &str, now: Duration) -> Option<u64> {
        self.position(key, now)
            .map(|at| self.entries[at].entry.value)
    }

    fn get_unpin(&mut self, key: &str, now: Duration) -> Option<u64> {
        let at = self.position(key, now)?;
        let entry = &mut self.entries[at].entry;
        entry.retention = Retention::Evictable;
        Some(entry.value)
    }

    fn set(&mut self, key: &str, value: u64, retention: Retention, now: Duration) -> SetOutcome {
        self.entries.retain(|expiring| expiring.entry.key != key);
        self.entries.push(Expiring {
            entry: Entry::new(key, value, retention),
            set_at: now,
        });
        SetOutcome::Kept
    }

    fn delete(&mut self, key: &str, now: Duration) -> Option<u64> {
        let at = self.position(key, now)?;
        (!self.entries[at].entry.retention.is_pinned()).then(|| self.entries.remove(at).entry.value)
    }

    fn clear(&mut self) {
        self.entries.clear();
    }

    fn values(&self, now: Duration) -> Vec<u64> {
        self.entries
            .iter()
            .filter(|expiring| self.is_live(expiring, now))
            .map(|expiring| expiring.entry.value)
            .collect()
    }

    fn pinned(&self) -> usize {
        pinned(self.entries.iter().map(|expiring| &expiring.entry))
    }
}
