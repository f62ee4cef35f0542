//! The long job: is there a trend, and how sure can four years make us?
//!
//! Weekly means without their yearly cycle; the slope is the median of the slopes between all pairs
//! of weeks (Theil 1950, Sen 1968), which a few freak weeks cannot move. Its uncertainty is drawn by
//! the moving-block bootstrap of the residuals, once for each of several block lengths: weather that
//! remembers longer than a block makes the interval too narrow, and too few blocks do as well, so
//! that the intervals side by side show how much the answer depends on what one assumes. The widest
//! one is believed.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, draw_blocks};
use super::seasonal::without_season;
use super::seed::{Generator, generator};
use super::statistics::{mean, median_unordered};
use crate::data::{Day, Measure};

/// The trend of one measure.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Trend {
    pub(crate) measure: Measure,
    pub(crate) weeks: usize,
    /// In units of the measure a year.
    pub(crate) slope: f64,
    pub(crate) intervals: Vec<TrendInterval>,
    /// How the repetitions with the longest blocks are spread.
    pub(crate) histogram: Vec<Bin>,
    pub(crate) repetitions: usize,
}

/// The interval that follows from one block length.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct TrendInterval {
    pub(crate) block_weeks: usize,
    pub(crate) interval: Interval,
}

/// A column of a histogram.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Bin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) count: usize,
}

impl Trend {
    /// The widest of the intervals: the one to believe.
    pub(crate) fn widest(&self) -> Option<&TrendInterval> {
        let width = |row: &TrendInterval| row.interval.high - row.interval.low;
        self.intervals
            .iter()
            .max_by(|one, other| width(one).total_cmp(&width(other)))
    }
}

/// Computes the trend of `measure`, each interval from `resamples` repetitions.
pub(crate) fn trend(days: &[Day], measure: Measure, resamples: usize) -> Trend {
    let values: Vec<f64> = days.iter().map(|day| day.value(measure)).collect();
    let weeks: Vec<f64> = values.chunks_exact(7).map(mean).collect();
    let series: Vec<Week> = (0..)
        .zip(without_season(&weeks, WEEKS_IN_A_YEAR))
        .map(|(number, value)| Week { number, value })
        .collect();
    let slope = theil_sen(&series, &mut Vec::new());
    let residuals: Vec<Week> = series
        .iter()
        .map(|week| Week {
            value: week.value - slope * f64::from(week.number),
            ..*week
        })
        .collect();
    let mut generator = generator(&format!("trend/{measure}"));
    let mut last = Vec::new();
    let intervals = BLOCKS
        .into_iter()
        .map(|block_weeks| {
            last = repetitions(&residuals, slope, block_weeks, resamples, &mut generator);
            TrendInterval {
                block_weeks,
                interval: Interval::of_middle(&mut last),
            }
        })
        .collect();
    Trend {
        measure,
        weeks: weeks.len(),
        slope: slope * WEEKS_IN_A_YEAR,
        intervals,
        histogram: histogram(&last, BINS),
        repetitions: resamples * BLOCKS.len(),
    }
}

/// The mean of one week, and which week it is.
#[derive(Clone, Copy, Debug, Default)]
struct Week {
    number: u32,
    value: f64,
}

/// The slopes a year of `resamples` series whose residuals were drawn anew.
fn repetitions(
    residuals: &[Week],
    slope: f64,
    block: usize,
    resamples: usize,
    generator: &mut Generator,
) -> Vec<f64> {
    let mut drawn = vec![Week::default(); residuals.len()];
    let mut scratch = Vec::new();
    (0..resamples)
        .map(|_| {
            draw_shifted(residuals, block, generator, &mut drawn);
            (slope + theil_sen(&drawn, &mut scratch)) * WEEKS_IN_A_YEAR
        })
        .collect()
}

/// Draws blocks, the first one cut at random: otherwise every series would be cut at the same weeks.
fn draw_shifted(source: &[Week], block: usize, generator: &mut Generator, drawn: &mut [Week]) {
    let first = generator.random_range(1..=block).min(drawn.len());
    let (head, tail) = drawn.split_at_mut(first);
    draw_blocks(source, block, generator, head);
    draw_blocks(source, block, generator, tail);
}

