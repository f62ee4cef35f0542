//! The serialized form of a policy: a map with the field `policy`, or a bare cache type.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cache_type::CacheType;
use crate::duration::PositiveDuration;
use crate::error::{PolicyError, one_of};
use crate::keep_all::KeepAllPolicy;
use crate::kind::PolicyKind;
use crate::lru::LruPolicy;
use crate::max_size::MaxSize;
use crate::most_recent::MostRecentPolicy;
use crate::parsed::ParsedVisitor;
use crate::policy::CachePolicy;
use crate::ttl::TtlPolicy;

impl Serialize for CachePolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = match self {
            Self::Lru(_) | Self::Ttl(_) => 3,
            Self::MostRecent(_) | Self::KeepAll(_) => 2,
        };
        let mut map = serializer.serialize_struct("CachePolicy", fields)?;
        map.serialize_field(Field::Policy.name(), self.name())?;
        map.serialize_field(Field::CacheType.name(), &self.cache_type())?;
        match self {
            Self::Lru(policy) => map.serialize_field(Field::MaxSize.name(), &policy.max_size())?,
            Self::Ttl(policy) => map.serialize_field(Field::Ttl.name(), &policy.ttl)?,
            Self::MostRecent(_) | Self::KeepAll(_) => {}
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for CachePolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PolicyVisitor)
    }
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = CachePolicy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a policy: a map with the field \"policy\", or a cache type ({}) for an lru of that type",
            CacheType::allowed()
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<CachePolicy, E> {
        match text.parse::<CacheType>() {
            Ok(cache_type) => Ok(cache_type.into()),
            Err(_) => Err(E::custom(PolicyError::UnknownShorthand {
                given: text.to_owned(),
            })),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CachePolicy, A::Error> {
        Fields::read(map)?.into_policy().map_err(A::Error::custom)
    }
}

/// What a map said, each value valid in itself, before it is known which policy it is about.
#[derive(Default)]
struct Fields {
    policy: Option<PolicyKind>,
    cache_type: Option<CacheType>,
    max_size: Option<MaxSize>,
    ttl: Option<PositiveDuration>,
}

impl Fields {
    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut fields = Self::default();
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Policy => fill(&mut fields.policy, field, &mut map)?,
                Field::CacheType => fill(&mut fields.cache_type, field, &mut map)?,
                Field::MaxSize => fill(&mut fields.max_size, field, &mut map)?,
                Field::Ttl => fill(&mut fields.ttl, field, &mut map)?,
            }
        }
        Ok(fields)
    }

    fn into_policy(self) -> Result<CachePolicy, PolicyError> {
        let kind = self.policy.ok_or(PolicyError::MissingPolicy)?;
        self.refuse_misplaced(kind)?;
        let cache_type = self.cache_type.unwrap_or_default();
        Ok(match kind {
            PolicyKind::Lru => CachePolicy::Lru(LruPolicy {
                max_size: self.max_size.unwrap_or(MaxSize::DEFAULT),
                cache_type,
            }),
            PolicyKind::MostRecent => {
                self.max_size
                    .map_or(Ok(()), MostRecentPolicy::check_max_size)?;
                CachePolicy::MostRecent(MostRecentPolicy { cache_type })
            }
            PolicyKind::KeepAll => CachePolicy::KeepAll(KeepAllPolicy { cache_type }),
            PolicyKind::Ttl => CachePolicy::Ttl(TtlPolicy {
                ttl: self.ttl.ok_or(PolicyError::MissingTtl)?,
                cache_type,
            }),
        })
    }

    fn refuse_misplaced(&self, kind: PolicyKind) -> Result<(), PolicyError> {
        let sized = matches!(kind, PolicyKind::Lru | PolicyKind::MostRecent);
        let timed = matches!(kind, PolicyKind::Ttl);
        let field = match (&self.max_size, &self.ttl) {
            (Some(_), _) if !sized => Field::MaxSize,
            (_, Some(_)) if !timed => Field::Ttl,
            _ => return Ok(()),
        };
        Err(PolicyError::MisplacedField {
            policy: kind.name(),
            field: field.name(),
        })
    }
}

/// Reads the value of `field` into `slot`, once.
fn fill<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    field: Field,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::custom(PolicyError::DuplicateField {
            field: field.name(),
        }));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

#[derive(Clone, Copy)]
enum Field {
    Policy,
    CacheType,
    MaxSize,
    Ttl,
}

impl Field {
    const ALL: [Self; 4] = [Self::Policy, Self::CacheType, Self::MaxSize, Self::Ttl];

    const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::CacheType => "cache_type",
            Self::MaxSize => "max_size",
            Self::Ttl => "ttl",
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
    fn the_policy_is_written_first() {
        let written = toml::to_string(&CachePolicy::default()).unwrap();
        let expected = "policy = \"lru\"\ncache_type = \"global\"\nmax_size = 10\n";
        assert_eq!(written, expected);
    }
}
