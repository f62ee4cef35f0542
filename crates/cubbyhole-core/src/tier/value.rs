//! A value as a shared tier keeps it.

use std::fmt;
use std::time::Duration;

/// A value as a [`SharedTier`](crate::SharedTier) keeps it.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TierValue {
    /// The value, in the format of its registry entry.
    pub bytes: Vec<u8>,
    /// How long it may still be used; `None` if only the tier's own limit holds.
    pub lifetime: Option<Duration>,
    /// Its tags.
    pub tags: Vec<Box<str>>,
    /// Whether it says that there is nothing.
    pub is_negative: bool,
}

impl TierValue {
    /// Makes a value without a lifetime and without tags.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }
}

impl fmt::Debug for TierValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierValue")
            .field("bytes", &self.bytes.len())
            .field("lifetime", &self.lifetime)
            .field("is_negative", &self.is_negative)
            .finish_non_exhaustive()
    }
}
