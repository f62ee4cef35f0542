//! What a store has done and holds.

use cubbyhole_policy::CachePolicy;

use crate::entry::StoreKey;
use crate::load_times::LoadTimes;
use crate::misses::Misses;
use crate::shared::SharedStats;

/// What a store has done since it was made, and what it holds now, by registry entry.
///
/// Counting costs a hit one addition. At rest the numbers equal a full recount; while other threads work they are those
/// of some moment for each number, not of one moment for all.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoreStats {
    /// The registered entries, in the order in which they were first used.
    pub entries: Vec<EntryStats>,
}

/// What was done for one registry entry, in all scopes together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EntryStats {
    /// Which entry.
    pub key: StoreKey,
    /// How its values are kept.
    pub policy: CachePolicy,
    /// Lookups that found a value.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// Why they found nothing.
    pub misses_by_reason: Misses,
    /// How long computations took.
    pub load_times: LoadTimes,
    /// Values that were stored, or were to be and were not kept.
    pub sets: u64,
    /// Values that had to make room.
    pub evictions: u64,
    /// Values whose time was over.
    pub expirations: u64,
    /// Computations that were started.
    pub computations: u64,
    /// What it had to do with other processes, if its values are shared.
    pub shared: Option<SharedStats>,
    /// Lookups that waited for a value somebody else was bringing.
    pub waits: u64,
    /// Values held now. What a remote cache holds is not counted.
    pub entries: u64,
    /// Scopes that hold anything now, pending values included.
    pub scopes: u64,
    /// About how many bytes that takes: keys, values and structure, but not what a value owns elsewhere.
    pub bytes: u64,
}

impl StoreStats {
    /// Returns the numbers of one entry, if it has been used. O(entries).
    #[must_use]
    pub fn of(&self, key: &StoreKey) -> Option<&EntryStats> {
        self.entries.iter().find(|entry| entry.key == *key)
    }
}

impl EntryStats {
    /// Returns the part of the lookups that found a value, from 0 to 1; `None` before the first lookup.
    #[must_use]
    pub fn hit_ratio(&self) -> Option<f64> {
        let lookups = self.hits + self.misses;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a ratio needs no more precision"
        )]
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }
}
