//! How the station is.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How the station answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Health {
    #[default]
    Well,
    /// It answers, later than anybody wants to wait.
    Slow,
    /// It does not answer.
    Silent,
    /// It answers that it cannot.
    Broken,
}

impl Health {
    pub(crate) const ALL: [Self; 4] = [Self::Well, Self::Slow, Self::Silent, Self::Broken];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Health {
    type Err = UnknownHealth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|health| health.name() == text)
            .ok_or(UnknownHealth)
    }
}

/// The text does not say how the station is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown state of the station: choose well, slow, silent or broken")]
pub(crate) struct UnknownHealth;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood_and_no_other() {
        for health in Health::ALL {
            assert_eq!(health.name().parse(), Ok(health));
            assert_eq!(serde_json::to_value(health).unwrap(), health.name());
        }
        assert_eq!("".parse::<Health>(), Err(UnknownHealth));
    }
}
