//! Which means are shown.

use serde::Serialize;

use super::{ChoiceError, Named};
use crate::data::{Dataset, Measure};

/// A measure, of one year or of all years.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct MonthlyChoice {
    pub(crate) measure: Measure,
    pub(crate) year: Option<i16>,
}

impl MonthlyChoice {
    pub(crate) fn read(fields: &Named<'_>, data: &Dataset) -> Result<Self, ChoiceError> {
        let year = match fields.get("year") {
            None | Some("all") => None,
            Some(text) => Some(known_year(text, data)?),
        };
        Ok(Self {
            measure: fields.parse_or_default("measure")?,
            year,
        })
    }

    pub(crate) fn fields(self) -> Vec<(&'static str, String)> {
        vec![
            ("measure", self.measure.to_string()),
            ("year", self.year_text()),
        ]
    }

    /// Names the means in the cache: no two choices have one key.
    pub(crate) fn key(self) -> String {
        format!("{}/{}", self.measure, self.year_text())
    }

    fn year_text(self) -> String {
        self.year
            .map_or_else(|| "all".to_owned(), |year| year.to_string())
    }
}

/// Reads a year of which there are days.
pub(super) fn known_year(text: &str, data: &Dataset) -> Result<i16, ChoiceError> {
    let years = data.years();
    match text.parse() {
        Ok(year) if years.contains(&year) => Ok(year),
        _ => Err(ChoiceError::Year {
            first: *years.start(),
            last: *years.end(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fields;
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<MonthlyChoice, ChoiceError> {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let fields = Fields::new(fields.collect());
        MonthlyChoice::read(&fields.all(), &Dataset::seattle().unwrap())
    }

    #[test]
    fn what_is_written_is_read_back() {
        for measure in Measure::ALL {
            for year in [None, Some(2014)] {
                let choice = MonthlyChoice { measure, year };
                let fields = choice.fields();
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                assert_eq!(read(&fields), Ok(choice));
            }
        }
    }

    #[test]
    fn nothing_asked_is_the_first_choice() {
        assert_eq!(read(&[]), Ok(MonthlyChoice::default()));
        assert_eq!(
            read(&[("year", ""), ("measure", " ")]),
            Ok(MonthlyChoice::default())
        );
    }

    #[test]
    fn a_problem_says_what_to_choose() {
        let problem = |name, value| read(&[(name, value)]).unwrap_err().to_string();
        assert_eq!(
            problem("year", "1999"),
            "unknown year: choose one from 2012 to 2015"
        );
        assert!(problem("year", "99999999").starts_with("unknown year"));
        assert!(problem("measure", "<script>").starts_with("unknown measure: choose"));
    }
}
