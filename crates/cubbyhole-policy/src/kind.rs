//! The names by which policies are told apart when they are serialized.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::error::{PolicyError, one_of};
use crate::parsed::ParsedVisitor;

/// Which policy, without its parameters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PolicyKind {
    Lru,
    MostRecent,
    KeepAll,
    Ttl,
}

impl PolicyKind {
    pub(crate) const ALL: [Self; 4] = [Self::Lru, Self::MostRecent, Self::KeepAll, Self::Ttl];

    /// Returns the value of the serialized field `policy`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lru => "lru",
            Self::MostRecent => "most-recent",
            Self::KeepAll => "keep-all",
            Self::Ttl => "ttl",
        }
    }

    /// Lists the names for an error message.
    pub(crate) fn allowed() -> String {
        one_of(&Self::ALL.map(Self::name))
    }
}

impl FromStr for PolicyKind {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| PolicyError::UnknownPolicy {
            given: text.to_owned(),
        })
    }
}

impl<'de> Deserialize<'de> for PolicyKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = || format!("the name of a policy ({})", Self::allowed());
        deserializer.deserialize_str(ParsedVisitor::new(expected))
    }
}
