//! The size of an LRU: a whole number of at least 1.

use std::fmt;
use std::num::NonZeroUsize;

use crate::error::PolicyError;
use crate::field::CountField;
use crate::lru::LruPolicy;

/// How many values an LRU keeps.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct MaxSize(pub(crate) NonZeroUsize);

impl MaxSize {
    pub(crate) const DEFAULT: Self = match NonZeroUsize::new(LruPolicy::DEFAULT_MAX_SIZE) {
        Some(size) => Self(size),
        None => Self(NonZeroUsize::MIN),
    };

    pub(crate) fn new(size: usize) -> Result<Self, PolicyError> {
        CountField::MaxSize.check(size).map(Self)
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
