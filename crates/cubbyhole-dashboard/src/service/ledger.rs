//! What answering took, and what the cache saved.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cubbyhole::MissReason;

use crate::answer::Source;

/// Counts computations and answers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What computations are numbered from: zero, or what no other process of a fleet numbers from.
    base: u64,
    accounts: Mutex<Accounts>,
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Accounts {
    computations: u64,
    tallies: BTreeMap<String, Tally>,
}

/// The counts of one registry entry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) computations: u64,
    /// By [`Source`].
    answers: [u64; Source::ALL.len()],
    /// What computing took.
    pub(crate) spent: Duration,
    /// What computing would have taken, had nothing been kept.
    pub(crate) saved: Duration,
    /// Why the last lookup missed, of an entry for which that is asked.
    pub(crate) missed: Option<MissReason>,
}

impl Tally {
    pub(crate) const fn answers_from(&self, source: Source) -> u64 {
        self.answers[source as usize]
    }
}

impl Ledger {
    /// One of a fleet, where a number is never used twice in all processes together. Half of the bits are drawn, and no
    /// more are in use than a JSON number holds.
    pub(crate) fn of_fleet(drawn: u32) -> Self {
        Self {
            base: u64::from(drawn) << COUNTED,
            ..Self::default()
        }
    }

    /// Returns whether a computation is one of this process.
    pub(crate) const fn is_ours(&self, computation: u64) -> bool {
        computation >> COUNTED == self.base >> COUNTED
    }

    /// Notes a computation, and returns its number.
    pub(crate) fn computed(&self, uid: &str, cost: Duration) -> u64 {
        let mut accounts = self.lock();
        accounts.computations += 1;
        let number = self.base + accounts.computations;
        let tally = accounts.tally(uid);
        tally.computations += 1;
        tally.spent += cost;
        number
    }

    /// Notes an answer whose computation took `cost`.
    pub(crate) fn answered(&self, uid: &str, source: Source, cost: Duration) {
        let mut accounts = self.lock();
        let tally = accounts.tally(uid);
        tally.answers[source as usize] += 1;
        if matches!(source, Source::Cached | Source::Waited | Source::Shared) {
            tally.saved += cost;
        }
    }

    /// Notes why a lookup is about to miss.
    pub(crate) fn misses(&self, uid: &str, why: MissReason) {
        self.lock().tally(uid).missed = Some(why);
    }

    pub(crate) fn tally(&self, uid: &str) -> Tally {
        self.lock().tallies.get(uid).copied().unwrap_or_default()
    }

    /// Counts a request as waiting for a job until the guard is dropped.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }

    /// How many requests wait for a job.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A panic while the accounts were locked leaves them whole: nothing in between can panic.
    fn lock(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    fn tally(&mut self, uid: &str) -> &mut Tally {
        self.tallies.entry(uid.to_owned()).or_default()
    }
}

/// The bits of the number of a computation that count: there is a million of them.
const COUNTED: u32 = 20;

/// A request that waits.
#[derive(Debug)]
pub(crate) struct Waiting<'a>(&'a Ledger);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_computed_again_is_saved() {
        let ledger = Ledger::default();
        let cost = Duration::from_millis(30);
        assert_eq!(ledger.computed("monthly", cost), 1);
        ledger.answered("monthly", Source::Computed, cost);
        ledger.answered("monthly", Source::Cached, cost);
        ledger.answered("monthly", Source::Waited, cost);
        assert_eq!(ledger.computed("window", cost), 2);
        let tally = ledger.tally("monthly");
        assert_eq!(tally.computations, 1);
        assert_eq!(
            Source::ALL.map(|source| tally.answers_from(source)),
            [1, 1, 1, 0, 0, 0]
        );
        assert_eq!((tally.spent, tally.saved), (cost, cost * 2));
        ledger.misses("monthly", MissReason::Expired);
        assert_eq!(ledger.tally("monthly").missed, Some(MissReason::Expired));
        assert_eq!(ledger.tally("nothing"), Tally::default());
    }

    #[test]
    fn computations_of_another_process_are_known() {
        let (here, there) = (Ledger::of_fleet(1), Ledger::of_fleet(u32::MAX));
        let number = there.computed("trend", Duration::ZERO);
        assert!(number < 1 << 53, "JSON has no larger ones");
        assert!(there.is_ours(number) && !here.is_ours(number));
        assert!(Ledger::default().is_ours(1) && !here.is_ours(1));
    }

    #[test]
    fn who_waits_is_counted_while_waiting() {
        let ledger = Ledger::default();
        let (one, two) = (ledger.wait(), ledger.wait());
        assert_eq!(ledger.waiting(), 2);
        drop(one);
        assert_eq!(ledger.waiting(), 1);
        drop(two);
        assert_eq!(ledger.waiting(), 0);
    }
}
