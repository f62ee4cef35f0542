//! The size of an LRU: a whole number of at least 1.

use std::fmt;
use std::num::NonZeroUsize;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::PolicyError;
use crate::lru::LruPolicy;

/// How many values an LRU keeps.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct MaxSize(NonZeroUsize);

impl MaxSize {
    pub(crate) const DEFAULT: Self = match NonZeroUsize::new(LruPolicy::DEFAULT_MAX_SIZE) {
        Some(size) => Self(size),
        None => Self(NonZeroUsize::MIN),
    };

    /// Accepts any integer from 1 to `usize::MAX`.
    pub(crate) fn new<N: Copy + fmt::Display + TryInto<usize>>(
        number: N,
    ) -> Result<Self, PolicyError> {
        let size = number.try_into().ok().and_then(NonZeroUsize::new);
        size.map(Self).ok_or_else(|| PolicyError::InvalidMaxSize {
            given: number.to_string(),
        })
    }

    pub(crate) const fn get(self) -> usize {
        self.0.get()
    }
}

impl fmt::Debug for MaxSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for MaxSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(MaxSizeVisitor)
    }
}

struct MaxSizeVisitor;

impl Visitor<'_> for MaxSizeVisitor {
    type Value = MaxSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("max_size as a whole number of at least 1")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<MaxSize, E> {
        MaxSize::new(number).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<MaxSize, E> {
        MaxSize::new(number).map_err(E::custom)
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<MaxSize, E> {
        MaxSize::new(number).map_err(E::custom)
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<MaxSize, E> {
        MaxSize::new(number).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<MaxSize, E> {
        Err(E::custom(PolicyError::InvalidMaxSize {
            given: format!("{number:?}"),
        }))
    }
}
