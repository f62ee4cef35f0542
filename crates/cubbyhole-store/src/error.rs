//! What can go wrong, and what to do about it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use cubbyhole_core::TierError;
use cubbyhole_policy::{CachePolicy, CacheType};
use thiserror::Error;

use crate::StoreKey;

/// Why an operation of a store has no answer.
///
/// Cloning is cheap: everybody who waited for one computation gets the same error.
/// No message shows the id of a user or a session.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The cache type of the entry asks for an id that the running task does not carry.
    #[error(
        "{entry} is cached by {cache_type}, but the running task carries no {cache_type} id: run it with \
         `in_scope(ScopeContext::new().{cache_type}(id))`, and spawn with `scope::spawn`, which carries the scope over"
    )]
    MissingScope {
        /// The registry entry.
        entry: StoreKey,
        /// The cache type that has no scope here.
        cache_type: CacheType,
    },

    /// Two registry entries have one key and different policies.
    #[error(
        "{entry} is registered with the policy {registered:?} and cannot also have {given:?}: use one entry for both, or \
         give one of them another uid or kind"
    )]
    PolicyConflict {
        /// The key that both have.
        entry: StoreKey,
        /// The policy that came first.
        registered: Box<CachePolicy>,
        /// The policy that was refused.
        given: Box<CachePolicy>,
    },

    /// Two registry entries have one key and different types of value.
    #[error(
        "{entry} is registered with values of type `{registered}` and cannot also have `{given}`: give one of the \
         entries another uid or kind"
    )]
    TypeConflict {
        /// The key that both have.
        entry: StoreKey,
        /// The type that came first.
        registered: &'static str,
        /// The type that was refused.
        given: &'static str,
    },

    /// Two registry entries have one key, and different caches of their own ([`with_cache`]).
    ///
    /// [`with_cache`]: crate::CachedRegistryEntry::with_cache
    #[error(
        "{entry} is registered with another cache: use one entry for both, or give one of them another uid or kind"
    )]
    CacheConflict {
        /// The key that both have.
        entry: StoreKey,
    },

    /// The computation returned this error, or the pending value was [failed](crate::CacheStore::fail) with it.
    #[error("{entry} has no value: {error}")]
    Failed {
        /// The registry entry.
        entry: StoreKey,
        /// The error, shared by all who waited.
        #[source]
        error: SharedError,
    },

    /// The computation panicked.
    #[error("the computation for {entry} panicked: {message}")]
    Panicked {
        /// The registry entry.
        entry: StoreKey,
        /// What the panic said.
        message: Arc<str>,
    },

    /// Whoever had promised the value is gone: dropped, cancelled, or shut down with its runtime.
    #[error("{entry} has no value: its producer went away without one; ask again to compute it")]
    Abandoned {
        /// The registry entry.
        entry: StoreKey,
    },

    /// The pending value was invalidated before it came.
    #[error("{entry} has no value: while it was pending, {by}; ask again to compute it")]
    Invalidated {
        /// The registry entry.
        entry: StoreKey,
        /// What invalidated it.
        by: Invalidation,
    },

    /// A computation waits for itself, directly or through others.
    #[error("{entry} cannot be computed, because it waits for itself: {path}")]
    Cycle {
        /// The registry entry whose wait would have closed the circle.
        entry: StoreKey,
        /// The computations of the circle, each as the entry and the key it computes.
        path: String,
    },

    /// The computation took longer than the `hard_timeout` of the policy, and was given up.
    #[error(
        "{entry} has no value: its computation was given up after {after:?}; ask again to try anew"
    )]
    TimedOut {
        /// The registry entry.
        entry: StoreKey,
        /// The time limit.
        after: std::time::Duration,
    },

    /// The cache of this entry cannot do what was asked of it.
    #[error(
        "{entry} has a cache of its own make, which has no {what}: use a policy of the store's for that"
    )]
    Unsupported {
        /// The registry entry.
        entry: StoreKey,
        /// What it cannot do.
        what: &'static str,
    },

    /// A policy cannot take the place of another one, because the values would change hands.
    #[error(
        "{entry} is cached by {cache_type} and cannot be cached by {given} from now on: a policy that replaces another one keeps its cache type"
    )]
    OtherCacheType {
        /// The registry entry.
        entry: StoreKey,
        /// The cache type it has.
        cache_type: CacheType,
        /// The cache type that was refused.
        given: CacheType,
    },

    /// The tier that the values are shared by could not take part, and the entry
    /// [requires it](crate::CachedRegistryEntry::require_shared_tier).
    #[error("{entry} requires its shared tier: {error}")]
    SharedTier {
        /// The registry entry.
        entry: StoreKey,
        /// What the tier said.
        #[source]
        error: TierError,
    },

    /// The values are shared with other processes, which cannot be waited for on a thread.
    #[error(
        "{entry} is shared with other processes and has to be waited for: use the asynchronous form of the operation"
    )]
    SharedBlocking {
        /// The registry entry.
        entry: StoreKey,
    },

    /// The values are shared with other processes, and are neither saved nor brought back: a restart finds them there,
    /// and what has changed there since they were saved it would not know.
    #[error(
        "{entry} is shared with other processes, where a restart finds its values: leave it out of what is saved"
    )]
    SharedNotSaved {
        /// The registry entry.
        entry: StoreKey,
    },

    /// There is no tokio runtime to run the computation on.
    #[error("the computation for {entry} needs a tokio runtime, and none is running here")]
    NoRuntime {
        /// The registry entry.
        entry: StoreKey,
    },
}

