//! Whether a value may be evicted, and whether a cache kept the value it was given.

/// Whether a value may leave the cache before somebody has read it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Retention {
    /// The policy may evict or expire the value whenever it wants to.
    #[default]
    Evictable,
    /// The value is neither evicted nor expired until a read unpins it.
    Pinned,
}

impl Retention {
    /// Returns whether this is [`Retention::Pinned`].
    #[must_use]
    pub const fn is_pinned(self) -> bool {
        matches!(self, Self::Pinned)
    }
}

/// Whether a cache kept the value it was given: nothing is lost silently.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SetOutcome {
    /// The value is in the cache.
    Kept,
    /// The value is not in the cache: its policy evicted it at once, because everything else is pinned.
    NotKept,
}

impl SetOutcome {
    /// Returns whether the value is in the cache.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Kept)
    }
}
