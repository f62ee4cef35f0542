//! Why a shared tier could not do what it was asked.

use std::time::Duration;

/// Why a [`SharedTier`](crate::SharedTier) could not do what it was asked. A store carries on without it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TierError {
    /// It cannot be reached, or is not asked for a while because it could not be.
    #[error("the shared tier is away; see its status for since when")]
    Away,
    /// It did not answer in time.
    #[error("the shared tier did not answer within {after:?}; its limit on calls can be raised")]
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// A value has more bytes than the tier takes.
    #[error(
        "a value of {bytes} bytes is larger than the shared tier takes ({most}); raise the limit or keep less"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// It refused; its own words, which name neither ids nor values.
    #[error("the shared tier refused: {0}")]
    Refused(String),
}
