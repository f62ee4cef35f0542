//! Durations longer than zero, read from seconds or text.

mod seconds;
mod text;

use std::fmt;
use std::time::Duration;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, Unexpected, Visitor};

use crate::error::PolicyError;
use crate::field::DurationField;

pub(crate) use seconds::Seconds;

/// A duration of at least one nanosecond.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct PositiveDuration(Duration);

impl PositiveDuration {
    pub(crate) const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Debug for PositiveDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl DurationField {
    /// Accepts every duration but zero.
    pub(crate) fn check(self, duration: Duration) -> Result<PositiveDuration, PolicyError> {
        self.check_input(Some(duration), || format!("{duration:?}"))
    }

    /// Reads the text form; [`TtlPolicy::parse`](crate::TtlPolicy::parse) describes it.
    pub(crate) fn parse(self, text: &str) -> Result<PositiveDuration, PolicyError> {
        let duration = text::parse(text).map_err(|problem| PolicyError::UnreadableDuration {
            field: self.name(),
            given: text.to_owned(),
            problem,
        })?;
        self.check_input(duration, || format!("{text:?}"))
    }

    /// Rounds to the nearest nanosecond.
    fn check_secs_f64(self, seconds: f64) -> Result<PositiveDuration, PolicyError> {
        let duration = Duration::try_from_secs_f64(seconds).ok();
        self.check_input(duration, || format!("{seconds:?}"))
    }

    fn check_secs<N: Copy + fmt::Display + TryInto<u64>>(
        self,
        seconds: N,
    ) -> Result<PositiveDuration, PolicyError> {
        let duration = seconds.try_into().ok().map(Duration::from_secs);
        self.check_input(duration, || seconds.to_string())
    }

    fn check_json_number(self, number: &str) -> Result<PositiveDuration, PolicyError> {
        let duration = match number.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => {
                let seconds = number.parse().ok();
                seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            }
        };
        self.check_input(duration, || number.to_owned())
    }

    /// Accepts a duration that could be made and is not zero; else the error shows the input.
    fn check_input(
        self,
        duration: Option<Duration>,
        given: impl FnOnce() -> String,
    ) -> Result<PositiveDuration, PolicyError> {
        let positive = duration.filter(|duration| !duration.is_zero());
        positive
            .map(PositiveDuration)
            .ok_or_else(|| PolicyError::InvalidDuration {
                field: self.name(),
                given: given(),
            })
    }
}

/// Reads the value of the field.
impl<'de> DeserializeSeed<'de> for DurationField {
    type Value = PositiveDuration;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<PositiveDuration, D::Error> {
        deserializer.deserialize_any(DurationVisitor(self))
    }
}

struct DurationVisitor(DurationField);

impl<'de> Visitor<'de> for DurationVisitor {
    type Value = PositiveDuration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.0.name();
        write!(
            f,
            r#"{field} as a number of seconds, or as text such as "90s" or "1h30m""#
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PositiveDuration, E> {
        self.0.parse(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<PositiveDuration, E> {
        self.0.check_secs(seconds).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<PositiveDuration, E> {
        self.0.check_secs(seconds).map_err(E::custom)
    }

    fn visit_u128<E: Error>(self, seconds: u128) -> Result<PositiveDuration, E> {
        self.0.check_secs(seconds).map_err(E::custom)
    }

    fn visit_i128<E: Error>(self, seconds: i128) -> Result<PositiveDuration, E> {
        self.0.check_secs(seconds).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<PositiveDuration, E> {
        self.0.check_secs_f64(seconds).map_err(E::custom)
    }

    /// Reads a number from `serde_json` when any crate of the build has switched on its feature
    /// `arbitrary_precision`: numbers then come as a map of one magic field and their text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PositiveDuration, A::Error> {
        if map.next_key::<String>()?.as_deref() != Some(JSON_NUMBER) {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        }
        let number: String = map.next_value()?;
        self.0.check_json_number(&number).map_err(A::Error::custom)
    }
}

const JSON_NUMBER: &str = "$serde_json::private::Number";

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;

    fn refused(field: &'static str, given: String) -> PolicyError {
        PolicyError::InvalidDuration { field, given }
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
            let mut reader = serde_json::Deserializer::from_str(json);
            let read = DurationField::Ttl.deserialize(&mut reader).unwrap();
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
            let error = DurationField::Jitter.check_secs_f64(seconds).unwrap_err();
            assert_eq!(error, refused("jitter", given));
        }
    }

    #[test]
    fn integers_wider_than_a_duration_are_shown_as_given() {
        let error = DurationField::Jitter.check_secs(u128::MAX).unwrap_err();
        let given = u128::MAX.to_string();
        assert_eq!(error, refused("jitter", given));
        let error = DurationField::Jitter.check_secs(i128::MIN).unwrap_err();
        let given = i128::MIN.to_string();
        assert_eq!(error, refused("jitter", given));
    }

    #[test]
    fn numbers_of_arbitrary_precision_are_read() {
        let read = |text| {
            let fields = [(JSON_NUMBER, text)].into_iter();
            DurationField::Ttl.deserialize(MapDeserializer::<_, ValueError>::new(fields))
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

    #[test]
    fn the_error_names_the_field() {
        for field in DurationField::ALL {
            let error = field.check(Duration::ZERO).unwrap_err();
            assert_eq!(error, refused(field.name(), "0ns".to_owned()));
            let error = field.parse("-1s").unwrap_err();
            assert_eq!(error, refused(field.name(), r#""-1s""#.to_owned()));
            let error = field.parse("1").unwrap_err().to_string();
            let expected = format!(r#"{} cannot be "1", which has"#, field.name());
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn one_nanosecond_and_the_longest_are_durations() {
        for field in DurationField::ALL {
            for duration in [Duration::from_nanos(1), Duration::MAX] {
                assert_eq!(
                    field.check(duration).map(PositiveDuration::get),
                    Ok(duration)
                );
            }
        }
    }
}
