//! Which computations take too long.
//!
//! A computation whose policy has a time limit is noted here for as long as it runs, and nothing is left of it
//! afterwards: however many come and go, there is one alarm at the store's clock, for the earliest.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::time::Duration;

use cubbyhole_core::Alarm;

use crate::caches::Caches;
use crate::flight::Flight;
use crate::panics::Panics;
use crate::sync::Mutex;

/// The computations of one registry entry that have a time limit.
pub(crate) struct Deadlines<V> {
    caches: Weak<Caches<V>>,
    state: Mutex<State<V>>,
}

struct State<V> {
    due: BTreeMap<Due, Weak<Flight<V>>>,
    armed: Option<Duration>,
}

/// When, for which flight, and which limit it is.
type Due = (Duration, u64, Limit);

/// A limit of time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Limit {
    /// Who waits is given the old value.
    Soft,
    /// The computation is given up.
    Hard,
}

impl<V> Deadlines<V> {
    pub(crate) fn new(caches: Weak<Caches<V>>) -> Self {
        let state = Mutex::new(State {
            due: BTreeMap::new(),
            armed: None,
        });
        Self { caches, state }
    }

    /// Notes a limit of a flight. Returns whether the alarm has to be set for it.
    #[must_use]
    pub(crate) fn add(&self, due: Due, flight: Weak<Flight<V>>) -> bool {
        let mut state = self.state.lock();
        state.due.insert(due, flight);
        let sooner = state.armed.is_none_or(|armed| due.0 < armed);
        if sooner {
            state.armed = Some(due.0);
        }
        sooner
    }

    /// Forgets a limit of a flight that has ended.
    pub(crate) fn remove(&self, due: &Due) {
        let flight = self.state.lock().due.remove(due);
        drop(flight);
    }

    fn pop_due(&self, now: Duration) -> Option<(Weak<Flight<V>>, Limit)> {
        let mut state = self.state.lock();
        let first = state.due.first_entry()?;
        let (at, _, limit) = *first.key();
        (at <= now).then(|| (first.remove(), limit))
    }

    fn rearm(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        state.armed = state.due.first_key_value().map(|((at, ..), _)| *at);
        state.armed
    }
}

impl<V: Clone + Send + Sync + 'static> Alarm for Deadlines<V> {
    fn ring(&self) -> Option<Duration> {
        let caches = self.caches.upgrade()?;
        let now = caches.world().clock.now();
        // A value that panics when it is cloned is as good as none; nobody is there to tell.
        let mut panics = Panics::default();
        for _ in 0..AT_A_TIME {
            let Some((flight, limit)) = self.pop_due(now) else {
                break;
            };
            if let Some(flight) = flight.upgrade() {
                panics.hold(|| caches.overdue(&flight, limit));
            }
        }
        self.rearm()
    }
}

/// How many computations an alarm looks at before the clock rings others.
const AT_A_TIME: usize = 64;
