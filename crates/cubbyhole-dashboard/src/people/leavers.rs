//! Those who left, until what is kept for them may go.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A queue of those who left; each is due a fixed time later, or sooner if the queue is full.
#[derive(Debug)]
pub(crate) struct Leavers<T> {
    after: Duration,
    most: usize,
    queue: Mutex<VecDeque<(Instant, T)>>,
}

impl<T> Leavers<T> {
    pub(crate) fn new(after: Duration, most: usize) -> Self {
        Self {
            after,
            most,
            queue: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, leaver: T, now: Instant) {
        self.lock().push_back((now, leaver));
    }

    /// Takes out those who are due.
    pub(crate) fn due(&self, now: Instant) -> Vec<T> {
        let mut queue = self.lock();
        let is_due = |left: &Instant| now.saturating_duration_since(*left) >= self.after;
        let late = queue.iter().take_while(|(left, _)| is_due(left)).count();
        let too_many = queue.len().saturating_sub(self.most);
        queue
            .drain(..late.max(too_many))
            .map(|(_, leaver)| leaver)
            .collect()
    }

    /// A panic while the queue was locked leaves it whole: every change is a single step.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Instant, T)>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_left_is_due_later_and_once() {
        let leavers = Leavers::new(Duration::from_secs(60), 9);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        leavers.add("ada", at(0));
        leavers.add("bob", at(30));
        assert!(leavers.due(at(59)).is_empty());
        assert_eq!(leavers.due(at(60)), ["ada"]);
        assert_eq!(leavers.due(at(90)), ["bob"]);
        assert!(leavers.due(at(999)).is_empty());
    }

    #[test]
    fn the_first_who_left_make_room() {
        let leavers = Leavers::new(Duration::from_secs(60), 1);
        let start = Instant::now();
        leavers.add("ada", start);
        leavers.add("bob", start);
        assert_eq!(leavers.due(start), ["ada"]);
    }
}
