//! What the layer remembers of a request, to explain it later.

use cubbyhole_policy::CacheType;
use cubbyhole_scope::ScopeContext;

use crate::source::ScopeSource;

/// Where the scope came from and which kinds of id it named, without the ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScopeRecord {
    pub(crate) source: ScopeSource,
    has_user: bool,
    has_session: bool,
}

impl ScopeRecord {
    pub(crate) const fn new(source: ScopeSource, context: &ScopeContext) -> Self {
        Self {
            source,
            has_user: context.user_id().is_some(),
            has_session: context.session_id().is_some(),
        }
    }

    pub(crate) const fn names(&self, cache_type: CacheType) -> bool {
        match cache_type {
            CacheType::Global => true,
            CacheType::Session => self.has_session,
            CacheType::User => self.has_user,
        }
    }
}
