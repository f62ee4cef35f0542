//! Where time comes from, and who is woken when it has come.

mod alarms;
mod manual;
mod system;

use std::fmt::Debug;
use std::sync::{Arc, Weak};
use std::time::Duration;

pub use manual::ManualClock;
pub use system::SystemClock;

/// A source of monotonic time, and the means to be woken by it.
///
/// Caches ask a clock when an entry is due, and leave an [`Alarm`] with it so that memory is given back when nobody
/// asks any more. A clock is injected: production takes [`SystemClock`], tests take [`ManualClock`] and never sleep.
pub trait Clock: Send + Sync + Debug {
    /// Returns the time since an origin of this clock's own. It never goes back, whatever the wall clock does.
    fn now(&self) -> Duration;

    /// Asks for `alarm` to ring once, at `at` or soon after. An alarm that is gone by then is forgotten.
    fn wake_at(&self, at: Duration, alarm: Weak<dyn Alarm>);
}

/// What a [`Clock`] rings when the time has come.
pub trait Alarm: Send + Sync {
    /// Does a bounded piece of work, and returns when there is more to do, if there is.
    ///
    /// A time that has passed already means "as soon as possible": the clock rings again after it has given others a
    /// chance. It must not panic; a clock survives it if it does.
    fn ring(&self) -> Option<Duration>;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn wake_at(&self, at: Duration, alarm: Weak<dyn Alarm>) {
        (**self).wake_at(at, alarm);
    }
}

impl<C: Clock + ?Sized> Clock for &'static C {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn wake_at(&self, at: Duration, alarm: Weak<dyn Alarm>) {
        (**self).wake_at(at, alarm);
    }
}

/// Rings an alarm and survives it: an alarm that panics is not rung again.
fn ring(alarm: &Weak<dyn Alarm>) -> Option<Duration> {
    // The alarm may be dropped here for good, with the values of a whole cache: that may panic as well.
    let ring = std::panic::AssertUnwindSafe(|| alarm.upgrade()?.ring());
    std::panic::catch_unwind(ring).unwrap_or_default()
}
