//! When the caches of one registry entry have something to expire.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Weak;
use std::time::Duration;

use hashbrown::HashSet;

use crate::node::ScopeNode;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// The caches of one registry entry that hold something with a deadline, earliest first: one record a cache, however
/// much it holds.
pub(crate) struct ExpiryQueue {
    state: Mutex<State>,
    last_id: AtomicU64,
}

struct State {
    watches: BinaryHeap<Reverse<Watch>>,
    /// The numbers of watches over caches that have gone. They are taken out together, once they are the most.
    forgotten: HashSet<u64>,
    /// When the clock is to ring next. An alarm that rings at another time was overtaken by an earlier one.
    armed: Option<Duration>,
}

/// A cache to look at when the time has come.
pub(crate) struct Watch {
    pub(crate) at: Duration,
    pub(crate) id: u64,
    pub(crate) node: Weak<ScopeNode>,
}

impl ExpiryQueue {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                watches: BinaryHeap::new(),
                forgotten: HashSet::new(),
                armed: None,
            }),
            last_id: AtomicU64::new(0),
        }
    }

    /// Makes a number for a watch; never 0.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds a watch. Returns whether the clock has to be told, because this is the earliest. O(log n).
    #[must_use]
    pub(crate) fn push(&self, watch: Watch) -> bool {
        let mut state = self.state.lock();
        let at = watch.at;
        state.watches.push(Reverse(watch));
        let sooner = state.armed.is_none_or(|armed| at < armed);
        if sooner {
            state.armed = Some(at);
        }
        sooner
    }

    /// Takes the watch of this number away: its cache has gone. O(1) amortised.
    pub(crate) fn forget(&self, id: u64) {
        let mut state = self.state.lock();
        state.forgotten.insert(id);
        if state.forgotten.len() * 2 > state.watches.len() {
            state.sweep();
        }
    }

    /// Takes the earliest watch that is due. O(log n).
    pub(crate) fn pop_due(&self, now: Duration) -> Option<Watch> {
        let mut state = self.state.lock();
        if state.watches.peek()?.0.at > now {
            return None;
        }
        let watch = state.watches.pop();
        // A heap does not give memory back by itself; this way it does, and a pop is still O(log n) amortised.
        let len = state.watches.len();
        if len < state.watches.capacity() / 8 {
            state.watches.shrink_to(len * 2);
        }
        let Reverse(watch) = watch?;
        // One over a cache that has gone finds nothing, so it need not be told from the others.
        state.forgotten.remove(&watch.id);
        Some(watch)
    }

    /// Returns whether an alarm that rings now is the one that was asked for.
    pub(crate) fn is_armed_for(&self, now: Duration) -> bool {
        self.state.lock().armed.is_some_and(|armed| armed <= now)
    }

    /// Says when the clock is to ring next, now that it has rung.
    pub(crate) fn rearm(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        state.armed = state.watches.peek().map(|Reverse(watch)| watch.at);
        state.armed
    }
}

impl State {
    /// Takes out what is forgotten. The number of a watch that is yet to come stays.
    fn sweep(&mut self) {
        let Self {
            watches, forgotten, ..
        } = self;
        watches.retain(|Reverse(watch)| !forgotten.remove(&watch.id));
        let len = watches.len();
        if len < watches.capacity() / 8 {
            watches.shrink_to(len * 2);
            forgotten.shrink_to(len);
        }
    }
}

impl Watch {
    const fn rank(&self) -> (Duration, u64) {
        (self.at, self.id)
    }
}

impl Ord for Watch {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Watch {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Watch {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Watch {}
