//! Why a lookup found nothing.
//!
//! To know that for certain, a store would have to remember every key it has ever held. It remembers the last ones:
//! a table of fixed size per registry entry holds, for what left a cache, a few bits of its scope and key, and the
//! reason. A miss that is not in the table is one of a key never seen, or not lately. Nothing in it can be turned back
//! into a key or the id of a user.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use cubbyhole_core::{RemovalCause, table_hash};

use crate::error::Invalidation;

/// Why a lookup found nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum MissReason {
    /// Nothing was ever stored under the key in this scope, or that was long ago.
    NeverSeen,
    /// The value is past its time.
    Expired,
    /// The policy had no room for it.
    Evicted,
    /// The key was deleted.
    Deleted,
    /// One of the value's tags was invalidated.
    TagInvalidated,
    /// The entry or the store was cleared.
    Cleared,
    /// The scope was dropped.
    ScopeDropped,
    /// The epoch of the scope was raised.
    EpochBumped,
    /// The loader said that the value is not to be stored, or the value was invalidated on its way.
    NotStored,
    /// The computation failed a moment ago, and the policy says not to try again yet.
    FailedRecently,
    /// The shared tier was away, or had been, so that the value was not trusted any more.
    Distrusted,
}

impl MissReason {
    /// Every reason there is.
    pub const ALL: [Self; 11] = [
        Self::NeverSeen,
        Self::Expired,
        Self::Evicted,
        Self::Deleted,
        Self::TagInvalidated,
        Self::Cleared,
        Self::ScopeDropped,
        Self::EpochBumped,
        Self::NotStored,
        Self::FailedRecently,
        Self::Distrusted,
    ];

    /// Returns its name in lower case with underscores, as a metric would have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NeverSeen => "never_seen",
            Self::Expired => "expired",
            Self::Evicted => "evicted",
            Self::Deleted => "deleted",
            Self::TagInvalidated => "tag_invalidated",
            Self::Cleared => "cleared",
            Self::ScopeDropped => "scope_dropped",
            Self::EpochBumped => "epoch_bumped",
            Self::NotStored => "not_stored",
            Self::FailedRecently => "failed_recently",
            Self::Distrusted => "distrusted",
        }
    }

    /// Returns why a key misses whose entry was removed for this cause; `None` if the key is still there.
    pub(crate) const fn of_removal(cause: RemovalCause) -> Option<Self> {
        match cause {
            RemovalCause::Replaced => None,
            RemovalCause::Evicted => Some(Self::Evicted),
            RemovalCause::Expired => Some(Self::Expired),
            _ => Some(Self::Deleted),
        }
    }

    /// Returns why a key misses that was invalidated by this.
    pub(crate) const fn of_invalidation(by: Invalidation) -> Self {
        match by {
            Invalidation::Deleted => Self::Deleted,
            Invalidation::TagInvalidated => Self::TagInvalidated,
            Invalidation::ScopeDropped => Self::ScopeDropped,
            Invalidation::EpochBumped => Self::EpochBumped,
            Invalidation::Distrusted => Self::Distrusted,
            Invalidation::Cleared | Invalidation::StoreDropped => Self::Cleared,
        }
    }
}

/// How many lookups found nothing, by reason.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Misses([u64; MissReason::ALL.len()]);

impl Misses {
    /// Returns how many lookups found nothing for this reason.
    #[must_use]
    pub const fn of(&self, reason: MissReason) -> u64 {
        self.0[reason as usize]
    }

    /// Returns how many lookups found nothing.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// What left the caches of one registry entry lately, and why; made when the first entry leaves.
#[derive(Default)]
pub(crate) struct Departed(OnceLock<Box<Table>>);

struct Table {
    /// The upper bits tell scopes and keys apart, the lower ones are the reason.
    slots: [AtomicU64; SLOTS],
    /// Misses by reason; those of keys never seen are the rest.
    counts: [AtomicU64; MissReason::ALL.len()],
}

impl Departed {
    /// Notes why a key of a scope is no longer there.
    pub(crate) fn note(&self, scope: u64, key: u32, why: MissReason) {
        let (at, print) = place(scope, key);
        let slot = &self.table().slots[at];
        slot.store(print | why as u64, Ordering::Relaxed);
    }

    /// Says why a key of a scope is not there.
    pub(crate) fn why(&self, scope: u64, key: u32) -> MissReason {
        let Some(table) = self.0.get() else {
            return MissReason::NeverSeen;
        };
        let (at, print) = place(scope, key);
        let noted = table.slots[at].load(Ordering::Relaxed);
        let reason = usize::try_from(noted & REASON).unwrap_or_default();
        if noted & !REASON == print {
            MissReason::ALL
                .get(reason)
                .copied()
                .unwrap_or(MissReason::NeverSeen)
        } else {
            MissReason::NeverSeen
        }
    }

    /// Counts a miss.
    pub(crate) fn count(&self, why: MissReason) {
        if why != MissReason::NeverSeen {
            self.table().counts[why as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns whether nothing has left yet, so that every miss is one of a key never seen.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    /// Returns all misses by reason, of which there were so many.
    pub(crate) fn misses(&self, total: u64) -> Misses {
        let mut misses = Misses::default();
        if let Some(table) = self.0.get() {
            for (sum, count) in misses.0.iter_mut().zip(&table.counts) {
                *sum = count.load(Ordering::Relaxed);
            }
        }
        misses.0[MissReason::NeverSeen as usize] = total.saturating_sub(misses.total());
        misses
    }

    fn table(&self) -> &Table {
        self.0.get_or_init(|| {
            Box::new(Table {
                slots: [const { AtomicU64::new(0) }; SLOTS],
                counts: [const { AtomicU64::new(0) }; MissReason::ALL.len()],
            })
        })
    }
}

/// Returns the slot of a key of a scope, and what tells it from the others there.
fn place(scope: u64, key: u32) -> (usize, u64) {
    let mixed = (scope ^ table_hash(key)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let at = usize::try_from(mixed >> 32).unwrap_or_default() % SLOTS;
    // Never zero, which is what an empty slot holds.
    (at, (mixed.rotate_left(24) | (REASON + 1)) & !REASON)
}

/// How many departures of one registry entry are remembered, at most; 16 KiB.
const SLOTS: usize = 2048;

/// The bits of a slot that are the reason.
const REASON: u64 = 0xF;

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_departure_of_a_key_counts() {
        let departed = Departed::default();
        assert_eq!(departed.why(1, 1), MissReason::NeverSeen);
        departed.note(1, 1, MissReason::Evicted);
        departed.note(1, 1, MissReason::Deleted);
        assert_eq!(departed.why(1, 1), MissReason::Deleted);
        assert_eq!(departed.why(2, 1), MissReason::NeverSeen, "another scope");
        assert_eq!(departed.why(1, 2), MissReason::NeverSeen, "another key");
    }

    #[test]
    fn every_reason_is_told_and_counted() {
        let departed = Departed::default();
        for (number, reason) in (0..).zip(MissReason::ALL) {
            departed.note(7, number, reason);
            assert_eq!(departed.why(7, number), reason);
            departed.count(reason);
        }
        let misses = departed.misses(MissReason::ALL.len() as u64);
        for reason in MissReason::ALL {
            assert_eq!(misses.of(reason), 1, "{reason:?}");
        }
    }

    #[test]
    fn names_are_of_their_own() {
        let mut names = MissReason::ALL.map(MissReason::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
