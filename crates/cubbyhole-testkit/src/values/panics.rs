//! Values that panic when they are told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::Tracked;

/// Says whether values panic. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Trigger(Arc<AtomicBool>);

impl Trigger {
    /// Makes a trigger that is not armed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes values panic from now on.
    pub fn arm(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Lets values be.
    pub fn disarm(&self) {
        self.take();
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    fn is_armed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A value whose `Clone` panics while its trigger is armed.
///
/// ```
/// use cubbyhole_testkit::{PanicOnClone, Trigger};
///
/// let trigger = Trigger::new();
/// let value = PanicOnClone::new(7, &trigger);
/// assert_eq!(value.clone().number(), 7);
/// trigger.arm();
/// assert!(std::panic::catch_unwind(|| value.clone()).is_err());
/// ```
#[derive(Debug)]
pub struct PanicOnClone {
    number: u64,
    trigger: Trigger,
}

impl PanicOnClone {
    /// Makes a value that panics when it is cloned while `trigger` is armed.
    #[must_use]
    pub fn new(number: u64, trigger: &Trigger) -> Self {
        Self {
            number,
            trigger: trigger.clone(),
        }
    }

    /// Returns the number that tells this value from others; a clone has the same.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }
}

impl Clone for PanicOnClone {
    fn clone(&self) -> Self {
        assert!(
            !self.trigger.is_armed(),
            "a value that panics when it is cloned, as it was told to"
        );
        Self::new(self.number, &self.trigger)
    }
}

/// A value whose `Drop` panics if its trigger is armed; the first to be dropped disarms it.
///
/// It does not panic where another panic unwinds already, which would end the process.
#[derive(Clone, Debug)]
pub struct PanicOnDrop {
    tracked: Tracked,
    trigger: Trigger,
}

impl PanicOnDrop {
    /// Makes a value that panics when it is dropped while `trigger` is armed, and is counted by the counter of
    /// `tracked`.
    #[must_use]
    pub fn new(tracked: Tracked, trigger: &Trigger) -> Self {
        Self {
            tracked,
            trigger: trigger.clone(),
        }
    }

    /// Returns the number that tells this value from others; a clone has the same.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.tracked.number()
    }
}

impl Drop for PanicOnDrop {
    fn drop(&mut self) {
        let told_to = !thread::panicking() && self.trigger.take();
        assert!(
            !told_to,
            "a value that panics when it is dropped, as it was told to"
        );
    }
}
