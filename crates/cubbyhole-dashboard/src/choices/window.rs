//! Which window of days is smoothed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ChoiceError, Named};
use crate::data::{Dataset, Measure};

/// A measure from one day to another, and how far the smoothing reaches.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct WindowChoice {
    pub(crate) measure: Measure,
    pub(crate) from: Date,
    pub(crate) to: Date,
    /// In days to either side.
    pub(crate) reach: usize,
}

impl WindowChoice {
    /// The shortest window, in days.
    pub(crate) const SHORTEST: usize = 14;
    pub(crate) const REACHES: std::ops::RangeInclusive<usize> = 5..=90;

    /// The window of somebody who has not chosen one: the last year.
    pub(crate) fn first(data: &Dataset) -> Self {
        let last = data.last();
        Self {
            measure: Measure::MaxTemperature,
            from: last.first_of_year().max(data.first()),
            to: last,
            reach: 21,
        }
    }

    /// What is not asked for is as in the window `remembered`, or the first one.
    pub(crate) fn read(
        fields: &Named<'_>,
        data: &Dataset,
        remembered: Option<Self>,
    ) -> Result<Self, ChoiceError> {
        let usual = remembered.unwrap_or_else(|| Self::first(data));
        let window = Self {
            measure: fields.parse("measure")?.unwrap_or(usual.measure),
            from: date(fields, "from")?.unwrap_or(usual.from),
            to: date(fields, "to")?.unwrap_or(usual.to),
            reach: reach(fields)?.unwrap_or(usual.reach),
        };
        window.check(data)
    }

    pub(crate) fn fields(self) -> Vec<(&'static str, String)> {
        vec![
            ("measure", self.measure.to_string()),
            ("from", self.from.to_string()),
            ("to", self.to.to_string()),
            ("reach", self.reach.to_string()),
        ]
    }

    /// Names the window in the cache: no two windows have one key.
    pub(crate) fn key(self) -> String {
        format!("{}/{}/{}/{}", self.measure, self.from, self.to, self.reach)
    }

    fn check(self, data: &Dataset) -> Result<Self, ChoiceError> {
        if self.from > self.to {
            return Err(ChoiceError::Backwards);
        }
        if self.from < data.first() || self.to > data.last() {
            return Err(ChoiceError::Outside {
                first: data.first(),
                last: data.last(),
            });
        }
        if data.between(self.from, self.to).len() < Self::SHORTEST {
            return Err(ChoiceError::TooShort {
                least: Self::SHORTEST,
            });
        }
        if !Self::REACHES.contains(&self.reach) {
            return Err(unreachable_days());
        }
        Ok(self)
    }
}

fn date(fields: &Named<'_>, name: &'static str) -> Result<Option<Date>, ChoiceError> {
    let end = if name == "from" { "beginning" } else { "end" };
    let date = fields
        .get(name)
        .map(|text| Date::strptime("%Y-%m-%d", text));
    date.transpose()
        .map_err(|_not_a_date| ChoiceError::Date { end })
}

fn reach(fields: &Named<'_>) -> Result<Option<usize>, ChoiceError> {
    let reach = fields.get("reach").map(str::parse);
    reach
        .transpose()
        .map_err(|_not_a_number| unreachable_days())
}

const fn unreachable_days() -> ChoiceError {
    ChoiceError::Reach {
        least: *WindowChoice::REACHES.start(),
        most: *WindowChoice::REACHES.end(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fields;
    use super::*;

    fn read(text: &str, remembered: Option<WindowChoice>) -> Result<WindowChoice, ChoiceError> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let fields = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        WindowChoice::read(
            &Fields::new(fields).all(),
            &Dataset::seattle().unwrap(),
            remembered,
        )
    }

    fn problem(text: &str) -> String {
        read(text, None).unwrap_err().to_string()
    }

    #[test]
    fn a_window_is_read_and_written() {
        let text = "measure=wind&from=2013-06-01&to=2013-08-31&reach=10";
        let window = read(text, None).unwrap();
        assert_eq!(window.key(), "wind/2013-06-01/2013-08-31/10");
        let fields = window.fields();
        let written: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(written.join("&"), text);
    }

    #[test]
    fn what_is_not_asked_for_is_remembered() {
        let before = read("measure=wind&from=2013-06-01&to=2013-08-31&reach=10", None).unwrap();
        assert_eq!(read("", Some(before)), Ok(before));
        let changed = read("reach=30", Some(before)).unwrap();
        assert_eq!((changed.measure, changed.reach), (Measure::Wind, 30));
        assert_eq!(
            read("", None).unwrap().key(),
            "max-temperature/2015-01-01/2015-12-31/21"
        );
    }

    #[test]
    fn a_window_that_makes_no_sense_is_refused() {
        assert!(problem("from=2013-02-30").starts_with("the beginning is not a date"));
        assert!(problem("to=soon").starts_with("the end is not a date"));
        assert_eq!(
            problem("from=2015-06-01&to=2015-05-01"),
            "the window must begin before it ends"
        );
        assert_eq!(
            problem("from=2011-06-01"),
            "the window must lie between 2012-01-01 and 2015-12-31"
        );
        assert!(problem("from=2015-12-30").starts_with("the window is too short"));
        assert!(problem("reach=0").starts_with("the smoothing must reach"));
        assert!(problem("reach=-4").starts_with("the smoothing must reach"));
    }
}
