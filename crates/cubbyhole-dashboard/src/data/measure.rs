//! What is measured every day.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the four measured columns.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    #[default]
    MaxTemperature,
    MinTemperature,
    Precipitation,
    Wind,
}

impl Measure {
    pub(crate) const ALL: [Self; 4] = [
        Self::MaxTemperature,
        Self::MinTemperature,
        Self::Precipitation,
        Self::Wind,
    ];

    /// The name in addresses, keys and JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MaxTemperature => "max-temperature",
            Self::MinTemperature => "min-temperature",
            Self::Precipitation => "precipitation",
            Self::Wind => "wind",
        }
    }

    /// The name for people.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::MaxTemperature => "Daily high",
            Self::MinTemperature => "Daily low",
            Self::Precipitation => "Precipitation",
            Self::Wind => "Wind",
        }
    }

    pub(crate) const fn unit(self) -> Unit {
        match self {
            Self::MaxTemperature | Self::MinTemperature => Unit("°C"),
            Self::Precipitation => Unit("mm"),
            Self::Wind => Unit("m/s"),
        }
    }

    /// Whether no value can be below zero.
    pub(crate) const fn starts_at_zero(self) -> bool {
        matches!(self, Self::Precipitation | Self::Wind)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Measure {
    type Err = UnknownMeasure;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|measure| measure.name() == text)
            .ok_or(UnknownMeasure)
    }
}

/// The text names no measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown measure: choose max-temperature, min-temperature, precipitation or wind")]
pub(crate) struct UnknownMeasure;

/// The unit of a measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unit(&'static str);

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood() {
        for measure in Measure::ALL {
            assert_eq!(measure.name().parse(), Ok(measure));
            assert_eq!(
                serde_json::to_value(measure).unwrap(),
                serde_json::json!(measure.name())
            );
        }
        assert_eq!("Wind".parse::<Measure>(), Err(UnknownMeasure));
    }
}
