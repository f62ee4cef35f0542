//! Durations in a configuration: a number of seconds, or text as policies have it.

use std::fmt;
use std::time::Duration;

use cubbyhole_policy::{PolicyError, TtlPolicy};
use serde::Deserializer;
use serde::de::{Error, Visitor};

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(DurationVisitor)
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a number of seconds, or text such as "250ms" or "1m30s""#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        let read = TtlPolicy::parse(text).map(|policy| policy.ttl());
        read.map_err(|error| match error {
            PolicyError::UnreadableDuration { problem, .. } => {
                E::custom(format!("{text:?} is no duration, because it {problem}"))
            }
            _ => E::custom(format!("{text:?} is no duration longer than zero")),
        })
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Duration, E> {
        Ok(Duration::from_secs(seconds))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Duration, E> {
        let seconds = u64::try_from(seconds).ok();
        seconds
            .map(Duration::from_secs)
            .ok_or_else(|| E::custom("a duration cannot be less than zero"))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Duration, E> {
        Duration::try_from_secs_f64(seconds)
            .map_err(|error| E::custom(format!("{seconds} seconds: {error}")))
    }
}
