//! How many days somebody would have liked.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, mean_interval};
use super::monthly::{WEEK, runs_of_month};
use super::seed::generator;
use super::statistics::mean;
use crate::data::Day;

/// What somebody calls a good day.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Taste {
    /// The daily high is at least this, in degrees Celsius.
    pub(crate) warm_from: f64,
    /// The daily high is at most this, in degrees Celsius.
    pub(crate) warm_to: f64,
    /// In millimetres.
    pub(crate) rain_at_most: f64,
    /// In metres a second.
    pub(crate) wind_at_most: f64,
}

impl Default for Taste {
    fn default() -> Self {
        Self {
            warm_from: 16.0,
            warm_to: 26.0,
            rain_at_most: 0.5,
            wind_at_most: 5.0,
        }
    }
}

impl Taste {
    /// The bounds of every field in the form, and of what is accepted.
    pub(crate) const WARMTH: (f64, f64) = (-20.0, 50.0);
    pub(crate) const RAIN: (f64, f64) = (0.0, 100.0);
    pub(crate) const WIND: (f64, f64) = (0.0, 50.0);

    pub(crate) fn check(self) -> Result<Self, TasteError> {
        let within = |value: f64, (least, most)| (least..=most).contains(&value);
        if !within(self.warm_from, Self::WARMTH) || !within(self.warm_to, Self::WARMTH) {
            return Err(TasteError::Warmth);
        }
        if self.warm_from > self.warm_to {
            return Err(TasteError::Backwards);
        }
        if !within(self.rain_at_most, Self::RAIN) {
            return Err(TasteError::Rain);
        }
        if !within(self.wind_at_most, Self::WIND) {
            return Err(TasteError::Wind);
        }
        Ok(self)
    }

    fn judge(self, day: &Day) -> Verdict {
        let met = [
            (self.warm_from..=self.warm_to).contains(&day.temp_max),
            day.precipitation <= self.rain_at_most,
            day.wind <= self.wind_at_most,
        ];
        match met.into_iter().filter(|met| *met).count() {
            3 => Verdict::Good,
            2 => Verdict::Nearly,
            _ => Verdict::Poor,
        }
    }
}

/// Why a taste was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum TasteError {
    #[error("temperatures must lie between -20 and 50 °C")]
    Warmth,
    #[error("the lower temperature must not be above the upper one")]
    Backwards,
    #[error("the rain must lie between 0 and 100 mm")]
    Rain,
    #[error("the wind must lie between 0 and 50 m/s")]
    Wind,
}

/// One day, judged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Everything was as wished.
    Good,
    /// One wish was missed.
    Nearly,
    /// Two or three wishes were missed.
    Poor,
}

/// The judged days of one year.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GoodDays {
    pub(crate) taste: Taste,
    pub(crate) total: usize,
    pub(crate) months: Vec<GoodMonth>,
}

/// The judged days of one month.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GoodMonth {
    /// 1 to 12.
    pub(crate) month: i8,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) good: usize,
    pub(crate) share: f64,
    pub(crate) interval: Interval,
}

/// Judges the days of one year.
pub(crate) fn good_days(days: &[Day], taste: Taste, resamples: usize) -> GoodDays {
    let mut generator = generator(&format!("good-days/{taste:?}"));
    let months: Vec<GoodMonth> = (1..=12)
        .map(|month| {
            let verdicts: Vec<Verdict> = days
                .iter()
                .filter(|day| day.date.month() == month)
                .map(|day| taste.judge(day))
                .collect();
            let runs = runs_of_month(days, month, |day| {
                f64::from(u8::from(taste.judge(day) == Verdict::Good))
            });
            let runs: Vec<&[f64]> = runs.iter().map(Vec::as_slice).collect();
            GoodMonth {
                month,
                good: verdicts
                    .iter()
                    .filter(|verdict| **verdict == Verdict::Good)
                    .count(),
                share: mean(&runs.concat()),
                interval: mean_interval(&runs, WEEK, resamples, &mut generator),
                verdicts,
            }
        })
        .collect();
    GoodDays {
        taste,
        total: months.iter().map(|month| month.good).sum(),
        months,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    #[test]
    fn a_day_is_judged_by_three_wishes() {
        let header = "date,precipitation,temp_max,temp_min,wind,weather\n";
        let lines = "2012/01/01,0,20,1,2,sun\n2012/01/02,3,20,1,2,rain\n\
                     2012/01/03,3,20,1,9,rain\n2012/01/04,0.5,26,1,5,sun\n";
        let data = Dataset::parse(&format!("{header}{lines}")).unwrap();
        let judged = good_days(data.days(), Taste::default(), 10);
        let january = &judged.months[0];
        assert_eq!(
            january.verdicts,
            [Verdict::Good, Verdict::Nearly, Verdict::Poor, Verdict::Good]
        );
        assert_eq!((january.good, january.share, judged.total), (2, 0.5, 2));
        assert!(judged.months[1].verdicts.is_empty());
    }

    #[test]
    fn a_wider_taste_likes_more_days() {
        let data = Dataset::seattle().unwrap();
        let wide = Taste {
            warm_from: -20.0,
            warm_to: 50.0,
            rain_at_most: 100.0,
            wind_at_most: 50.0,
        };
        let total = |taste| good_days(data.year(Some(2014)), taste, 10).total;
        assert_eq!(total(wide), 365);
        assert!(total(Taste::default()) < 365);
    }

    #[test]
    fn a_taste_that_cannot_be_met_is_refused() {
        let check = |change: fn(&mut Taste)| {
            let mut taste = Taste::default();
            change(&mut taste);
            taste.check()
        };
        assert!(check(|_| ()).is_ok());
        assert_eq!(
            check(|taste| taste.warm_from = 30.0),
            Err(TasteError::Backwards)
        );
        assert_eq!(
            check(|taste| taste.warm_to = f64::NAN),
            Err(TasteError::Warmth)
        );
        assert_eq!(
            check(|taste| taste.rain_at_most = -1.0),
            Err(TasteError::Rain)
        );
        assert_eq!(
            check(|taste| taste.wind_at_most = f64::INFINITY),
            Err(TasteError::Wind)
        );
    }
}
