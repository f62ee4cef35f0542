//! Many days at a glance: its extremes and its longest spells.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::statistics::mean;
use crate::data::Day;

/// What the days held.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Overview {
    pub(crate) days: usize,
    pub(crate) first: Date,
    pub(crate) last: Date,
    pub(crate) mean_high: f64,
    pub(crate) mean_low: f64,
    /// In millimetres a year.
    pub(crate) yearly_precipitation: f64,
    pub(crate) hottest: Record,
    pub(crate) coldest: Record,
    pub(crate) wettest: Record,
    pub(crate) windiest: Record,
    pub(crate) longest_dry: Spell,
    pub(crate) longest_wet: Spell,
    pub(crate) weeks: Vec<Week>,
}

/// The mean high and low of seven days.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Week {
    pub(crate) from: Date,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The day of an extreme.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Record {
    pub(crate) date: Date,
    pub(crate) value: f64,
}

/// Consecutive days that were all dry or all wet.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Spell {
    pub(crate) from: Date,
    pub(crate) days: usize,
}

/// The records of `days`.
pub(crate) fn overview(days: &[Day]) -> Overview {
    let column = |value: fn(&Day) -> f64| days.iter().map(value).collect::<Vec<_>>();
    Overview {
        days: days.len(),
        first: days.first().map_or(Date::ZERO, |day| day.date),
        last: days.last().map_or(Date::ZERO, |day| day.date),
        mean_high: mean(&column(|day| day.temp_max)),
        mean_low: mean(&column(|day| day.temp_min)),
        yearly_precipitation: mean(&column(|day| day.precipitation)) * DAYS_IN_A_YEAR,
        hottest: highest(days, |day| day.temp_max),
        coldest: lowest(days, |day| day.temp_min),
        wettest: highest(days, |day| day.precipitation),
        windiest: highest(days, |day| day.wind),
        longest_dry: longest_spell(days, |day| !day.is_wet()),
        longest_wet: longest_spell(days, Day::is_wet),
        weeks: days.chunks_exact(7).filter_map(week).collect(),
    }
}

fn week(days: &[Day]) -> Option<Week> {
    let column = |value: fn(&Day) -> f64| days.iter().map(value).collect::<Vec<_>>();
    Some(Week {
        from: days.first()?.date,
        low: mean(&column(|day| day.temp_min)),
        high: mean(&column(|day| day.temp_max)),
    })
}

/// The first day with the highest value.
fn highest(days: &[Day], value: impl Fn(&Day) -> f64) -> Record {
    let mut best = Record {
        date: Date::ZERO,
        value: f64::NEG_INFINITY,
    };
    for day in days {
        if value(day) > best.value {
            best = Record {
                date: day.date,
                value: value(day),
            };
        }
    }
    best
}

/// The first day with the lowest value.
fn lowest(days: &[Day], value: impl Fn(&Day) -> f64) -> Record {
    let mirrored = highest(days, |day| -value(day));
    Record {
        value: -mirrored.value,
        ..mirrored
    }
}

/// The first of the longest runs of days for which `holds`.
fn longest_spell(days: &[Day], holds: impl Fn(&Day) -> bool) -> Spell {
    let mut longest = Spell {
        from: Date::ZERO,
        days: 0,
    };
    for run in days.chunk_by(|one, next| holds(one) == holds(next)) {
        if let Some(first) = run.first()
            && holds(first)
            && run.len() > longest.days
        {
            longest = Spell {
                from: first.date,
                days: run.len(),
            };
        }
    }
    longest
}

/// Of the Gregorian calendar, on average.
const DAYS_IN_A_YEAR: f64 = 365.2425;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    #[test]
    fn the_extremes_of_five_days() {
        let header = "date,precipitation,temp_max,temp_min,wind,weather\n";
        let lines = "2012/01/01,0,5,1,2,sun\n2012/01/02,3,7,-2,2,rain\n2012/01/03,0,7,1,9,sun\n\
                     2012/01/04,0,5,-2,2,sun\n2012/01/05,1,5,1,2,rain\n";
        let data = Dataset::parse(&format!("{header}{lines}")).unwrap();
        let overview = overview(data.days());
        let on = |day| Date::constant(2012, 1, day);
        assert_eq!(
            overview.hottest,
            Record {
                date: on(2),
                value: 7.0
            }
        );
        assert_eq!(
            overview.coldest,
            Record {
                date: on(2),
                value: -2.0
            }
        );
        assert_eq!(
            overview.wettest,
            Record {
                date: on(2),
                value: 3.0
            }
        );
        assert_eq!(
            overview.windiest,
            Record {
                date: on(3),
                value: 9.0
            }
        );
        assert_eq!(
            overview.longest_dry,
            Spell {
                from: on(3),
                days: 2
            }
        );
        assert_eq!(
            overview.longest_wet,
            Spell {
                from: on(2),
                days: 1
            }
        );
        assert!((overview.mean_high - 5.8).abs() < 1e-12);
        assert!((overview.yearly_precipitation - 0.8 * 365.2425).abs() < 1e-9);
    }

    #[test]
    fn the_known_records_of_seattle() {
        let overview = overview(Dataset::seattle().unwrap().days());
        assert_eq!(overview.hottest.value, 35.6);
        assert_eq!(overview.coldest.value, -7.1);
        assert_eq!(overview.wettest.value, 55.9);
        assert_eq!(overview.windiest.value, 9.5);
        assert_eq!(overview.weeks.len(), 208);
    }
}
