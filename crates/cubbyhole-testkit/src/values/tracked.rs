//! A value that is counted from its making to its drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the values it has made, and those of them that were dropped.
///
/// ```
/// let counter = cubbyhole_testkit::DropCounter::new();
/// let kept = counter.track(1);
/// drop(kept.clone());
/// assert_eq!((counter.live(), counter.dropped()), (1, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct DropCounter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl DropCounter {
    /// Makes a counter that has counted nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a value that is counted, and whose clones are.
    #[must_use]
    pub fn track(&self, number: u64) -> Tracked {
        self.0.made.fetch_add(1, Ordering::SeqCst);
        Tracked {
            number,
            counter: self.clone(),
        }
    }

    /// Returns how many values were made, clones included, and not yet dropped.
    #[must_use]
    pub fn live(&self) -> usize {
        // In this order, so that a value that comes and goes meanwhile cannot make the difference negative.
        let dropped = self.dropped();
        self.0.made.load(Ordering::SeqCst) - dropped
    }

    /// Returns how many values were dropped.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::SeqCst)
    }
}

/// A value that a [`DropCounter`] counts.
#[derive(Debug)]
pub struct Tracked {
    number: u64,
    counter: DropCounter,
}

impl Tracked {
    /// Returns the number that tells this value from others; a clone has the same.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        self.counter.track(self.number)
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.counter.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}
