//! Naive caches: vectors that are scanned, too slow to use and too simple to be wrong.

mod keep_all;
mod lru;
mod ttl;

use std::time::Duration;

use cubbyhole_core::{Retention, SetOutcome};

pub use keep_all::NaiveKeepAll;
pub use lru::NaiveLru;
pub use ttl::NaiveTtl;

/// A naive cache of numbers, which says what a real one has to answer.
///
/// The time is an argument: a model has no clock. Each operation has the contract of its namesake in
/// [`CacheStoreImpl`](cubbyhole_core::CacheStoreImpl), and takes O(n).
pub trait Model {
    /// Returns the value of `key`. A pin stays.
    fn get(&mut self, key: &str, now: Duration) -> Option<u64>;

    /// Returns the value of `key` and clears its pin.
    fn get_unpin(&mut self, key: &str, now: Duration) -> Option<u64>;

    /// Stores a value.
    fn set(&mut self, key: &str, value: u64, retention: Retention, now: Duration) -> SetOutcome;

    /// Removes the value of `key` and returns it, unless it is pinned.
    fn delete(&mut self, key: &str, now: Duration) -> Option<u64>;

    /// Removes everything.
    fn clear(&mut self);

    /// Returns all values that a read could find.
    fn values(&self, now: Duration) -> Vec<u64>;

    /// Returns the number of pinned entries.
    fn pinned(&self) -> usize;
}

/// An entry of a naive cache.
#[derive(Clone, Debug)]
struct Entry {
    key: String,
    value: u64,
    retention: Retention,
}

impl Entry {
    fn new(key: &str, value: u64, retention: Retention) -> Self {
        Self {
            key: key.to_owned(),
            value,
            retention,
        }
    }
}

/// Counts the entries that are pinned.
fn pinned<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> usize {
    entries
        .into_iter()
        .filter(|entry| entry.retention.is_pinned())
        .count()
}
