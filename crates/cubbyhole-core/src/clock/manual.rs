//! A clock that stands still until it is moved by hand.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::alarms::Alarms;
use super::{Alarm, Clock, ring};

/// A clock for tests: it stands still until [`advance`](Self::advance) moves it, and rings its alarms there and then.
///
/// Clones share one time.
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_core::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now() - before, Duration::from_secs(90));
/// ```
#[derive(Clone, Default)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    now: Duration,
    alarms: Alarms,
}

impl ManualClock {
    /// Makes a clock at time zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time on by `by` (it stops at [`Duration::MAX`]), then rings every alarm that is due, on this thread,
    /// until none is.
    pub fn advance(&self, by: Duration) {
        let now = {
            let mut state = self.lock();
            state.now = state.now.saturating_add(by);
            state.now
        };
        while let Some(alarm) = self.pop_due(now) {
            if let Some(again) = ring(&alarm) {
                self.wake_at(again, alarm);
            }
        }
    }

    /// Returns how many alarms wait to be rung.
    #[must_use]
    pub fn alarms(&self) -> usize {
        self.lock().alarms.len()
    }

    fn pop_due(&self, now: Duration) -> Option<Weak<dyn Alarm>> {
        self.lock().alarms.pop_due(now)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.lock().now
    }

    fn wake_at(&self, at: Duration, alarm: Weak<dyn Alarm>) {
        self.lock().alarms.push(at, alarm);
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("ManualClock")
            .field("now", &state.now)
            .field("alarms", &state.alarms.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Rings as often as it is told to, one second apart.
    struct Bell {
        clock: ManualClock,
        rung: AtomicUsize,
        times: usize,
    }

    impl Alarm for Bell {
        fn ring(&self) -> Option<Duration> {
            let rung = self.rung.fetch_add(1, Ordering::Relaxed) + 1;
            (rung < self.times).then(|| self.clock.now() + SECOND)
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn bell(clock: &ManualClock, times: usize) -> Arc<Bell> {
        Arc::new(Bell {
            clock: clock.clone(),
            rung: AtomicUsize::new(0),
            times,
        })
    }

    fn leave(clock: &ManualClock, at: Duration, bell: &Arc<Bell>) {
        let bell: Weak<Bell> = Arc::downgrade(bell);
        clock.wake_at(at, bell);
    }

    #[test]
    fn an_alarm_rings_when_its_time_has_come_and_not_before() {
        let clock = ManualClock::new();
        let bell = bell(&clock, 1);
        leave(&clock, SECOND, &bell);
        clock.advance(SECOND / 2);
        assert_eq!(bell.rung.load(Ordering::Relaxed), 0);
        clock.advance(SECOND / 2);
        assert_eq!(bell.rung.load(Ordering::Relaxed), 1);
        assert_eq!(clock.alarms(), 0);
    }

    #[test]
    fn an_alarm_that_asks_for_more_is_rung_again() {
        let clock = ManualClock::new();
        let bell = bell(&clock, 3);
        leave(&clock, SECOND, &bell);
        for rung in 1..=3 {
            clock.advance(SECOND);
            assert_eq!(bell.rung.load(Ordering::Relaxed), rung);
        }
        assert_eq!(clock.alarms(), 0);
    }

    #[test]
    fn an_alarm_that_is_gone_is_forgotten() {
        let clock = ManualClock::new();
        leave(&clock, SECOND, &bell(&clock, 1));
        clock.advance(SECOND);
        assert_eq!(clock.alarms(), 0);
    }

    #[test]
    fn a_panic_in_the_last_drop_of_an_alarm_does_not_reach_the_clock() {
        /// Gives itself up while it rings, as a cache may that is dropped meanwhile.
        struct LastOwner(Mutex<Option<Arc<Self>>>);
        impl Alarm for LastOwner {
            fn ring(&self) -> Option<Duration> {
                self.0.lock().unwrap().take();
                None
            }
        }
        impl Drop for LastOwner {
            fn drop(&mut self) {
                panic!("a value that panics when it is dropped");
            }
        }
        let clock = ManualClock::new();
        let owner = Arc::new(LastOwner(Mutex::new(None)));
        *owner.0.lock().unwrap() = Some(Arc::clone(&owner));
        let weak: Weak<LastOwner> = Arc::downgrade(&owner);
        clock.wake_at(SECOND, weak);
        drop(owner);
        clock.advance(SECOND);
        assert_eq!(clock.alarms(), 0);
    }

    #[test]
    fn time_stops_at_its_end() {
        let clock = ManualClock::new();
        clock.advance(Duration::MAX);
        clock.advance(SECOND);
        assert_eq!(clock.now(), Duration::MAX);
    }
}
