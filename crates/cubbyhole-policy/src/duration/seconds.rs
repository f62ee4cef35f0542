//! How a duration is written: as seconds, or as text where those are not exact.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::text::Exact;

/// A duration to be written so that it is read back exactly.
pub(crate) struct Seconds(pub(crate) Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(seconds) = self.whole_seconds() {
            serializer.serialize_i64(seconds)
        } else if let Some(seconds) = self.decimal_seconds() {
            serializer.serialize_f64(seconds)
        } else {
            serializer.collect_str(&Exact(self.0))
        }
    }
}

impl Seconds {
    /// Returns the seconds if there is no fraction and every format has such an integer (TOML's are
    /// signed).
    fn whole_seconds(&self) -> Option<i64> {
        let whole = self.0.subsec_nanos() == 0;
        i64::try_from(self.0.as_secs()).ok().filter(|_| whole)
    }

    /// Returns the seconds as a float if it is read back as the same duration.
    ///
    /// Its neighbours must be, too: not every parser finds the nearest float to a decimal number
    /// (`serde_json` does not, unless asked).
    fn decimal_seconds(&self) -> Option<f64> {
        let seconds = self.0.as_nanos() as f64 / 1e9;
        [seconds.next_down(), seconds, seconds.next_up()]
            .iter()
            .all(|read| Duration::try_from_secs_f64(*read) == Ok(self.0))
            .then_some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeSeed;

    use super::*;
    use crate::field::DurationField;

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
            let written = Seconds(duration);
            assert_eq!(serde_json::to_string(&written).unwrap(), json);
            let mut reader = serde_json::Deserializer::from_str(json);
            let read = DurationField::Ttl.deserialize(&mut reader).unwrap();
            assert_eq!(read.get(), duration);
        }
    }
}
