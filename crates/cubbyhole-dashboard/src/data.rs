//! The data set: the daily weather of Seattle, 2012 to 2015, read once when the service starts.
//!
//! Where the file comes from and under which terms is told in `data/README.md`.

mod day;
mod error;
mod measure;

use jiff::civil::Date;

pub(crate) use self::day::{Day, Weather};
pub(crate) use self::error::DataError;
pub(crate) use self::measure::{Measure, UnknownMeasure};

/// Every day of the data set, in order and without gaps.
#[derive(Clone, Debug)]
pub(crate) struct Dataset {
    days: Vec<Day>,
}

impl Dataset {
    /// Reads the file that ships with the service.
    pub(crate) fn seattle() -> Result<Self, DataError> {
        Self::parse(SEATTLE)
    }

    /// Reads the lines of `text`: a header, then one line a day, in order and without gaps.
    pub(crate) fn parse(text: &str) -> Result<Self, DataError> {
        let mut days: Vec<Day> = Vec::new();
        for line in csv::Reader::from_reader(text.as_bytes()).deserialize() {
            let day = Day::from_line(&line?)?;
            if let Some(last) = days.last() {
                follows(last.date, day.date)?;
            }
            days.push(day);
        }
        if days.is_empty() {
            return Err(DataError::NoDays);
        }
        Ok(Self { days })
    }

    pub(crate) fn days(&self) -> &[Day] {
        &self.days
    }

    pub(crate) fn first(&self) -> Date {
        self.days.first().map_or(Date::ZERO, |day| day.date)
    }

    pub(crate) fn last(&self) -> Date {
        self.days.last().map_or(Date::ZERO, |day| day.date)
    }

    /// The years of which there are days.
    pub(crate) fn years(&self) -> std::ops::RangeInclusive<i16> {
        self.first().year()..=self.last().year()
    }

    /// The days of one year, or all of them.
    pub(crate) fn year(&self, year: Option<i16>) -> &[Day] {
        let Some(year) = year else {
            return &self.days;
        };
        let start = self.days.partition_point(|day| day.date.year() < year);
        let end = self.days.partition_point(|day| day.date.year() <= year);
        self.days.get(start..end).unwrap_or_default()
    }

    /// The days from `from` to `to`, both included.
    pub(crate) fn between(&self, from: Date, to: Date) -> &[Day] {
        let start = self.days.partition_point(|day| day.date < from);
        let end = self.days.partition_point(|day| day.date <= to);
        self.days.get(start..end).unwrap_or_default()
    }
}

fn follows(before: Date, date: Date) -> Result<(), DataError> {
    match before.tomorrow() {
        Ok(expected) if expected == date => Ok(()),
        _ => Err(DataError::NotTheNextDay { before, date }),
    }
}

const SEATTLE: &str = include_str!("../data/seattle-weather.csv");

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "date,precipitation,temp_max,temp_min,wind,weather\n";

    fn message(lines: &str) -> String {
        Dataset::parse(&format!("{HEADER}{lines}"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_file_that_ships_is_whole() {
        let data = Dataset::seattle().unwrap();
        assert_eq!(data.days().len(), 1461);
        assert_eq!(data.first(), Date::constant(2012, 1, 1));
        assert_eq!(data.last(), Date::constant(2015, 12, 31));
        assert_eq!(data.years(), 2012..=2015);
    }

    #[test]
    fn a_line_becomes_a_day() {
        let data = Dataset::parse(&format!("{HEADER}2012/01/02,10.9,10.6,2.8,4.5,rain\n")).unwrap();
        let day = &data.days()[0];
        assert_eq!(day.date, Date::constant(2012, 1, 2));
        assert_eq!(day.value(Measure::Precipitation), 10.9);
        assert_eq!(day.value(Measure::MaxTemperature), 10.6);
        assert_eq!(day.value(Measure::MinTemperature), 2.8);
        assert_eq!(day.value(Measure::Wind), 4.5);
        assert_eq!(day.weather, Weather::Rain);
    }

    #[test]
    fn a_leap_year_has_a_day_more() {
        let data = Dataset::seattle().unwrap();
        assert_eq!(data.year(Some(2012)).len(), 366);
        assert_eq!(data.year(Some(2013)).len(), 365);
        assert_eq!(data.year(None).len(), 1461);
    }

    #[test]
    fn a_window_includes_both_its_ends() {
        let data = Dataset::seattle().unwrap();
        let window = data.between(Date::constant(2012, 2, 28), Date::constant(2012, 3, 1));
        assert_eq!(window.len(), 3);
        assert!(
            data.between(Date::constant(2020, 1, 1), Date::constant(2020, 2, 1))
                .is_empty()
        );
        assert!(
            data.between(Date::constant(2013, 2, 1), Date::constant(2013, 1, 1))
                .is_empty()
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        assert_eq!(message(""), "the file has a header and no days");
        assert_eq!(
            message("2012/13/02,1,2,1,1,rain\n"),
            "2012/13/02 is not a date: write it as 2012/01/31"
        );
        assert_eq!(
            message("2012/01/02,-1,2,1,1,rain\n"),
            "2012-01-02: precipitation of -1 is not possible"
        );
        assert_eq!(
            message("2012/01/02,1,1,2,1,rain\n"),
            "2012-01-02: temp_min of 2 is above temp_max of 1"
        );
        assert_eq!(
            message("2012/01/02,1,2,NaN,1,rain\n"),
            "2012-01-02: temp_min of NaN is not possible"
        );
        assert_eq!(
            message("2012/01/02,1,2,1,1,rain\n2012/01/04,1,2,1,1,rain\n"),
            "2012-01-04 comes after 2012-01-02: every day must follow the one before"
        );
        assert!(message("2012/01/02,1,2,1,1,hail\n").contains("hail"));
        assert!(message("2012/01/02,1,2,1,rain\n").contains("line: 2"));
    }
}
