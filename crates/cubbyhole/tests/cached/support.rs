//! What the tests have in common: an error, a count, and users.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use cubbyhole::{CacheError, CacheScope, CacheType, ScopeContext};

/// The error of a function that is cached.
#[derive(Debug)]
pub(crate) enum Problem {
    /// What the cache says.
    Cache(CacheError),
    /// What the function says.
    Own(u32),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Problem {}

impl From<CacheError> for Problem {
    fn from(error: CacheError) -> Self {
        Self::Cache(error)
    }
}

/// How often a function ran.
#[derive(Debug, Default)]
pub(crate) struct Runs(AtomicU32);

impl Runs {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Counts a run and returns its number.
    pub(crate) fn count(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) fn user(id: &str) -> ScopeContext {
    ScopeContext::new().user(id)
}

/// The user of the running task.
pub(crate) fn who() -> Option<CacheScope> {
    ScopeContext::current().resolve(CacheType::User).ok()
}
