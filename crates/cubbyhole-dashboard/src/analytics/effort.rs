//! How hard the analytics work.

/// How many times each of the analytics draws the data anew: more is slower and smoother.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// For the means of months and the shares of good days.
    pub(crate) means: usize,
    /// For the band around a smoothed curve.
    pub(crate) curves: usize,
    /// For each interval of the long job.
    pub(crate) trends: usize,
}

impl Effort {
    /// What the service uses: the long job takes a few seconds.
    pub(crate) const FULL: Self = Self {
        means: 20_000,
        curves: 400,
        trends: 10_000,
    };

    /// Enough to exercise every line, quick enough for a test.
    pub(crate) const QUICK: Self = Self {
        means: 200,
        curves: 20,
        trends: 20,
    };
}
