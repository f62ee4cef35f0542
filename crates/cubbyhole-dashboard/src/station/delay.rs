//! A delay by the clock of the store.

use std::future::pending;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole::{Alarm, Clock};
use tokio::sync::Notify;

/// A delay that has begun.
#[derive(Debug)]
pub(super) struct Delay(Kind);

#[derive(Debug)]
enum Kind {
    None,
    Until(Arc<Bell>),
    /// Longer than the clock can say.
    ForEver,
}

#[derive(Debug, Default)]
struct Bell(Notify);

impl Alarm for Bell {
    fn ring(&self) -> Option<Duration> {
        self.0.notify_one();
        None
    }
}

impl Delay {
    /// Begins a delay; [`Duration::MAX`] does not end.
    pub(super) fn new(clock: &dyn Clock, time: Duration) -> Self {
        if time.is_zero() {
            return Self(Kind::None);
        }
        if time == Duration::MAX {
            return Self(Kind::ForEver);
        }
        let bell = Arc::<Bell>::default();
        let alarm: Weak<Bell> = Arc::downgrade(&bell);
        clock.wake_at(clock.now().saturating_add(time), alarm);
        Self(Kind::Until(bell))
    }

    /// Waits for its end.
    pub(super) async fn over(self) {
        match self.0 {
            Kind::None => {}
            Kind::Until(bell) => bell.0.notified().await,
            Kind::ForEver => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use cubbyhole::ManualClock;

    use super::*;

    async fn is_over(delay: Delay) -> bool {
        let mut over = pin!(delay.over());
        poll_fn(|context| Poll::Ready(over.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn a_delay_is_over_when_its_time_has_come_although_nobody_waited_yet() {
        let clock = ManualClock::new();
        let delays = [1, 1].map(|seconds| Delay::new(&clock, Duration::from_secs(seconds)));
        let [early, late] = delays;
        assert!(!is_over(early).await);
        clock.advance(Duration::from_secs(1));
        assert!(is_over(late).await);
        assert_eq!(clock.alarms(), 0);
    }

    #[tokio::test]
    async fn no_delay_is_over_at_once_and_one_for_ever_is_not() {
        let clock = ManualClock::new();
        assert!(is_over(Delay::new(&clock, Duration::ZERO)).await);
        let delay = Delay::new(&clock, Duration::MAX);
        clock.advance(Duration::MAX);
        assert!(!is_over(delay).await);
    }
}
