//! What a cache under test promises, and what it is to be built with.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::ManualClock;
use cubbyhole_policy::{KeepAllPolicy, LruPolicy, MostRecentPolicy, TtlPolicy};

use crate::block_on;
use crate::model::{Model, NaiveKeepAll, NaiveLru, NaiveTtl};

/// What a cache under test promises: its policy, the clock it goes by, and how its futures are run.
///
/// The suite asks each check of every policy; the profile says what the right answer is. A cache that has both a
/// bound and a time to live is tested twice: with a time that never comes, and with a bound that is never reached.
///
/// Clones share one clock.
#[derive(Clone)]
pub struct Profile {
    promise: Promise,
    clock: ManualClock,
    patience: Duration,
    runner: Option<Runner>,
}

#[derive(Clone, Copy, Debug)]
enum Promise {
    KeepAll,
    Lru(usize),
    Ttl(Duration),
}

/// A future of the suite, for a runner to run to its end.
pub type Job<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

type Runner = Arc<dyn for<'a> Fn(Job<'a>) + Send + Sync>;

impl Profile {
    /// Returns the profile of a cache that keeps everything.
    #[must_use]
    pub fn keep_all() -> Self {
        Self::new(Promise::KeepAll)
    }

    /// Returns the profile of a cache that keeps the `capacity` entries used last.
    #[must_use]
    pub fn lru(capacity: usize) -> Self {
        Self::new(Promise::Lru(capacity))
    }

    /// Returns the profile of a cache that keeps each value for `ttl`, at least some milliseconds, after it was set.
    #[must_use]
    pub fn ttl(ttl: Duration) -> Self {
        Self::new(Promise::Ttl(ttl))
    }

    /// Replaces the way in which futures are run, which is [`block_on`]: for a cache that needs a runtime.
    ///
    /// ```
    /// use cubbyhole_testkit::Profile;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// let profile = Profile::lru(3).with_runner(move |job| runtime.block_on(job));
    /// assert_eq!(profile.run(async { 6 * 7 }), 42);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_runner(mut self, runner: impl Fn(Job<'_>) + Send + Sync + 'static) -> Self {
        self.runner = Some(Arc::new(runner));
        self
    }

    /// Replaces the time after which a check that is not finished counts as hung: one minute.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Returns how many unpinned entries the cache keeps at most, if there is a bound.
    #[must_use]
    pub const fn capacity(&self) -> Option<usize> {
        match self.promise {
            Promise::Lru(capacity) => Some(capacity),
            Promise::KeepAll | Promise::Ttl(_) => None,
        }
    }

    /// Returns how long after it was set an entry expires, if it does.
    #[must_use]
    pub const fn time_to_live(&self) -> Option<Duration> {
        match self.promise {
            Promise::Ttl(ttl) => Some(ttl),
            Promise::KeepAll | Promise::Lru(_) => None,
        }
    }

    /// Returns the clock that the cache is to go by.
    #[must_use]
    pub const fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Returns the time after which a check that is not finished counts as hung.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.patience
    }

    /// Returns an empty naive cache that keeps this promise.
    #[must_use]
    pub fn model(&self) -> Box<dyn Model> {
        match self.promise {
            Promise::KeepAll => Box::new(NaiveKeepAll::new()),
            Promise::Lru(capacity) => Box::new(NaiveLru::new(capacity)),
            Promise::Ttl(ttl) => Box::new(NaiveTtl::new(ttl)),
        }
    }

    /// Runs a future to its end.
    ///
    /// # Panics
    ///
    /// If the runner returns before the future has.
    pub fn run<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let Some(runner) = &self.runner else {
            return block_on(future);
        };
        let mut output = None;
        runner(Box::pin(async { output = Some(future.await) }));
        #[expect(
            clippy::expect_used,
            reason = "a runner that does not run is a mistake in the test that brought it"
        )]
        output.expect("a runner runs the future to its end")
    }

    fn new(promise: Promise) -> Self {
        Self {
            promise,
            clock: ManualClock::new(),
            patience: Duration::from_secs(60),
            runner: None,
        }
    }
}

impl From<&KeepAllPolicy> for Profile {
    fn from(_: &KeepAllPolicy) -> Self {
        Self::keep_all()
    }
}

impl From<&LruPolicy> for Profile {
    fn from(policy: &LruPolicy) -> Self {
        Self::lru(policy.max_size())
    }
}

impl From<&MostRecentPolicy> for Profile {
    fn from(_: &MostRecentPolicy) -> Self {
        Self::lru(1)
    }
}

impl From<&TtlPolicy> for Profile {
    fn from(policy: &TtlPolicy) -> Self {
        Self::ttl(policy.ttl())
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("promise", &self.promise)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
