//! One day of weather.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{DataError, Measure};

/// The weather of one day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    /// In millimetres.
    pub(crate) precipitation: f64,
    /// In degrees Celsius.
    pub(crate) temp_max: f64,
    /// In degrees Celsius.
    pub(crate) temp_min: f64,
    /// In metres a second.
    pub(crate) wind: f64,
    pub(crate) weather: Weather,
}

/// One line of the file, column by column.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    date: String,
    precipitation: f64,
    temp_max: f64,
    temp_min: f64,
    wind: f64,
    weather: Weather,
}

impl Day {
    pub(super) fn from_line(line: &Line) -> Result<Self, DataError> {
        let date =
            Date::strptime("%Y/%m/%d", &line.date).map_err(|_unreadable| DataError::NotADate {
                text: line.date.clone(),
            })?;
        let day = Self {
            date,
            precipitation: line.precipitation,
            temp_max: line.temp_max,
            temp_min: line.temp_min,
            wind: line.wind,
            weather: line.weather,
        };
        day.check()?;
        Ok(day)
    }

    pub(crate) const fn value(&self, measure: Measure) -> f64 {
        match measure {
            Measure::MaxTemperature => self.temp_max,
            Measure::MinTemperature => self.temp_min,
            Measure::Precipitation => self.precipitation,
            Measure::Wind => self.wind,
        }
    }

    /// Whether any measurable precipitation fell.
    pub(crate) fn is_wet(&self) -> bool {
        self.precipitation > 0.0
    }

    fn check(&self) -> Result<(), DataError> {
        let columns = [
            ("precipitation", self.precipitation, 0.0),
            ("temp_max", self.temp_max, ABSOLUTE_ZERO),
            ("temp_min", self.temp_min, ABSOLUTE_ZERO),
            ("wind", self.wind, 0.0),
        ];
        for (column, value, least) in columns {
            if !value.is_finite() || value < least {
                return Err(DataError::Impossible {
                    date: self.date,
                    column,
                    value,
                });
            }
        }
        if self.temp_min > self.temp_max {
            return Err(DataError::ColderThanWarm {
                date: self.date,
                min: self.temp_min,
                max: self.temp_max,
            });
        }
        Ok(())
    }
}

/// In degrees Celsius.
const ABSOLUTE_ZERO: f64 = -273.15;

/// The one word for a day.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weather {
    Sun,
    Fog,
    Drizzle,
    Rain,
    Snow,
}

impl Weather {
    pub(crate) const ALL: [Self; 5] = [Self::Sun, Self::Fog, Self::Drizzle, Self::Rain, Self::Snow];
}

impl fmt::Display for Weather {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sun => "sun",
            Self::Fog => "fog",
            Self::Drizzle => "drizzle",
            Self::Rain => "rain",
            Self::Snow => "snow",
        })
    }
}
