//! How long things took, all of them.

use std::time::Duration;

use crate::wording;

/// Times, shortest first.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Times {
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The nearest rank: the smallest time that so many of a hundred do not exceed, in words.
    pub(crate) fn percentile(&self, percent: usize) -> String {
        wording::duration(self.rank(percent))
    }

    fn rank(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        let at = rank.saturating_sub(1);
        self.0.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let times: Times = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(times.rank(50), Duration::from_millis(100));
        assert_eq!(times.rank(99), Duration::from_millis(198));
        assert_eq!(times.percentile(100), "200 ms");
        let one: Times = [Duration::from_millis(1)].into_iter().collect();
        assert_eq!(one.rank(99), Duration::from_millis(1));
        assert_eq!(Times::from_iter([]).rank(50), Duration::ZERO);
    }
}
