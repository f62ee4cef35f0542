//! Clocks for tests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cubbyhole_core::Alarm;
use cubbyhole_ttl::{Clock, ManualClock};

/// A clock that tells the time and rings no alarm, so that operations find what is past its time.
#[derive(Debug)]
pub(crate) struct Silent(pub(crate) ManualClock);

impl Clock for Silent {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wake_at(&self, _: Duration, _: Weak<dyn Alarm>) {}
}

/// A clock that moves on by a step each time it is read, and counts that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasty {
    pub(crate) step: Duration,
    pub(crate) read: Arc<AtomicUsize>,
}

impl Clock for Hasty {
    fn now(&self) -> Duration {
        let read = self.read.fetch_add(1, Ordering::SeqCst);
        self.step * u32::try_from(read).unwrap_or(u32::MAX)
    }

    fn wake_at(&self, _: Duration, _: Weak<dyn Alarm>) {}
}

/// A clock whose alarms the test rings itself, one at a time.
#[derive(Clone, Default)]
pub(crate) struct ByHand {
    pub(crate) time: ManualClock,
    pub(crate) alarms: Arc<Mutex<Vec<Weak<dyn Alarm>>>>,
}

impl Clock for ByHand {
    fn now(&self) -> Duration {
        self.time.now()
    }

    fn wake_at(&self, _: Duration, alarm: Weak<dyn Alarm>) {
        if let Ok(mut alarms) = self.alarms.lock() {
            alarms.push(alarm);
        }
    }
}

impl std::fmt::Debug for ByHand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ByHand").field(&self.time).finish()
    }
}
