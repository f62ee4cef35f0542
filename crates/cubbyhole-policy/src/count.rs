//! Whole numbers of at least 1.

use std::fmt;
use std::num::NonZeroUsize;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, Visitor};

use crate::error::PolicyError;
use crate::field::CountField;

impl CountField {
    /// Accepts any integer from 1 to `usize::MAX`.
    pub(crate) fn check<N: Copy + fmt::Display + TryInto<usize>>(
        self,
        number: N,
    ) -> Result<NonZeroUsize, PolicyError> {
        let count = number.try_into().ok().and_then(NonZeroUsize::new);
        count.ok_or_else(|| self.refuse(number.to_string()))
    }

    fn refuse(self, given: String) -> PolicyError {
        match self {
            Self::MaxSize => PolicyError::InvalidMaxSize { given },
            Self::MaxComputations => PolicyError::InvalidMaxComputations { given },
        }
    }
}

/// Reads the value of the field.
impl<'de> DeserializeSeed<'de> for CountField {
    type Value = NonZeroUsize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<NonZeroUsize, D::Error> {
        deserializer.deserialize_u64(CountVisitor(self))
    }
}

struct CountVisitor(CountField);

impl Visitor<'_> for CountVisitor {
    type Value = NonZeroUsize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as a whole number of at least 1", self.0.name())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<NonZeroUsize, E> {
        self.0.check(number).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<NonZeroUsize, E> {
        self.0.check(number).map_err(E::custom)
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<NonZeroUsize, E> {
        self.0.check(number).map_err(E::custom)
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<NonZeroUsize, E> {
        self.0.check(number).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<NonZeroUsize, E> {
        Err(E::custom(self.0.refuse(format!("{number:?}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_from_one_to_the_largest_are_counts() {
        for field in [CountField::MaxSize, CountField::MaxComputations] {
            for number in [1, 2, usize::MAX] {
                assert_eq!(field.check(number).map(NonZeroUsize::get), Ok(number));
            }
        }
    }

    #[test]
    fn other_numbers_are_refused_as_given_and_by_field() {
        let given = || "-1".to_owned();
        assert_eq!(
            CountField::MaxSize.check(-1),
            Err(PolicyError::InvalidMaxSize { given: given() })
        );
        assert_eq!(
            CountField::MaxComputations.check(-1),
            Err(PolicyError::InvalidMaxComputations { given: given() })
        );
        let given = u128::MAX.to_string();
        assert_eq!(
            CountField::MaxComputations.check(u128::MAX),
            Err(PolicyError::InvalidMaxComputations { given })
        );
    }
}
