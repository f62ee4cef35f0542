//! A smooth curve through the days of a window, with a band.
//!
//! At each day a straight line is fitted to its neighbours, near ones weighing more: local linear
//! regression with tricube weights (Cleveland, "Robust locally weighted regression", 1979, without
//! the robustness steps). The band repeats the fit on curves whose residuals are drawn anew in
//! blocks; it shows how far the curve itself is uncertain, not how far single days scatter.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, draw_blocks};
use super::monthly::WEEK;
use super::seed::generator;
use crate::data::{Day, Measure};

/// A smoothed window.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Curve {
    pub(crate) points: Vec<CurvePoint>,
}

/// One day of a smoothed window.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CurvePoint {
    pub(crate) date: Date,
    pub(crate) value: f64,
    pub(crate) smooth: f64,
    pub(crate) band: Interval,
}

/// Smooths `days`, each over the neighbours up to `reach` days before and after it.
pub(crate) fn smooth_curve(
    days: &[Day],
    measure: Measure,
    reach: usize,
    resamples: usize,
) -> Curve {
    let values: Vec<f64> = days.iter().map(|day| day.value(measure)).collect();
    let smoother = Smoother::new(values.len(), reach);
    let smooth = smoother.fit(&values);
    let bands = bands(
        &smoother,
        &values,
        &smooth,
        resamples,
        &format!("curve/{measure}/{reach}"),
    );
    let points = days
        .iter()
        .zip(values)
        .zip(smooth)
        .zip(bands)
        .map(|(((day, value), smooth), band)| CurvePoint {
            date: day.date,
            value,
            smooth,
            band,
        })
        .collect();
    Curve { points }
}

fn bands(
    smoother: &Smoother,
    values: &[f64],
    smooth: &[f64],
    resamples: usize,
    question: &str,
) -> Vec<Interval> {
    let mut generator = generator(question);
    let residuals: Vec<f64> = values
        .iter()
        .zip(smooth)
        .map(|(value, fit)| value - fit)
        .collect();
    let mut drawn = vec![0.0; residuals.len()];
    let mut repetitions: Vec<Vec<f64>> = vec![Vec::with_capacity(resamples); residuals.len()];
    for _ in 0..resamples {
        draw_blocks(&residuals, WEEK, &mut generator, &mut drawn);
        for (value, fit) in drawn.iter_mut().zip(smooth) {
            *value += fit;
        }
        for (all, fit) in repetitions.iter_mut().zip(smoother.fit(&drawn)) {
            all.push(fit);
        }
    }
    repetitions
        .iter_mut()
        .map(|all| Interval::of_middle(all))
        .collect()
}

/// A linear smoother: each smoothed value is a weighted sum of its neighbours.
struct Smoother {
    rows: Vec<Row>,
}

struct Row {
    start: usize,
    weights: Vec<f64>,
}

impl Smoother {
    fn new(length: usize, reach: usize) -> Self {
        let rows = (0..length)
            .map(|at| {
                let start = at.saturating_sub(reach);
                let end = (at + reach + 1).min(length);
                Row {
                    start,
                    weights: local_linear_weights(at, start..end, reach),
                }
            })
            .collect();
        Self { rows }
    }

    fn fit(&self, values: &[f64]) -> Vec<f64> {
        self.rows
            .iter()
            .map(|row| {
                let neighbours = &values[row.start..row.start + row.weights.len()];
                row.weights
                    .iter()
                    .zip(neighbours)
                    .map(|(weight, value)| weight * value)
                    .sum()
            })
            .collect()
    }
}

/// What each neighbour contributes to the weighted straight line at `at`.
fn local_linear_weights(at: usize, neighbours: std::ops::Range<usize>, reach: usize) -> Vec<f64> {
    let distance = |index: usize| index as f64 - at as f64;
    let kernel: Vec<f64> = neighbours
        .clone()
        .map(|index| tricube(distance(index) / (reach as f64 + 1.0)))
        .collect();
    let moment = |power: i32| -> f64 {
        let terms = kernel.iter().zip(neighbours.clone());
        terms
            .map(|(weight, index)| weight * distance(index).powi(power))
            .sum()
    };
    let (zeroth, first, second) = (moment(0), moment(1), moment(2));
    let determinant = zeroth * second - first * first;
    kernel
        .iter()
        .zip(neighbours)
        .map(|(weight, index)| {
            if determinant <= f64::EPSILON {
                weight / zeroth
            } else {
                weight * (second - first * distance(index)) / determinant
            }
        })
        .collect()
}

fn tricube(distance: f64) -> f64 {
    let inside = 1.0 - distance.abs().min(1.0).powi(3);
    inside.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    fn close(left: &[f64], right: &[f64]) {
        assert_eq!(left.len(), right.len());
        for (left, right) in left.iter().zip(right) {
            assert!((left - right).abs() < 1e-9, "{left} is not {right}");
        }
    }

    #[test]
    fn a_straight_line_stays_as_it_is_up_to_its_ends() {
        let line: Vec<f64> = (0..30).map(|day| 3.0 - 0.5 * f64::from(day)).collect();
        close(&Smoother::new(30, 6).fit(&line), &line);
    }

    #[test]
    fn one_spike_among_three_days() {
        // Reach 1: the neighbours weigh (1 - 1/8)^3 = 343/512 of the middle.
        let neighbour: f64 = 343.0 / 512.0;
        let smooth = Smoother::new(3, 1).fit(&[0.0, 1.0, 0.0]);
        assert!((smooth[1] - 1.0 / (1.0 + 2.0 * neighbour)).abs() < 1e-12);
        // At either end two days determine the line: it goes through both.
        close(&[smooth[0], smooth[2]], &[0.0, 0.0]);
    }

    #[test]
    fn one_day_is_its_own_curve() {
        close(&Smoother::new(1, 10).fit(&[4.0]), &[4.0]);
        assert!(Smoother::new(0, 10).fit(&[]).is_empty());
    }

    #[test]
    fn the_kernel_ends_at_its_reach() {
        assert_eq!(tricube(0.0), 1.0);
        assert_eq!(tricube(1.0), 0.0);
        assert_eq!(tricube(-2.0), 0.0);
        assert!((tricube(0.5) - (7.0_f64 / 8.0).powi(3)).abs() < 1e-12);
    }

    #[test]
    fn the_band_surrounds_the_curve_of_a_real_summer() {
        let data = Dataset::seattle().unwrap();
        let days = data.between(Date::constant(2013, 6, 1), Date::constant(2013, 8, 31));
        let curve = smooth_curve(days, Measure::MaxTemperature, 15, 100);
        assert_eq!(curve.points.len(), 92);
        let inside = curve
            .points
            .iter()
            .filter(|point| point.band.contains(point.smooth))
            .count();
        assert!(inside > 85, "{inside} of 92");
    }
}
