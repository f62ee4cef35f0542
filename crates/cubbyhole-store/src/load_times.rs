//! How long computations take.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long the computations of a registry entry took, those that failed included.
///
/// Times are counted in buckets, two for each doubling from a microsecond on; so a quantile is right to within a fifth
/// of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LoadTimes {
    buckets: Vec<u64>,
    sum: Duration,
    failures: u64,
}

impl LoadTimes {
    /// Returns how many computations ended.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Returns how many of them ended with an error, a panic, or too late.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.failures
    }

    /// Returns the sum of their times.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        self.sum
    }

    /// Returns a time that so large a part of the computations did not exceed, from 0 to 1; `None` if there were none.
    ///
    /// ```
    /// let store = cubbyhole_store::CacheStore::new();
    /// assert!(store.stats().entries.iter().all(|entry| entry.load_times.quantile(0.99).is_some()));
    /// ```
    #[must_use]
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a part of a count needs no more precision"
        )]
        let wanted = self.count() as f64 * part.clamp(0.0, 1.0);
        let mut seen = 0;
        for (bucket, count) in self
            .buckets
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            seen += count;
            #[expect(
                clippy::cast_precision_loss,
                reason = "a part of a count needs no more precision"
            )]
            if seen as f64 >= wanted {
                return Some(upper(bucket));
            }
        }
        None
    }

    /// Returns the longest times that are told apart, shortest first: the bounds for a histogram elsewhere that is to cut
    /// none of the buckets here in two. The last one has no bound in truth.
    ///
    /// ```
    /// let doubling: Vec<_> = cubbyhole_store::LoadTimes::bounds().step_by(2).collect();
    /// assert!(doubling.windows(2).all(|pair| pair[1] == pair[0] * 2));
    /// ```
    pub fn bounds() -> impl Iterator<Item = Duration> {
        (0..BUCKETS).map(upper)
    }

    /// Returns the counts, each with the longest time that it counts, shortest first; without those that are zero.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let buckets = self.buckets.iter().copied().enumerate();
        buckets
            .filter(|(_, count)| *count > 0)
            .map(|(bucket, count)| (upper(bucket), count))
    }
}

/// The times as they are counted.
pub(crate) struct LoadTimer {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
    failures: AtomicU64,
}

impl LoadTimer {
    pub(crate) const fn new() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            nanoseconds: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    pub(crate) fn count(&self, took: Duration, failed: bool) {
        self.buckets[bucket(took)].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        self.failures
            .fetch_add(u64::from(failed), Ordering::Relaxed);
    }

    pub(crate) fn times(&self) -> LoadTimes {
        LoadTimes {
            buckets: self
                .buckets
                .iter()
                .map(|count| count.load(Ordering::Relaxed))
                .collect(),
            sum: Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for LoadTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.times().fmt(f)
    }
}

/// Returns the bucket of a time: twice the binary logarithm of its microseconds, rounded up.
fn bucket(took: Duration) -> usize {
    (0..BUCKETS - 1)
        .find(|bucket| took <= upper(*bucket))
        .unwrap_or(BUCKETS - 1)
}

/// Returns the longest time of a bucket; the last one has no bound, and is said to end where the next would begin.
const fn upper(bucket: usize) -> Duration {
    let doubled = 1_000_u64 << (bucket / 2);
    // The root of two, times a thousand.
    let nanoseconds = if bucket.is_multiple_of(2) {
        doubled
    } else {
        doubled / 1_000 * 1_414
    };
    Duration::from_nanos(nanoseconds)
}

/// From a microsecond to somewhat more than an hour.
const BUCKETS: usize = 66;

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn buckets_rise_and_hold_what_they_say() {
        for pair in (0..BUCKETS).collect::<Vec<_>>().windows(2) {
            assert!(upper(pair[0]) < upper(pair[1]));
            assert_eq!(bucket(upper(pair[0])), pair[0]);
        }
        assert_eq!(bucket(Duration::ZERO), 0);
        assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
        assert!(upper(BUCKETS - 1) > Duration::from_secs(3600));
    }

    #[test]
    fn quantiles_are_near_what_was_counted() {
        let timer = LoadTimer::new();
        assert_eq!(timer.times().quantile(0.5), None);
        for millisecond in 1..=100 {
            timer.count(Duration::from_millis(millisecond), millisecond > 98);
        }
        let times = timer.times();
        assert_eq!((times.count(), times.failures()), (100, 2));
        assert_eq!(times.sum(), Duration::from_millis(5_050));
        let near = |part, milliseconds: u64| {
            let found = times.quantile(part).unwrap();
            let expected = Duration::from_millis(milliseconds);
            assert!(
                found >= expected && found <= expected.mul_f64(1.42),
                "{found:?}"
            );
        };
        near(0.5, 50);
        near(0.99, 99);
        assert_eq!(times.buckets().map(|(_, count)| count).sum::<u64>(), 100);
    }
}
