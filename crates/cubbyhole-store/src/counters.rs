//! Counting without contention: each thread has a stripe of its own, and only a snapshot adds them up.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

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
///
/// A stripe that belongs to one thread is written without an atomic addition, which would cost a hit more than all its
/// arithmetic. Threads beyond the number of stripes share the first one, and add to it atomically.
pub(crate) struct Counters {
    shared: Stripe,
    own: [OnceLock<Box<Stripe>>; OWN_STRIPES],
}

/// Two cache lines of one thread: a processor fetches lines in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Stripe([AtomicU64; COUNTS]);

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            shared: Stripe::default(),
            own: [const { OnceLock::new() }; OWN_STRIPES],
        }
    }

    #[inline]
    pub(crate) fn increment(&self, count: Count) {
        self.here().add(count, 1);
    }

    /// Returns where the running thread counts, for who has more than one thing to count.
    #[inline]
    pub(crate) fn here(&self) -> Here<'_> {
        // A thread that is ending has given its number back.
        let number = NUMBER.try_with(|number| number.0).ok().flatten();
        match number.and_then(|number| self.own.get(number)) {
            Some(own) => Here {
                stripe: own.get_or_init(Box::default),
                is_own: true,
            },
            None => Here {
                stripe: &self.shared,
                is_own: false,
            },
        }
    }

    pub(crate) fn sum(&self, count: Count) -> u64 {
        let own = self.own.iter().filter_map(OnceLock::get);
        own.map(|stripe| &**stripe)
            .chain([&self.shared])
            .map(|stripe| stripe.0[count as usize].load(Ordering::Relaxed))
            .fold(0, u64::wrapping_add)
    }
}

/// Where one thread counts.
pub(crate) struct Here<'a> {
    stripe: &'a Stripe,
    is_own: bool,
}

impl Here<'_> {
    #[inline]
    pub(crate) fn add(&self, count: Count, by: usize) {
        self.change(count, by as u64);
    }

    /// Takes from what another thread may have added: a stripe alone may go below zero, and wraps; the sum does not.
    #[inline]
    pub(crate) fn subtract(&self, count: Count, by: usize) {
        self.change(count, (by as u64).wrapping_neg());
    }

    #[inline]
    fn change(&self, count: Count, by: u64) {
        let number = &self.stripe.0[count as usize];
        if self.is_own {
            let sum = number.load(Ordering::Relaxed).wrapping_add(by);
            number.store(sum, Ordering::Relaxed);
        } else {
            number.fetch_add(by, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").finish_non_exhaustive()
    }
}

/// A number that no other living thread has; none if too many live.
struct Number(Option<usize>);

thread_local! {
    static NUMBER: Number = {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        Number(numbers.take())
    };
}

/// The numbers that threads have.
struct Numbers([bool; OWN_STRIPES]);

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers([false; OWN_STRIPES]));

impl Numbers {
    fn take(&mut self) -> Option<usize> {
        let number = self.0.iter().position(|taken| !taken)?;
        self.0[number] = true;
        Some(number)
    }
}

impl Drop for Number {
    /// The next thread with this number goes on with its stripes: the lock makes it see what was written to them.
    fn drop(&mut self) {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = self.0 {
            numbers.0[number] = false;
        }
    }
}

/// How many threads can count without an atomic addition. A runtime has about as many as there are processors.
const OWN_STRIPES: usize = 32;
