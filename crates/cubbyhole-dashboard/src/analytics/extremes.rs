//! The days that were out of the ordinary.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::data::{Day, Measure};

/// In what way a day was extreme.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Extreme {
    Hot,
    Icy,
    Drenched,
    Stormy,
}

impl Extreme {
    pub(crate) const ALL: [Self; 4] = [Self::Hot, Self::Icy, Self::Drenched, Self::Stormy];

    /// The name for people.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Hot => "Above 33 °C",
            Self::Icy => "Never above freezing",
            Self::Drenched => "More than 40 mm of rain",
            Self::Stormy => "Wind above 8.5 m/s",
        }
    }

    pub(crate) const fn measure(self) -> Measure {
        match self {
            Self::Hot | Self::Icy => Measure::MaxTemperature,
            Self::Drenched => Measure::Precipitation,
            Self::Stormy => Measure::Wind,
        }
    }

    fn is(self, day: &Day) -> bool {
        match self {
            Self::Hot => day.temp_max > 33.0,
            Self::Icy => day.temp_max <= 0.0,
            Self::Drenched => day.precipitation > 40.0,
            Self::Stormy => day.wind > 8.5,
        }
    }
}

/// A day that was extreme in one way.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct ExtremeDay {
    pub(crate) extreme: Extreme,
    pub(crate) date: Date,
    pub(crate) value: f64,
}

/// Every day that was extreme, once for each way in which it was; in order of ways, then of days.
pub(crate) fn extreme_days(days: &[Day]) -> Vec<ExtremeDay> {
    let of = |extreme: Extreme| {
        days.iter()
            .filter(move |day| extreme.is(day))
            .map(move |day| ExtremeDay {
                extreme,
                date: day.date,
                value: day.value(extreme.measure()),
            })
    };
    Extreme::ALL.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    #[test]
    fn a_day_is_told_once_for_each_way_in_which_it_is_extreme() {
        let header = "date,precipitation,temp_max,temp_min,wind,weather\n";
        let lines =
            "2012/01/01,0,33,1,2,sun\n2012/01/02,41,34,-2,9,rain\n2012/01/03,0,0,-1,1,sun\n";
        let data = Dataset::parse(&format!("{header}{lines}")).unwrap();
        let found = extreme_days(data.days());
        let told: Vec<_> = found
            .iter()
            .map(|day| (day.extreme, day.date.day(), day.value))
            .collect();
        assert_eq!(
            told,
            [
                (Extreme::Hot, 2, 34.0),
                (Extreme::Icy, 3, 0.0),
                (Extreme::Drenched, 2, 41.0),
                (Extreme::Stormy, 2, 9.0)
            ]
        );
    }

    #[test]
    fn each_way_is_rare_and_happens() {
        let data = Dataset::seattle().unwrap();
        let found = extreme_days(data.days());
        for extreme in Extreme::ALL {
            let count = found.iter().filter(|day| day.extreme == extreme).count();
            assert!((1..=30).contains(&count), "{extreme:?}: {count}");
        }
    }
}