/// The median of the slopes between all pairs of `series`, one a step. O(n²).
///
/// A week that was drawn twice makes a pair with itself, which says nothing about a slope and is left
/// out; in a series as it was measured there is none.
fn theil_sen(series: &[Week], slopes: &mut Vec<f64>) -> f64 {
    slopes.clear();
    for (from, earlier) in series.iter().enumerate() {
        let later = (1..).zip(series.iter().skip(from + 1));
        let others = later.filter(|(_, later)| later.number != earlier.number);
        slopes
            .extend(others.map(|(steps, later)| (later.value - earlier.value) / f64::from(steps)));
    }
    median_unordered(slopes)
}

/// Divides the range of `sorted` into `bins` equal columns.
fn histogram(sorted: &[f64], bins: usize) -> Vec<Bin> {
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
        return Vec::new();
    };
    let width = (high - low) / bins as f64;
    let edge = |bin: usize| {
        if bin == bins {
            high
        } else {
            low + width * bin as f64
        }
    };
    let mut counted = 0;
    (0..bins)
        .map(|bin| {
            let upto = if bin + 1 == bins {
                sorted.len()
            } else {
                sorted.partition_point(|value| *value < edge(bin + 1))
            };
            let count = upto - counted;
            counted = upto;
            Bin {
                from: edge(bin),
                to: edge(bin + 1),
                count,
            }
        })
        .collect()
}

/// How many weeks are drawn together: none, a month, a quarter and half a year.
const BLOCKS: [usize; 4] = [1, 4, 13, 26];
const BINS: usize = 32;
const WEEKS_IN_A_YEAR: f64 = 365.2425 / 7.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    fn slope_of(values: &[f64]) -> f64 {
        let weeks = (0..)
            .zip(values)
            .map(|(number, &value)| Week { number, value });
        theil_sen(&weeks.collect::<Vec<_>>(), &mut Vec::new())
    }

    #[test]
    fn a_week_makes_no_pair_with_itself() {
        let week = |number, value| Week { number, value };
        let series = [week(7, 1.0), week(8, 3.0), week(7, 1.0)];
        let slope = theil_sen(&series, &mut Vec::new());
        assert_eq!(slope, 0.0, "2 up and 2 down again");
        let series = [week(7, 1.0), week(7, 1.0), week(8, 3.0)];
        assert_eq!(
            theil_sen(&series, &mut Vec::new()),
            1.5,
            "1 and 2, without the 0"
        );
    }

    #[test]
    fn the_slope_is_the_median_of_all_pairs() {
        // Slopes: 1, 1, 10/3, 1, 9/2, 8; the median is half way from 1 to 10/3.
        let slope = slope_of(&[0.0, 1.0, 2.0, 10.0]);
        assert!((slope - (1.0 + 10.0 / 3.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn one_freak_week_does_not_move_a_line() {
        let mut values: Vec<f64> = (0..50).map(|week| 2.0 + 0.5 * f64::from(week)).collect();
        values[20] = 900.0;
        assert!((slope_of(&values) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_histogram_counts_every_value_once() {
        let bins = histogram(&[0.0, 0.5, 1.0, 1.5, 2.0], 2);
        let (from, to) = (0.0, 1.0);
        assert_eq!(bins[0], Bin { from, to, count: 2 });
        assert_eq!(
            bins[1],
            Bin {
                from: 1.0,
                to: 2.0,
                count: 3
            }
        );
        assert_eq!(
            histogram(&[3.0; 4], 2)
                .iter()
                .map(|bin| bin.count)
                .sum::<usize>(),
            4
        );
        assert!(histogram(&[], 3).is_empty());
    }

    #[test]
    fn seattle_has_intervals_that_widen_with_what_is_assumed() {
        let data = Dataset::seattle().unwrap();
        let trend = trend(data.days(), Measure::MaxTemperature, 100);
        assert_eq!(trend.weeks, 208);
        assert_eq!(trend.repetitions, 400);
        assert_eq!(
            trend.histogram.iter().map(|bin| bin.count).sum::<usize>(),
            100
        );
        let width =
            |at: usize| trend.intervals[at].interval.high - trend.intervals[at].interval.low;
        assert!(width(3) > width(0));
        assert!(trend.widest().unwrap().interval.contains(trend.slope));
    }

    #[test]
    fn a_made_up_trend_is_found() {
        let data = Dataset::seattle().unwrap();
        let mut days = data.days().to_vec();
        for (index, day) in days.iter_mut().enumerate() {
            day.wind += 2.0 * index as f64 / 365.2425;
        }
        let before = trend(data.days(), Measure::Wind, 20).slope;
        let after = trend(&days, Measure::Wind, 20).slope;
        assert!((after - before - 2.0).abs() < 0.05, "{before} to {after}");
    }
}
