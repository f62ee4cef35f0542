//! What comes after what: from the weather of one day to the next.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::data::{Day, Weather};

/// How often each kind of day was followed by each other kind.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Transitions {
    pub(crate) season: Season,
    /// `counts[today][tomorrow]`, in the order of [`Weather::ALL`].
    pub(crate) counts: [[u32; 5]; 5],
}

/// Counts the days of `season` and the day after each.
pub(crate) fn transitions(days: &[Day], season: Season) -> Transitions {
    let mut counts = [[0; 5]; 5];
    for pair in days.windows(2) {
        if let [today, tomorrow] = pair
            && season.contains(today.date.month())
        {
            counts[today.weather as usize][tomorrow.weather as usize] += 1;
        }
    }
    Transitions { season, counts }
}

impl Transitions {
    /// How many days of this kind were counted.
    pub(crate) fn total(&self, today: Weather) -> u32 {
        self.counts[today as usize].iter().sum()
    }

    /// The share of such days that were followed by `tomorrow`; `None` if there were none.
    pub(crate) fn share(&self, today: Weather, tomorrow: Weather) -> Option<f64> {
        let count = self.counts[today as usize][tomorrow as usize];
        match self.total(today) {
            0 => None,
            total => Some(f64::from(count) / f64::from(total)),
        }
    }

    /// The share of days whose weather was the same the day after.
    pub(crate) fn persistence(&self) -> f64 {
        let same: u32 = (0..5).map(|kind| self.counts[kind][kind]).sum();
        let all: u32 = self.counts.iter().flatten().sum();
        f64::from(same) / f64::from(all.max(1))
    }
}

/// A quarter of the year, or all of it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Season {
    #[default]
    All,
    Winter,
    Spring,
    Summer,
    Autumn,
}

impl Season {
    pub(crate) const ALL: [Self; 5] = [
        Self::All,
        Self::Winter,
        Self::Spring,
        Self::Summer,
        Self::Autumn,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Winter => "winter",
            Self::Spring => "spring",
            Self::Summer => "summer",
            Self::Autumn => "autumn",
        }
    }

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::All => "All year",
            Self::Winter => "Winter (Dec–Feb)",
            Self::Spring => "Spring (Mar–May)",
            Self::Summer => "Summer (Jun–Aug)",
            Self::Autumn => "Autumn (Sep–Nov)",
        }
    }

    const fn contains(self, month: i8) -> bool {
        match self {
            Self::All => true,
            Self::Winter => matches!(month, 12 | 1 | 2),
            Self::Spring => matches!(month, 3..=5),
            Self::Summer => matches!(month, 6..=8),
            Self::Autumn => matches!(month, 9..=11),
        }
    }
}

impl fmt::Display for Season {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Season {
    type Err = UnknownSeason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|season| season.name() == text)
            .ok_or(UnknownSeason)
    }
}

/// The text names no season.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown season: choose all, winter, spring, summer or autumn")]
pub(crate) struct UnknownSeason;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    #[test]
    fn five_days_have_four_transitions() {
        let header = "date,precipitation,temp_max,temp_min,wind,weather\n";
        let lines = "2012/02/27,0,5,1,2,sun\n2012/02/28,0,5,1,2,sun\n2012/02/29,1,5,1,2,rain\n\
                     2012/03/01,0,5,1,2,sun\n2012/03/02,0,5,1,2,fog\n";
        let data = Dataset::parse(&format!("{header}{lines}")).unwrap();
        let all = transitions(data.days(), Season::All);
        assert_eq!(all.counts[Weather::Sun as usize], [1, 1, 0, 1, 0]);
        assert_eq!(all.counts[Weather::Rain as usize], [1, 0, 0, 0, 0]);
        assert_eq!(all.share(Weather::Sun, Weather::Fog), Some(1.0 / 3.0));
        assert_eq!(all.share(Weather::Fog, Weather::Sun), None);
        assert_eq!(all.persistence(), 0.25);
        let winter = transitions(data.days(), Season::Winter);
        assert_eq!(winter.total(Weather::Sun), 2);
        assert_eq!(winter.total(Weather::Rain), 1);
    }

    #[test]
    fn the_seasons_divide_the_year() {
        let data = Dataset::seattle().unwrap();
        let count = |season| {
            let counts = transitions(data.days(), season).counts;
            counts.iter().flatten().sum::<u32>()
        };
        assert_eq!(count(Season::All), 1460);
        let quarters = Season::ALL.into_iter().skip(1).map(count).sum::<u32>();
        assert_eq!(quarters, 1460);
    }
}
