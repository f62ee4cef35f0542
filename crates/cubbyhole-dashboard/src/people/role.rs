//! What a person may see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The role of a person.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Sees how many days were extreme.
    #[default]
    Viewer,
    /// Sees which days those were, too, and the cache from within.
    Analyst,
    /// Sees the same, and may act on the cache.
    Operator,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Viewer, Self::Analyst, Self::Operator];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Operator => "operator",
        }
    }

    /// Whether someone may see which days were extreme, and the cache from within.
    pub(crate) const fn may_look(self) -> bool {
        matches!(self, Self::Analyst | Self::Operator)
    }

    /// Whether someone may act on the cache.
    pub(crate) const fn may_act(self) -> bool {
        matches!(self, Self::Operator)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut roles = Self::ALL.into_iter();
        roles.find(|role| role.name() == text).ok_or(UnknownRole)
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown role: choose viewer, analyst or operator")]
pub(crate) struct UnknownRole;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood_and_no_other() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert_eq!("Analyst".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn who_may_act_may_look_and_nobody_may_by_default() {
        let may = |role: Role| (role.may_look(), role.may_act());
        assert_eq!(
            Role::ALL.map(may),
            [(false, false), (true, false), (true, true)]
        );
        assert_eq!(may(Role::default()), (false, false));
    }
}
