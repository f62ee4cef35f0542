//! The names of the fields of a serialized policy.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::error::{PolicyError, one_of};
use crate::parsed::ParsedVisitor;

/// A field of a serialized policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    Policy,
    CacheType,
    Count(CountField),
    Duration(DurationField),
}

impl Field {
    pub(crate) const ALL: [Self; 13] = [
        Self::Policy,
        Self::CacheType,
        Self::Count(CountField::MaxSize),
        Self::Duration(DurationField::Ttl),
        Self::Duration(DurationField::TimeToIdle),
        Self::Duration(DurationField::Jitter),
        Self::Duration(DurationField::RefreshAfter),
        Self::Duration(DurationField::StaleIfError),
        Self::Duration(DurationField::RetryAfter),
        Self::Duration(DurationField::NegativeTtl),
        Self::Duration(DurationField::SoftTimeout),
        Self::Duration(DurationField::HardTimeout),
        Self::Count(CountField::MaxComputations),
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::CacheType => "cache_type",
            Self::Count(field) => field.name(),
            Self::Duration(field) => field.name(),
        }
    }
}

/// A field whose value is a whole number of at least 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CountField {
    MaxSize,
    MaxComputations,
}

impl CountField {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MaxSize => "max_size",
            Self::MaxComputations => "max_computations",
        }
    }
}

/// A field whose value is a duration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DurationField {
    Ttl,
    TimeToIdle,
    Jitter,
    RefreshAfter,
    StaleIfError,
    RetryAfter,
    NegativeTtl,
    SoftTimeout,
    HardTimeout,
}

impl DurationField {
    /// Every such field, in the order in which they are written.
    pub(crate) const ALL: [Self; 9] = [
        Self::Ttl,
        Self::TimeToIdle,
        Self::Jitter,
        Self::RefreshAfter,
        Self::StaleIfError,
        Self::RetryAfter,
        Self::NegativeTtl,
        Self::SoftTimeout,
        Self::HardTimeout,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ttl => "ttl",
            Self::TimeToIdle => "time_to_idle",
            Self::Jitter => "jitter",
            Self::RefreshAfter => "refresh_after",
            Self::StaleIfError => "stale_if_error",
            Self::RetryAfter => "retry_after",
            Self::NegativeTtl => "negative_ttl",
            Self::SoftTimeout => "soft_timeout",
            Self::HardTimeout => "hard_timeout",
        }
    }
}

impl FromStr for Field {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| PolicyError::UnknownField {
            given: text.to_owned(),
        })
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = || {
            format!(
                "the name of a field ({})",
                one_of(&Self::ALL.map(Self::name))
            )
        };
        deserializer.deserialize_identifier(ParsedVisitor::new(expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_lists_every_field() {
        let given = String::new();
        let message = PolicyError::UnknownField { given }.to_string();
        for field in Field::ALL {
            assert_eq!(
                field.name().parse::<Field>().map(Field::name),
                Ok(field.name())
            );
            assert!(
                message.contains(&format!("{:?}", field.name())),
                "{message}"
            );
        }
    }

    #[test]
    fn fields_of_durations_are_in_the_order_of_all_fields() {
        let durations: Vec<DurationField> = Field::ALL
            .into_iter()
            .filter_map(|field| match field {
                Field::Duration(field) => Some(field),
                Field::Policy | Field::CacheType | Field::Count(_) => None,
            })
            .collect();
        assert_eq!(durations, DurationField::ALL);
    }

    #[test]
    fn fields_of_durations_are_in_the_order_of_the_enum() {
        for (index, field) in DurationField::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, index);
        }
    }
}
