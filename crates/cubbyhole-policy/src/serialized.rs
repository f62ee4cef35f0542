//! The serialized form of a policy: a map with the field `policy`, or a bare cache type.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cache_type::CacheType;
use crate::duration::{PositiveDuration, Seconds};
use crate::error::PolicyError;
use crate::field::{CountField, DurationField, Field};
use crate::kind::PolicyKind;
use crate::lru::LruPolicy;
use crate::max_size::MaxSize;
use crate::most_recent::MostRecentPolicy;
use crate::options::PolicyOptions;
use crate::policy::CachePolicy;
use crate::ttl::TtlPolicy;

impl Serialize for CachePolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let durations: Vec<(DurationField, Duration)> = DurationField::ALL
            .into_iter()
            .filter_map(|field| Some((field, self.duration(field)?)))
            .collect();
        let max_size = match self {
            Self::Lru(policy) => Some(policy.max_size()),
            Self::MostRecent(_) | Self::KeepAll(_) | Self::Ttl(_) => None,
        };
        let max_computations = self.options().max_computations();
        let counts = usize::from(max_size.is_some()) + usize::from(max_computations.is_some());

        let mut map = serializer.serialize_struct("CachePolicy", 2 + counts + durations.len())?;
        map.serialize_field(Field::Policy.name(), self.name())?;
        map.serialize_field(Field::CacheType.name(), &self.cache_type())?;
        if let Some(count) = max_size {
            map.serialize_field(CountField::MaxSize.name(), &count)?;
        }
        for (field, duration) in durations {
            map.serialize_field(field.name(), &Seconds(duration))?;
        }
        if let Some(count) = max_computations {
            map.serialize_field(CountField::MaxComputations.name(), &count)?;
        }
        map.end()
    }
}

impl CachePolicy {
    /// Returns the duration to be written in `field`, be it a parameter or an option.
    const fn duration(&self, field: DurationField) -> Option<Duration> {
        match field {
            DurationField::Ttl => self.time_to_live(),
            other => self.options().duration(other),
        }
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
    max_size: Option<NonZeroUsize>,
    max_computations: Option<NonZeroUsize>,
    durations: [Option<PositiveDuration>; DurationField::ALL.len()],
}

impl Fields {
    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut fields = Self::default();
        while let Some(field) = map.next_key::<Field>()? {
            let name = field.name();
            match field {
                Field::Policy => fill(&mut fields.policy, name, PhantomData, &mut map)?,
                Field::CacheType => fill(&mut fields.cache_type, name, PhantomData, &mut map)?,
                Field::Count(field) => fill(fields.count(field), name, field, &mut map)?,
                Field::Duration(field) => fill(fields.duration(field), name, field, &mut map)?,
            }
        }
        Ok(fields)
    }

    fn into_policy(mut self) -> Result<CachePolicy, PolicyError> {
        let kind = self.policy.ok_or(PolicyError::MissingPolicy)?;
        let max_size = self.max_size.map(MaxSize);
        let policy: CachePolicy = match kind {
            PolicyKind::Lru => LruPolicy::of(max_size.unwrap_or(MaxSize::DEFAULT)).into(),
            PolicyKind::MostRecent => {
                max_size.map_or(Ok(()), MostRecentPolicy::check_max_size)?;
                CachePolicy::most_recent()
            }
            PolicyKind::KeepAll => {
                refuse_max_size(max_size, kind)?;
                CachePolicy::keep_all()
            }
            PolicyKind::Ttl => {
                refuse_max_size(max_size, kind)?;
                let ttl = self.duration(DurationField::Ttl);
                TtlPolicy::of(ttl.ok_or(PolicyError::MissingTtl)?).into()
            }
        };
        let policy = policy.with_cache_type(self.cache_type.unwrap_or_default());
        policy.with_options(self.options())
    }

    fn options(&self) -> PolicyOptions {
        let mut options = PolicyOptions::new();
        for (field, duration) in DurationField::ALL.into_iter().zip(self.durations) {
            if let Some(duration) = duration {
                options = options.with_duration(field, duration.get());
            }
        }
        match self.max_computations {
            Some(count) => options.with_max_computations(count.get()),
            None => options,
        }
    }

    const fn count(&mut self, field: CountField) -> &mut Option<NonZeroUsize> {
        match field {
            CountField::MaxSize => &mut self.max_size,
            CountField::MaxComputations => &mut self.max_computations,
        }
    }

    /// The durations are in the order of [`DurationField::ALL`], which is that of the enum.
    const fn duration(&mut self, field: DurationField) -> &mut Option<PositiveDuration> {
        &mut self.durations[field as usize]
    }
}

fn refuse_max_size(max_size: Option<MaxSize>, kind: PolicyKind) -> Result<(), PolicyError> {
    match max_size {
        None => Ok(()),
        Some(_) => Err(PolicyError::MisplacedField {
            policy: kind.name(),
            field: CountField::MaxSize.name(),
        }),
    }
}

/// Reads the value of the field called `name` into `slot`, once.
fn fill<'de, S: DeserializeSeed<'de>, A: MapAccess<'de>>(
    slot: &mut Option<S::Value>,
    name: &'static str,
    seed: S,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::custom(PolicyError::DuplicateField {
            field: name,
        }));
    }
    *slot = Some(map.next_value_seed(seed)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_written_first() {
        let written = toml::to_string(&CachePolicy::default()).unwrap();
        let expected = "policy = \"lru\"\ncache_type = \"global\"\nmax_size = 10\n";
        assert_eq!(written, expected);
    }
}
