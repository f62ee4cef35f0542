//! The mean of each month of the year, with its uncertainty.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, mean_interval};
use super::seed::generator;
use super::statistics::mean;
use crate::data::{Day, Measure};

/// The mean of one month of the year.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MonthMean {
    /// 1 to 12.
    pub(crate) month: i8,
    pub(crate) days: usize,
    pub(crate) mean: f64,
    pub(crate) interval: Interval,
}

/// The twelve means of `measure` over `days`, each with an interval from `resamples` draws.
///
/// A month of several years is several runs: no block reaches from one January into the next.
pub(crate) fn monthly_means(days: &[Day], measure: Measure, resamples: usize) -> Vec<MonthMean> {
    let mut generator = generator(&format!(
        "monthly/{measure}/{:?}",
        days.first().map(|day| day.date)
    ));
    (1..=12)
        .map(|month| {
            let runs = runs_of_month(days, month, |day| day.value(measure));
            let runs: Vec<&[f64]> = runs.iter().map(Vec::as_slice).collect();
            let values = runs.concat();
            MonthMean {
                month,
                days: values.len(),
                mean: mean(&values),
                interval: mean_interval(&runs, WEEK, resamples, &mut generator),
            }
        })
        .collect()
}

/// The values of one month of the year: one run for each year.
pub(super) fn runs_of_month(days: &[Day], month: i8, value: impl Fn(&Day) -> f64) -> Vec<Vec<f64>> {
    days.chunk_by(|one, next| one.date.month() == next.date.month())
        .filter(|run| run.first().is_some_and(|day| day.date.month() == month))
        .map(|run| run.iter().map(&value).collect())
        .collect()
}

/// The length of a block in days: weather seldom remembers more than a week.
pub(super) const WEEK: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    fn days() -> Dataset {
        let header = "date,precipitation,temp_max,temp_min,wind,weather\n";
        let lines = [
            "2012/01/30,0,4,1,2,sun",
            "2012/01/31,3,8,1,2,rain",
            "2012/02/01,6,3,1,2,rain",
        ];
        Dataset::parse(&format!("{header}{}\n", lines.join("\n"))).unwrap()
    }

    #[test]
    fn each_month_has_its_own_mean() {
        let months = monthly_means(days().days(), Measure::MaxTemperature, 50);
        assert_eq!(months.len(), 12);
        assert_eq!((months[0].days, months[0].mean), (2, 6.0));
        assert_eq!((months[1].days, months[1].mean), (1, 3.0));
        assert_eq!((months[2].days, months[2].mean), (0, 0.0));
    }

    #[test]
    fn the_same_month_of_two_years_is_two_runs() {
        let data = Dataset::seattle().unwrap();
        let runs = runs_of_month(data.year(None), 2, |day| day.temp_max);
        assert_eq!(
            runs.iter().map(Vec::len).collect::<Vec<_>>(),
            [29, 28, 28, 28]
        );
    }

    #[test]
    fn the_mean_lies_in_its_interval() {
        let data = Dataset::seattle().unwrap();
        for measure in Measure::ALL {
            for month in monthly_means(data.year(Some(2013)), measure, 400) {
                assert!(month.interval.contains(month.mean), "{measure} {month:?}");
            }
        }
    }
}
