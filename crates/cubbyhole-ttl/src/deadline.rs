//! The moment at which an entry expires, and whether it is pinned, in eight bytes.

use std::time::Duration;

use cubbyhole_core::Retention;

/// A time of the clock in nanoseconds: 292 years from the clock's origin, and then "never".
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Later than any time that comes. What lies beyond the range of a moment is never, too.
    pub(crate) const NEVER: Self = Self(u64::MAX >> 1);

    /// Returns the moment at `time`.
    pub(crate) fn at(time: Duration) -> Self {
        u64::try_from(time.as_nanos()).map_or(Self::NEVER, |nanos| Self(nanos).min(Self::NEVER))
    }

    /// Returns the moment a `span` later. It stops at never.
    pub(crate) fn after(self, span: Self) -> Self {
        // Both are less than half of what fits.
        Self(self.0 + span.0).min(Self::NEVER)
    }

    /// Returns this moment as a time of the clock, unless it is never.
    pub(crate) fn time(self) -> Option<Duration> {
        (self != Self::NEVER).then_some(Duration::from_nanos(self.0))
    }
}

/// What is noted beside a value: when it expires, and whether it is pinned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(u64);

impl Deadline {
    /// Makes the note of an entry that expires at `moment`.
    pub(crate) const fn new(moment: Moment, retention: Retention) -> Self {
        match retention {
            Retention::Evictable => Self(moment.0),
            Retention::Pinned => Self(moment.0 | PINNED),
        }
    }

    /// Returns when the entry expires, were it not pinned.
    pub(crate) const fn moment(self) -> Moment {
        Moment(self.0 & !PINNED)
    }

    /// Returns whether the entry is pinned.
    pub(crate) const fn is_pinned(self) -> bool {
        self.0 & PINNED != 0
    }

    /// Returns whether the entry is pinned, as it was said to [`new`](Self::new).
    pub(crate) const fn retention(self) -> Retention {
        if self.is_pinned() {
            Retention::Pinned
        } else {
            Retention::Evictable
        }
    }

    /// Clears the pin; the moment stays.
    pub(crate) const fn unpin(&mut self) {
        self.0 &= !PINNED;
    }

    /// Returns whether the moment has come, pinned or not.
    pub(crate) fn is_due(self, now: Moment) -> bool {
        self.moment() != Moment::NEVER && self.moment() <= now
    }

    /// Returns whether the entry is gone for every reader.
    pub(crate) fn is_expired(self, now: Moment) -> bool {
        !self.is_pinned() && self.is_due(now)
    }
}

/// The bit that no moment uses.
const PINNED: u64 = 1 << 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_exact_to_the_nanosecond_and_stops_at_never() {
        let exact = Duration::new(1_000_000_000, 7);
        assert_eq!(Moment::at(exact).time(), Some(exact));
        assert_eq!(Moment::at(Duration::MAX), Moment::NEVER);
        assert_eq!(Moment::at(Duration::from_nanos(u64::MAX)), Moment::NEVER);
        assert_eq!(Moment::NEVER.after(Moment::NEVER), Moment::NEVER);
        assert_eq!(Moment::NEVER.time(), None);
    }

    #[test]
    fn a_pin_does_not_touch_the_moment() {
        for moment in [
            Moment::at(Duration::ZERO),
            Moment::at(Duration::from_secs(1)),
            Moment::NEVER,
        ] {
            let mut deadline = Deadline::new(moment, Retention::Pinned);
            assert!(deadline.is_pinned() && deadline.moment() == moment);
            assert_eq!(deadline.retention(), Retention::Pinned);
            deadline.unpin();
            assert_eq!(deadline.retention(), Retention::Evictable);
            assert!(!deadline.is_pinned() && deadline.moment() == moment);
        }
    }

    #[test]
    fn never_is_not_due_even_at_the_end_of_time() {
        let deadline = Deadline::new(Moment::NEVER, Retention::Evictable);
        assert!(!deadline.is_due(Moment::NEVER) && !deadline.is_expired(Moment::NEVER));
    }
}
