//! What is remembered of computations that failed.

use std::collections::BTreeMap;
use std::time::Duration;

use cubbyhole_core::{HashedKey, StoredKey, table_hash};
use hashbrown::HashTable;

use crate::error::CacheError;

/// The failures of a cache, each until its key may be tried again.
#[derive(Default)]
pub(super) struct Failures {
    table: HashTable<Failure>,
    /// The same by number, so that the oldest can make room.
    numbers: BTreeMap<u64, StoredKey>,
}

struct Failure {
    key: StoredKey,
    number: u64,
    /// The key is not to be tried again before.
    until: Duration,
    /// How often it failed in a row is of no interest after this.
    forgotten_at: Duration,
    /// How often in a row, before this time.
    times: u32,
    error: CacheError,
}

impl Failures {
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Returns the error of a key that is not to be tried again yet.
    pub(super) fn find(&self, key: HashedKey<'_>, now: Duration) -> Option<&CacheError> {
        let failure = self.of(key)?;
        (now < failure.until).then_some(&failure.error)
    }

    pub(super) fn holds(&self, key: HashedKey<'_>) -> bool {
        self.of(key).is_some()
    }

    fn of(&self, key: HashedKey<'_>) -> Option<&Failure> {
        self.table
            .find(table_hash(key.hash()), |failure| failure.key == key)
    }

    /// Notes a failure: not to be tried again for `first`, and for twice that each time it fails again, if it
    /// `backs_off`. Returns when it is to be forgotten, and what nobody has to look at any more.
    pub(super) fn note(
        &mut self,
        key: HashedKey<'_>,
        number: u64,
        error: &CacheError,
        now: Duration,
        first: Duration,
        backs_off: bool,
    ) -> (Duration, Vec<(Duration, u64)>) {
        let mut displaced = Vec::new();
        let mut times = 0;
        if let Some(former) = self.take(key) {
            displaced.push((former.forgotten_at, former.number));
            times = former.times.saturating_add(1);
        }
        let doubled = if backs_off {
            times.min(MOST_DOUBLINGS)
        } else {
            0
        };
        let pause = first.saturating_mul(1 << doubled);
        let until = now.saturating_add(pause);
        let forgotten_at = if backs_off {
            until.saturating_add(pause)
        } else {
            until
        };
        while self.numbers.len() >= AT_MOST {
            let Some((_, oldest)) = self.numbers.first_key_value() else {
                break;
            };
            let oldest = oldest.clone();
            displaced.extend(self.remove(oldest.hashed()));
        }
        self.numbers.insert(number, key.into());
        let failure = Failure {
            key: key.into(),
            number,
            until,
            forgotten_at,
            times,
            error: error.clone(),
        };
        let hash = |failure: &Failure| table_hash(failure.key.hash());
        self.table
            .insert_unique(table_hash(key.hash()), failure, hash);
        (forgotten_at, displaced)
    }

    /// Forgets the failure of a key. Returns the time at which nobody has to look at it any more.
    pub(super) fn remove(&mut self, key: HashedKey<'_>) -> Option<(Duration, u64)> {
        let failure = self.take(key)?;
        Some((failure.forgotten_at, failure.number))
    }

    /// Forgets the failure of this number, whose time has come: a source that nobody tried for that long begins anew.
    pub(super) fn remove_number(&mut self, key: HashedKey<'_>, number: u64) {
        if self.numbers.contains_key(&number) {
            self.take(key);
        }
    }

    fn take(&mut self, key: HashedKey<'_>) -> Option<Failure> {
        if self.table.is_empty() {
            return None;
        }
        let found = self
            .table
            .find_entry(table_hash(key.hash()), |failure| failure.key == key);
        let (failure, _) = found.ok()?.remove();
        self.numbers.remove(&failure.number);
        if self.table.is_empty() {
            self.table = HashTable::new();
        }
        Some(failure)
    }
}

/// A source is left alone for at most 2 to the power of this times as long as after its first failure.
const MOST_DOUBLINGS: u32 = 6;

/// How many failures of one cache are remembered; the oldest makes room.
const AT_MOST: usize = 1024;
