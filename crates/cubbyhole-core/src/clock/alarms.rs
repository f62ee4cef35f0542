//! Alarms in the order in which they are due.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Weak;
use std::time::Duration;

use super::Alarm;

/// A queue of alarms, earliest first; alarms of one time in the order in which they were left.
#[derive(Default)]
pub(super) struct Alarms {
    heap: BinaryHeap<Entry>,
    left: u64,
}

impl Alarms {
    /// Adds an alarm. O(log n).
    pub(super) fn push(&mut self, at: Duration, alarm: Weak<dyn Alarm>) {
        self.left += 1;
        self.heap.push(Entry {
            at,
            order: self.left,
            alarm,
        });
    }

    /// Returns when the earliest alarm is due.
    pub(super) fn next(&self) -> Option<Duration> {
        self.heap.peek().map(|entry| entry.at)
    }

    /// Takes the earliest alarm that is due at `now`. O(log n).
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<Weak<dyn Alarm>> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|entry| entry.alarm)
    }

    /// Returns how many alarms wait.
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }
}

struct Entry {
    at: Duration,
    order: u64,
    alarm: Weak<dyn Alarm>,
}

impl Entry {
    const fn rank(&self) -> (Duration, u64) {
        (self.at, self.order)
    }
}

impl Ord for Entry {
    /// A `BinaryHeap` gives the greatest first: the earliest is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank().cmp(&self.rank())
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Entry {}
