//! Durations longer than zero, serialized as seconds, or as text where those are not exact.

mod text;

use std::fmt;
use std::time::Duration;

use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::PolicyError;

/// A duration of at least one nanosecond.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct PositiveDuration(Duration);

impl PositiveDuration {
    pub(crate) fn new(duration: Duration) -> Result<Self, PolicyError> {
        Self::from_input(Some(duration), || format!("{duration:?}"))
    }

    /// Reads the text form; [`TtlPolicy::parse`](crate::TtlPolicy::parse) describes it.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        let duration = text::parse(text).map_err(|problem| PolicyError::UnreadableTtl {
            given: text.to_owned(),
            problem,
        })?;
        Self::from_input(duration, || format!("{text:?}"))
    }

    /// Rounds to the nearest nanosecond.
    fn from_secs_f64(seconds: f64) -> Result<Self, PolicyError> {
        let duration = Duration::try_from_secs_f64(seconds).ok();
        Self::from_input(duration, || format!("{seconds:?}"))
    }

    fn from_secs<N: Copy + fmt::Display + TryInto<u64>>(seconds: N) -> Result<Self, PolicyError> {
        let duration = seconds.try_into().ok().map(Duration::from_secs);
        Self::from_input(duration, || seconds.to_string())
    }

    fn from_json_number(number: &str) -> Result<Self, PolicyError> {
        let duration = match number.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => {
                let seconds = number.parse().ok();
                seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            }
        };
        Self::from_input(duration, || number.to_owned())
    }

    /// Accepts a duration that could be made and is not zero; else the error shows the input.
    fn from_input(
        duration: Option<Duration>,
        given: impl FnOnce() -> String,
    ) -> Result<Self, PolicyError> {
        let positive = duration.filter(|duration| !duration.is_zero());
        positive
            .map(Self)
            .ok_or_else(|| PolicyError::InvalidTtl { given: given() })
    }

    pub(crate) const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Debug for PositiveDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for PositiveDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(seconds) = self.whole_seconds() {
            serializer.serialize_i64(seconds)
        } else if let Some(seconds) = self.decimal_seconds() {
            serializer.serialize_f64(seconds)
        } else {
            serializer.collect_str(&text::Exact(self.0))
        }
    }
}

impl PositiveDuration {
    /// Returns the seconds if there is no fraction and every format has such an integer (TOML's are
    /// signed).
    fn whole_seconds(self) -> Option<i64> {
        let whole = self.0.subsec_nanos() == 0;
        i64::try_from(self.0.as_secs()).ok().filter(|_| whole)
    }

    /// Returns the seconds as a float if it is read back as the same duration.
    ///
    /// Its neighbours must be, too: not every parser finds the nearest float to a decimal number
    /// (`serde_json` does not, unless asked).
    fn decimal_seconds(self) -> Option<f64> {
        let seconds = self.0.as_nanos() as f64 / 1e9;
        [seconds.next_down(), seconds, seconds.next_up()]
            .iter()
            .all(|read| Duration::try_from_secs_f64(*read) == Ok(self.0))
            .then_some(seconds)
    }
}

impl<'de> Deserialize<'de> for PositiveDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

impl<'de> Visitor<'de> for DurationVisitor {
    type Value = PositiveDuration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"ttl as a number of seconds, or as text such as "90s" or "1h30m""#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PositiveDuration, E> {
        PositiveDuration::parse(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<PositiveDuration, E> {
        PositiveDuration::from_secs(seconds).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<PositiveDuration, E> {
        PositiveDuration::from_secs(seconds).map_err(E::custom)
    }

    fn visit_u128<E: Error>(self, seconds: u128) -> Result<PositiveDuration, E> {
        PositiveDuration::from_secs(seconds).map_err(E::custom)
    }

    fn visit_i128<E: Error>(self, seconds: i128) -> Result<PositiveDuration, E> {
        PositiveDuration::from_secs(seconds).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<PositiveDuration, E> {
        PositiveDuration::from_secs_f64(seconds).map_err(E::custom)
    }

    /// Reads a number from `serde_json` when any crate of the build has switched on its feature
    /// `arbitrary_precision`: numbers then come as a map of one magic field and their text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PositiveDuration, A::Error> {
        if map.next_key::<String>()?.as_deref() != Some(JSON_NUMBER) {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        }
        let number: String = map.next_value()?;
        PositiveDuration::from_json_number(&number).map_err(A::Error::custom)
    }
}

const JSON_NUMBER: &str = "$serde_json::private::Number";

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;

    #[test]
    fn the_shortest_exact_form_is_written() {
        for (duration, json) in [
            (Duration::from_secs(90), "90"),
            (Duration::from_millis(250), "0.25"),
            (Duration::from_millis(2300), "2.3"),
            (Duration::from_nanos(1), "1e-9"),
            (Duration::new(3600, 1), "3600.000000001"),
            (Duration::new(1_000_000, 1), "1000000.000000001"),
            (Duration::new(9_000_000, 1), r#""9000000s1ns""#),
            (Duration::from_secs(i64::MAX as u64), "9223372036854775807"),
            (
                Duration::from_secs(i64::MAX as u64 + 1),
                r#""9223372036854775808s""#,
            ),
            (Duration::MAX, r#""18446744073709551615s999999999ns""#),
        ] {
            let written = PositiveDuration(duration);
            assert_eq!(serde_json::to_string(&written).unwrap(), json);
            let read: PositiveDuration = serde_json::from_str(json).unwrap();
            assert_eq!(read, written);
        }
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_nanosecond() {
        for (json, nanos) in [
            ("1.0", 1_000_000_000),
            ("1e3", 1_000_000_000_000),
            ("0.1", 100_000_000),
            ("6e-10", 1),
            ("1.4e-9", 1),
        ] {
            let read: PositiveDuration = serde_json::from_str(json).unwrap();
            assert_eq!(read.get().as_nanos(), nanos, "{json}");
        }
    }

    #[test]
    fn numbers_no_duration_holds_are_shown_as_given() {
        for (seconds, given) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (-0.5, "-0.5"),
            (1e-10, "1e-10"),
            (18_446_744_073_709_551_616.0, "1.8446744073709552e19"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            let given = given.to_owned();
            let error = PositiveDuration::from_secs_f64(seconds).unwrap_err();
            assert_eq!(error, PolicyError::InvalidTtl { given });
        }
    }

    #[test]
    fn integers_wider_than_a_duration_are_shown_as_given() {
        let error = PositiveDuration::from_secs(u128::MAX).unwrap_err();
        let given = u128::MAX.to_string();
        assert_eq!(error, PolicyError::InvalidTtl { given });
        let error = PositiveDuration::from_secs(i128::MIN).unwrap_err();
        let given = i128::MIN.to_string();
        assert_eq!(error, PolicyError::InvalidTtl { given });
    }

    #[test]
    fn numbers_of_arbitrary_precision_are_read() {
        let read = |text| {
            let fields = [(JSON_NUMBER, text)].into_iter();
            PositiveDuration::deserialize(MapDeserializer::<_, ValueError>::new(fields))
        };
        assert_eq!(read("90").unwrap().get(), Duration::from_secs(90));
        assert_eq!(read("0.25").unwrap().get(), Duration::from_millis(250));
        for given in ["-1", "0", "0.0", "1e400", "18446744073709551616"] {
            let error = read(given).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("ttl cannot be {given}:")),
                "{error}"
            );
        }
    }
}
