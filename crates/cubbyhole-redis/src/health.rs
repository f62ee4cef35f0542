//! How the tier is: its state, what went wrong, and whether to leave Redis alone.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cubbyhole_core::{TierState, TierStatus};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// The health of one node's connection.
#[derive(Debug)]
pub(crate) struct Health {
    state: watch::Sender<(TierState, Instant)>,
    calls: AtomicU64,
    failures: AtomicU64,
    disconnects: AtomicU64,
    failing: Mutex<Option<Failing>>,
    /// Whether there is a row of failures, to be asked without a lock.
    is_failing: AtomicBool,
    most_in_a_row: u32,
    /// How long a row of failures has to last.
    least_time: Duration,
    /// Wakes the one who keeps the connection: it has to be made anew.
    pub(crate) tripped: Notify,
}

/// A row of failures.
#[derive(Debug)]
struct Failing {
    since: Instant,
    in_a_row: u32,
}

impl Health {
    /// `least_time`: how long Redis has to fail, because calls that are made at one time fail at one time.
    pub(crate) fn new(most_in_a_row: u32, least_time: Duration) -> Self {
        Self {
            state: watch::Sender::new((TierState::Away, Instant::now())),
            calls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            disconnects: AtomicU64::new(0),
            failing: Mutex::new(None),
            is_failing: AtomicBool::new(false),
            most_in_a_row,
            least_time,
            tripped: Notify::new(),
        }
    }

    pub(crate) fn state(&self) -> TierState {
        self.state.borrow().0
    }

    pub(crate) fn set(&self, state: TierState) {
        self.state.send_if_modified(|now| {
            let is_new = now.0 != state;
            if is_new {
                *now = (state, Instant::now());
            }
            is_new
        });
    }

    /// Waits until there is a connection, trusted or not.
    pub(crate) async fn reachable(&self) {
        self.wait_for(|state| state != TierState::Away).await;
    }

    /// Waits until the tier can be asked.
    pub(crate) async fn connected(&self) {
        self.wait_for(|state| state == TierState::Connected).await;
    }

    async fn wait_for(&self, mut is_so: impl FnMut(TierState) -> bool) {
        let mut states = self.state.subscribe();
        // The sender is here, so it is not gone.
        let _ = states.wait_for(|(state, _)| is_so(*state)).await;
    }

    pub(crate) fn count_call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a call that was not made, because Redis is left alone.
    pub(crate) fn turned_away(&self) {
        self.count_call();
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_disconnect(&self) {
        self.disconnects.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn succeeded(&self) {
        if self.is_failing.load(Ordering::Relaxed) {
            *self.failing() = None;
            self.is_failing.store(false, Ordering::Relaxed);
        }
    }

    /// Counts a call that Redis refused. It answers, so there is no reason to leave it alone.
    pub(crate) fn refused(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.succeeded();
    }

    /// Counts a call that got no answer, or none in time. After some of them in a row, over some time, Redis is left
    /// alone.
    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut failing = self.failing();
        self.is_failing.store(true, Ordering::Relaxed);
        let row = failing.get_or_insert_with(|| Failing {
            since: Instant::now(),
            in_a_row: 0,
        });
        row.in_a_row = row.in_a_row.saturating_add(1);
        if row.in_a_row >= self.most_in_a_row && row.since.elapsed() >= self.least_time {
            *failing = None;
            self.tripped.notify_one();
        }
    }

    fn failing(&self) -> MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self, queued: usize) -> TierStatus {
        let (state, since) = *self.state.borrow();
        let mut status = TierStatus::default();
        status.state = state;
        status.lasting = since.elapsed();
        status.queued = queued;
        status.calls = self.calls.load(Ordering::Relaxed);
        status.failures = self.failures.load(Ordering::Relaxed);
        status.disconnects = self.disconnects.load(Ordering::Relaxed);
        status
    }
}

/// How long Redis is left alone, longer with each attempt.
#[derive(Debug)]
pub(crate) struct Backoff {
    attempts: u32,
    longest: Duration,
}

impl Backoff {
    const SHORTEST: Duration = Duration::from_millis(25);

    pub(crate) const fn new(longest: Duration) -> Self {
        Self {
            attempts: 0,
            longest,
        }
    }

    pub(crate) const fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Returns the next pause: somewhere in the upper half of a span that doubles, so that a fleet does not return at
    /// one time. `chance` is any number.
    pub(crate) fn next(&mut self, chance: u64) -> Duration {
        let span = Self::SHORTEST.saturating_mul(1 << self.attempts.min(20));
        self.attempts = self.attempts.saturating_add(1);
        let half = span.min(self.longest) / 2;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a chance does not need to be exact"
        )]
        let part = chance as f64 / u64::MAX as f64;
        half + half.mul_f64(part)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cubbyhole_core::TierState;
    use tokio::time::advance;

    use super::{Backoff, Health};

    async fn is_tripped(health: &Health) -> bool {
        let wait = tokio::time::timeout(Duration::from_secs(1), health.tripped.notified());
        wait.await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn only_failures_in_a_row_trip_and_only_after_a_time() {
        let health = Health::new(3, Duration::from_millis(250));
        for _ in 0..10 {
            health.failed();
            health.failed();
            advance(Duration::from_millis(250)).await;
            health.refused();
            health.failed();
            health.succeeded();
        }
        for _ in 0..10 {
            health.failed();
        }
        assert!(!is_tripped(&health).await, "all at one time");
        health.failed();
        assert!(is_tripped(&health).await);
        assert!(!is_tripped(&health).await, "once");
        assert_eq!(health.status(0).failures, 51);
    }

    #[tokio::test(start_paused = true)]
    async fn a_state_lasts_from_when_it_began() {
        let health = Health::new(3, Duration::from_millis(250));
        advance(Duration::from_secs(1)).await;
        health.set(TierState::Connected);
        advance(Duration::from_secs(2)).await;
        health.set(TierState::Connected);
        let status = health.status(7);
        assert_eq!(status.state, TierState::Connected);
        assert_eq!((status.lasting, status.queued), (Duration::from_secs(2), 7));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Duration::from_millis(150));
        let pauses: Vec<u128> = (0..5).map(|_| backoff.next(u64::MAX).as_millis()).collect();
        assert_eq!(pauses, [25, 50, 100, 150, 150]);
        assert_eq!(backoff.next(0), Duration::from_millis(75));
        backoff.reset();
        assert_eq!(backoff.next(u64::MAX), Duration::from_millis(25));
        let mut endless = Backoff::new(Duration::MAX);
        for _ in 0..100 {
            endless.next(u64::MAX);
        }
    }
}
