//! Confidence intervals by the moving-block bootstrap.
//!
//! The days of a month are not independent: a warm day follows a warm day. Drawing single days anew
//! would make the intervals too narrow, so whole blocks of neighbouring days are drawn
//! (Künsch, "The jackknife and the bootstrap for general stationary observations", 1989).

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::seed::Generator;
use super::statistics::quantile;

/// Where 95 of 100 repetitions lie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    /// The middle 95 % of `values`, which are sorted.
    pub(super) fn of_middle(values: &mut [f64]) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self {
            low: quantile(values, 0.025),
            high: quantile(values, 0.975),
        }
    }

    pub(crate) fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The interval of the mean of `runs`, each a stretch of neighbouring days; blocks of up to `block`
/// days are drawn from each run on its own.
pub(super) fn mean_interval(
    runs: &[&[f64]],
    block: usize,
    resamples: usize,
    generator: &mut Generator,
) -> Interval {
    let runs: Vec<Sums> = runs.iter().map(|run| Sums::of(run)).collect();
    let days: usize = runs.iter().map(Sums::len).sum();
    if days == 0 {
        return Interval {
            low: 0.0,
            high: 0.0,
        };
    }
    let mut means: Vec<f64> = (0..resamples)
        .map(|_| {
            let sum: f64 = runs.iter().map(|run| run.draw(block, generator)).sum();
            sum / days as f64
        })
        .collect();
    Interval::of_middle(&mut means)
}

/// Fills `drawn` with blocks of `source`, which must not be shorter.
pub(super) fn draw_blocks<T: Copy>(
    source: &[T],
    block: usize,
    generator: &mut Generator,
    drawn: &mut [T],
) {
    for part in drawn.chunks_mut(block.clamp(1, source.len().max(1))) {
        let start = generator.random_range(0..=source.len() - part.len());
        part.copy_from_slice(&source[start..start + part.len()]);
    }
}

/// A run of days as running sums, so that a block of any length is summed in O(1).
struct Sums(Vec<f64>);

impl Sums {
    fn of(run: &[f64]) -> Self {
        let mut total = 0.0;
        let mut sums = vec![0.0];
        sums.extend(run.iter().map(|value| {
            total += value;
            total
        }));
        Self(sums)
    }

    fn len(&self) -> usize {
        self.0.len() - 1
    }

    /// The sum of as many days as the run has, drawn in blocks.
    fn draw(&self, block: usize, generator: &mut Generator) -> f64 {
        let mut missing = self.len();
        let mut sum = 0.0;
        while missing > 0 {
            let length = block.clamp(1, missing);
            let start = generator.random_range(0..=self.len() - length);
            sum += self.0[start + length] - self.0[start];
            missing -= length;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::seed::generator;
    use super::*;

    #[test]
    fn blocks_as_long_as_the_run_leave_nothing_to_chance() {
        let run = [1.0, 5.0, 9.0, 1.0];
        let interval = mean_interval(&[&run], 4, 50, &mut generator("whole"));
        assert_eq!(
            interval,
            Interval {
                low: 4.0,
                high: 4.0
            }
        );
        let longer = mean_interval(&[&run], 99, 50, &mut generator("longer"));
        assert_eq!(
            longer,
            Interval {
                low: 4.0,
                high: 4.0
            }
        );
    }

    #[test]
    fn equal_days_have_no_uncertainty() {
        let interval = mean_interval(&[&[2.0; 10], &[2.0; 7]], 3, 100, &mut generator("equal"));
        assert_eq!(
            interval,
            Interval {
                low: 2.0,
                high: 2.0
            }
        );
    }

    #[test]
    fn two_days_one_at_a_time_have_three_means() {
        // The mean of two draws from {0, 1} is 0, 0.5 or 1, with chances 1/4, 1/2 and 1/4.
        let interval = mean_interval(&[&[0.0, 1.0]], 1, 2_000, &mut generator("coin"));
        assert_eq!(
            interval,
            Interval {
                low: 0.0,
                high: 1.0
            }
        );
    }

    #[test]
    fn the_interval_of_independent_draws_is_as_wide_as_theory_says() {
        // 400 values, half 0 and half 1, spread evenly: the standard error is 0.5 / 20 = 0.025.
        let run: Vec<f64> = (0..400).map(|index| f64::from(index % 2)).collect();
        let interval = mean_interval(&[&run], 1, 4_000, &mut generator("theory"));
        assert!(
            (interval.low - (0.5 - 1.96 * 0.025)).abs() < 0.005,
            "{interval:?}"
        );
        assert!(
            (interval.high - (0.5 + 1.96 * 0.025)).abs() < 0.005,
            "{interval:?}"
        );
    }

    #[test]
    fn blocks_widen_the_interval_of_days_that_hang_together() {
        // Stretches of ten equal days: single draws believe in ten times too many observations.
        let run: Vec<f64> = (0..400).map(|index| f64::from(index / 10 % 2)).collect();
        let width = |block| {
            let interval = mean_interval(&[&run], block, 2_000, &mut generator("blocks"));
            interval.high - interval.low
        };
        assert!(width(10) > 1.5 * width(1));
    }

    #[test]
    fn no_days_have_no_interval() {
        let interval = mean_interval(&[&[]], 7, 10, &mut generator("none"));
        assert_eq!(
            interval,
            Interval {
                low: 0.0,
                high: 0.0
            }
        );
    }

    #[test]
    fn drawn_blocks_are_neighbours_in_the_source() {
        let source: Vec<f64> = (0..20).map(f64::from).collect();
        let mut drawn = vec![0.0; 20];
        draw_blocks(&source, 6, &mut generator("neighbours"), &mut drawn);
        for part in drawn.chunks(6) {
            assert!(
                part.windows(2).all(|pair| pair[1] - pair[0] == 1.0),
                "{part:?}"
            );
        }
    }
}
