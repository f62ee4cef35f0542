//! How a shared tier is.

use std::time::Duration;

/// How a [`SharedTier`](crate::SharedTier) is, for those who operate it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TierStatus {
    /// Whether it can be asked, and trusted.
    pub state: TierState,
    /// For how long it has been so.
    pub lasting: Duration,
    /// Invalidations that others have still to be told of.
    pub queued: usize,
    /// Calls that were made.
    pub calls: u64,
    /// Calls that failed, those that were given up in time included.
    pub failures: u64,
    /// How often a connection was lost.
    pub disconnects: u64,
}

/// Whether a tier can be asked, and trusted.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TierState {
    /// It cannot be asked.
    #[default]
    Away,
    /// It can be reached; what happened meanwhile is still being made up for.
    CatchingUp,
    /// It can be asked, and tells what others change.
    Connected,
}

impl TierState {
    /// Returns its name, as metrics have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::CatchingUp => "catching_up",
            Self::Connected => "connected",
        }
    }
}
