//! How hard the analytics work.

use std::time::Duration;

/// How many times each of the analytics draws the data anew: more is slower and smoother; and how long the station
/// takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// For the means of months and the shares of good days.
    pub(crate) means: usize,
    /// For the band around a smoothed curve.
    pub(crate) curves: usize,
    /// For each interval of the long job.
    pub(crate) trends: usize,
    /// For a reading of the station while it is well.
    pub(crate) reading: Duration,
}

impl Effort {
    /// What the service uses: the long job takes a few seconds.
    pub(crate) const FULL: Self = Self {
        means: 20_000,
        curves: 400,
        trends: 10_000,
        reading: Duration::from_millis(40),
    };

    /// Enough to exercise every line, quick enough for a test.
    pub(crate) const QUICK: Self = Self {
        means: 200,
        curves: 20,
        trends: 20,
        reading: Duration::ZERO,
    };
}
