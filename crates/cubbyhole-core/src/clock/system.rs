//! The clock of the machine.

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::alarms::Alarms;
use super::{Alarm, Clock, ring};

/// The monotonic clock of the machine.
///
/// Its alarms are rung by one thread for the whole process, `cubbyhole-clock`, which starts with the first alarm and
/// sleeps while none is due. A thread and not a task, because a task ends with the runtime it was spawned on, and
/// what it watched over would never be given back. Where no thread can be started, alarms do not ring and expired
/// entries go when their cache is next used.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        origin().elapsed()
    }

    fn wake_at(&self, at: Duration, alarm: Weak<dyn Alarm>) {
        Ringer::get().leave(at, alarm);
    }
}

fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// The thread that rings, and what it shares with those who leave alarms.
#[derive(Default)]
struct Ringer {
    alarms: Mutex<Alarms>,
    sooner: Condvar,
}

impl Ringer {
    fn get() -> &'static Self {
        static RINGER: OnceLock<Ringer> = OnceLock::new();
        static THREAD: OnceLock<bool> = OnceLock::new();
        let ringer = RINGER.get_or_init(Self::default);
        THREAD.get_or_init(|| {
            thread::Builder::new()
                .name("cubbyhole-clock".to_owned())
                .spawn(|| ringer.run())
                .is_ok()
        });
        ringer
    }

    fn leave(&self, at: Duration, alarm: Weak<dyn Alarm>) {
        let mut alarms = self.lock();
        let sooner = alarms.next().is_none_or(|next| at < next);
        alarms.push(at, alarm);
        drop(alarms);
        if sooner {
            self.sooner.notify_one();
        }
    }

    fn run(&self) {
        loop {
            let due = self.wait();
            let mut at_once = false;
            for alarm in due {
                if let Some(again) = ring(&alarm) {
                    at_once |= again <= SystemClock.now();
                    self.lock().push(again, alarm);
                }
            }
            if at_once {
                // A lock is taken again by who runs before it is taken by who sleeps: without a rest, who waits for what
                // an alarm is busy with would wait until all the work is done.
                #[expect(clippy::disallowed_methods, reason = "this thread is nobody's")]
                std::thread::sleep(BREATH);
            }
        }
    }

    /// Waits until alarms are due and takes them.
    fn wait(&self) -> Vec<Weak<dyn Alarm>> {
        let mut alarms = self.lock();
        loop {
            let now = SystemClock.now();
            let due: Vec<_> = std::iter::from_fn(|| alarms.pop_due(now)).collect();
            if !due.is_empty() {
                return due;
            }
            alarms = match alarms.next() {
                None => self
                    .sooner
                    .wait(alarms)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(next) => {
                    self.sooner
                        .wait_timeout(alarms, next.saturating_sub(now).max(BREATH))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shortest sleep: deadlines that lie closer together are rung together. Also the rest that is taken from work.
const BREATH: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    struct Bell(mpsc::Sender<Duration>);

    impl Alarm for Bell {
        fn ring(&self) -> Option<Duration> {
            self.0.send(SystemClock.now()).ok();
            None
        }
    }

    struct Panics;

    impl Alarm for Panics {
        fn ring(&self) -> Option<Duration> {
            panic!("an alarm that panics");
        }
    }

    #[test]
    fn alarms_ring_in_order_and_none_too_early() {
        let (rings, rung) = mpsc::channel();
        let bells = [30, 10, 20].map(|ms| {
            let at = SystemClock.now() + Duration::from_millis(ms);
            let bell: Arc<Bell> = Arc::new(Bell(rings.clone()));
            let weak: Weak<Bell> = Arc::downgrade(&bell);
            SystemClock.wake_at(at, weak);
            (at, bell)
        });
        let rung: Vec<_> = rung.iter().take(bells.len()).collect();
        let mut due = bells.map(|(at, _)| at);
        due.sort();
        assert!(rung.is_sorted());
        assert!(due.iter().zip(&rung).all(|(due, rung)| rung >= due));
    }

    #[test]
    fn an_alarm_that_panics_stops_no_other() {
        let (rings, rung) = mpsc::channel();
        let panics: Arc<Panics> = Arc::new(Panics);
        let weak: Weak<Panics> = Arc::downgrade(&panics);
        SystemClock.wake_at(SystemClock.now(), weak);
        let bell: Arc<Bell> = Arc::new(Bell(rings));
        let weak: Weak<Bell> = Arc::downgrade(&bell);
        SystemClock.wake_at(SystemClock.now(), weak);
        assert!(rung.recv().is_ok());
    }
}