impl CacheError {
    /// Returns the error of the computation, if it is an `E`.
    ///
    /// Only [`CacheError::Failed`] has one.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed { error, .. } => error.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the registry entry that the error is about.
    #[must_use]
    pub const fn entry(&self) -> &StoreKey {
        match self {
            Self::MissingScope { entry, .. }
            | Self::PolicyConflict { entry, .. }
            | Self::TypeConflict { entry, .. }
            | Self::CacheConflict { entry }
            | Self::Failed { entry, .. }
            | Self::Panicked { entry, .. }
            | Self::Abandoned { entry }
            | Self::Invalidated { entry, .. }
            | Self::Cycle { entry, .. }
            | Self::TimedOut { entry, .. }
            | Self::Unsupported { entry, .. }
            | Self::OtherCacheType { entry, .. }
            | Self::SharedTier { entry, .. }
            | Self::SharedBlocking { entry }
            | Self::SharedNotSaved { entry }
            | Self::NoRuntime { entry } => entry,
        }
    }
}

/// What invalidated a pending value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Invalidation {
    /// Its key was deleted.
    Deleted,
    /// The store, or the part of it that belongs to the registry entry, was cleared.
    Cleared,
    /// One of its tags was invalidated.
    TagInvalidated,
    /// Its scope was dropped.
    ScopeDropped,
    /// The epoch of its scope was raised.
    EpochBumped,
    /// The store was dropped.
    StoreDropped,
    /// The shared tier was away, or had been: the value may not have been that of the other processes any more.
    Distrusted,
}

impl fmt::Display for Invalidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deleted => "its key was deleted",
            Self::Cleared => "the store was cleared",
            Self::TagInvalidated => "one of its tags was invalidated",
            Self::ScopeDropped => "its scope was dropped",
            Self::EpochBumped => "the epoch of its scope was raised",
            Self::StoreDropped => "the store was dropped",
            Self::Distrusted => "its shared tier was lost and found",
        })
    }
}

/// An error that everybody who waited for a value shares.
#[derive(Clone)]
pub struct SharedError(Arc<dyn Error + Send + Sync>);

impl SharedError {
    /// Makes an error shareable.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into().into())
    }

    /// Returns the error as an `E`, if it is one.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// Returns whether both are one and the same error.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Error for SharedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl fmt::Debug for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
