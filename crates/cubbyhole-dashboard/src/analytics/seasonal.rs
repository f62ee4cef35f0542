//! Taking the season out of a series.

use std::f64::consts::TAU;

use super::least_squares::least_squares;

/// `values`, one a step and `steps_per_year` steps a year, less their yearly cycle.
///
/// The cycle is two harmonics, fitted together with a straight line so that neither takes what
/// belongs to the other; only the cycle is subtracted. A series too short for the fit is returned
/// as it is.
pub(super) fn without_season(values: &[f64], steps_per_year: f64) -> Vec<f64> {
    let rows: Vec<[f64; 6]> = (0..values.len())
        .map(|step| {
            let year = step as f64 / steps_per_year;
            let (sin, cos) = (TAU * year).sin_cos();
            let (sin_twice, cos_twice) = (2.0 * TAU * year).sin_cos();
            [1.0, year, sin, cos, sin_twice, cos_twice]
        })
        .collect();
    let Some(fit) = least_squares(&rows, values) else {
        return values.to_vec();
    };
    let cycle = |row: &[f64; 6]| -> f64 { (2..6).map(|column| row[column] * fit[column]).sum() };
    values
        .iter()
        .zip(&rows)
        .map(|(value, row)| value - cycle(row))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cycle_goes() {
        let line = |step: i32| 4.0 + 0.01 * f64::from(step);
        let cycle = |step: i32| 7.0 * (TAU * f64::from(step) / 52.0 + 0.3).sin();
        let values: Vec<f64> = (0..208).map(|step| line(step) + cycle(step)).collect();
        for (step, value) in (0..).zip(without_season(&values, 52.0)) {
            assert!((value - line(step)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_short_series_is_left_alone() {
        assert_eq!(without_season(&[1.0, 2.0], 52.0), [1.0, 2.0]);
    }
}
