//! Counting without contention: each thread has a stripe, and only a snapshot adds them up.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What is counted for one registry entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    Hits,
    Misses,
    Sets,
    Evictions,
    Expirations,
    Computations,
    Waits,
    Entries,
    KeyBytes,
    Scopes,
}

const COUNTS: usize = Count::Scopes as usize + 1;

/// The counts of one registry entry.
pub(crate) struct Counters {
    stripes: Box<[Stripe]>,
}

/// Two cache lines of one thread, or of few: a processor fetches lines in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Stripe([AtomicU64; COUNTS]);

impl Counters {
    pub(crate) fn new() -> Self {
        // Asking the system takes longer than all the rest.
        static STRIPES: OnceLock<usize> = OnceLock::new();
        let stripes = STRIPES.get_or_init(|| {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            threads.next_power_of_two().min(MAX_STRIPES)
        });
        Self {
            stripes: (0..*stripes).map(|_| Stripe::default()).collect(),
        }
    }

    #[inline]
    pub(crate) fn add(&self, count: Count, by: usize) {
        if by > 0 {
            self.mine(count).fetch_add(by as u64, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(crate) fn increment(&self, count: Count) {
        self.mine(count).fetch_add(1, Ordering::Relaxed);
    }

    /// Takes from what another thread may have added: a stripe alone may go below zero, and wraps; the sum does not.
    pub(crate) fn subtract(&self, count: Count, by: usize) {
        if by > 0 {
            self.mine(count).fetch_sub(by as u64, Ordering::Relaxed);
        }
    }

    pub(crate) fn sum(&self, count: Count) -> u64 {
        self.stripes
            .iter()
            .map(|stripe| stripe.0[count as usize].load(Ordering::Relaxed))
            .fold(0, u64::wrapping_add)
    }

    #[inline]
    fn mine(&self, count: Count) -> &AtomicU64 {
        let stripe = STRIPE.with(|stripe| *stripe) & (self.stripes.len() - 1);
        &self.stripes[stripe].0[count as usize]
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters")
            .field("stripes", &self.stripes.len())
            .finish()
    }
}

thread_local! {
    /// Threads take turns.
    static STRIPE: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

const MAX_STRIPES: usize = 16;
