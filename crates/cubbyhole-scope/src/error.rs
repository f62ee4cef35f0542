//! What goes wrong when a scope is needed and the task has none.

use cubbyhole_policy::CacheType;
use thiserror::Error;

/// The running task has no id of the kind that a cache type needs.
///
/// Returned by [`ScopeContext::resolve`](crate::ScopeContext::resolve) and
/// [`resolve_ref`](crate::ScopeContext::resolve_ref). Mostly the id was never set, or was lost in a
/// plain `tokio::spawn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the cache type is {cache_type}, and the running task has no {cache_type} id: set it with \
     `in_scope(ScopeContext::new().{cache_type}(id))`; if it was set where the task was spawned, spawn with \
     `scope::spawn`, because `tokio::spawn` does not carry the scope"
)]
pub struct MissingScope {
    cache_type: CacheType,
}

impl MissingScope {
    pub(crate) const fn new(cache_type: CacheType) -> Self {
        Self { cache_type }
    }

    /// Returns the cache type that could not be resolved.
    #[must_use]
    pub const fn cache_type(&self) -> CacheType {
        self.cache_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_the_type_and_says_what_to_do() {
        for (cache_type, name) in [(CacheType::User, "user"), (CacheType::Session, "session")] {
            let message = MissingScope::new(cache_type).to_string();
            assert!(message.contains(&format!("no {name} id")), "{message}");
            assert!(
                message.contains(&format!("in_scope(ScopeContext::new().{name}(id))")),
                "{message}"
            );
            assert!(message.contains("scope::spawn"), "{message}");
        }
    }
}
