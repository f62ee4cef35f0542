//! Whose values a cache may hand out.

use std::fmt;
use std::hash::{Hash, Hasher};

use cubbyhole_policy::CacheType;

use crate::{ScopeId, ScopeMemo};

/// Whose: everyone, one session, or one user.
///
/// The kinds are types, not texts: a user whose id is `"global"` is only a user, and a user and a
/// session with the same id are two scopes.
///
/// `Debug` and `Display` show no id, only its [tag](ScopeId): `user #1f3a`.
///
/// # Examples
///
/// ```
/// use cubbyhole_scope::CacheScope;
///
/// assert_eq!(CacheScope::user("ada"), CacheScope::user("ada"));
/// assert_ne!(CacheScope::user("x"), CacheScope::session("x"));
/// assert_ne!(CacheScope::user("global"), CacheScope::Global);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheScope {
    /// Everyone: values that are the same for all.
    Global,
    /// One session.
    Session(ScopeId),
    /// One user, in all of their sessions.
    User(ScopeId),
}

impl CacheScope {
    /// The scope of the session `id`.
    pub fn session(id: impl Into<ScopeId>) -> Self {
        Self::Session(id.into())
    }

    /// The scope of the user `id`.
    pub fn user(id: impl Into<ScopeId>) -> Self {
        Self::User(id.into())
    }

    /// Returns the cache type whose values live in this scope.
    #[must_use]
    pub const fn cache_type(&self) -> CacheType {
        match self {
            Self::Global => CacheType::Global,
            Self::Session(_) => CacheType::Session,
            Self::User(_) => CacheType::User,
        }
    }

    /// Returns the id of the session or user; `None` for the global scope.
    #[inline]
    #[must_use]
    pub const fn id(&self) -> Option<&ScopeId> {
        match self {
            Self::Global => None,
            Self::Session(id) | Self::User(id) => Some(id),
        }
    }

    /// Returns a hash of the kind and the id, which hashes no text: that was done when the id was
    /// made.
    ///
    /// A user and a session with the same id never share it. Like [`ScopeId::hash64`], it means
    /// nothing in another process.
    #[inline]
    #[must_use]
    pub fn hash64(&self) -> u64 {
        match self {
            Self::Global => GLOBAL,
            Self::Session(id) => id.hash64() ^ SESSION,
            Self::User(id) => id.hash64() ^ USER,
        }
    }

    /// Returns the place where a store keeps what it found for this scope; `None` for the global
    /// scope, which carries nothing.
    ///
    /// A user and a session with the same id have two. See [`ScopeMemo`] for its rules.
    #[inline]
    #[must_use]
    pub fn memo(&self) -> Option<&ScopeMemo> {
        match self {
            Self::Global => None,
            Self::Session(id) => Some(id.session_memo()),
            Self::User(id) => Some(id.user_memo()),
        }
    }
}

impl Hash for CacheScope {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash64());
    }
}

impl fmt::Display for CacheScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Session(id) => write!(f, "session {id}"),
            Self::User(id) => write!(f, "user {id}"),
        }
    }
}

// The kind is mixed in with an exclusive or, so that no two kinds share a hash for one id. The
// numbers are the first digits of the fraction of pi: any with bits all over would do.
const GLOBAL: u64 = 0x243f_6a88_85a3_08d3;
const SESSION: u64 = 0x1319_8a2e_0370_7344;
const USER: u64 = 0xa409_3822_299f_31d0;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn kinds_with_one_id_differ() {
        let id = ScopeId::from("x");
        let (user, session) = (CacheScope::User(id.clone()), CacheScope::Session(id));
        assert_ne!(user, session);
        assert_ne!(user.hash64(), session.hash64());
    }

    #[test]
    fn kinds_with_one_id_have_two_memos() {
        let id = ScopeId::from("x");
        let (user, session) = (CacheScope::User(id.clone()), CacheScope::Session(id));
        assert!(user.memo().unwrap().set(1, Arc::new("user")));
        assert!(session.memo().unwrap().get(1).is_none());
        assert!(user.clone().memo().unwrap().get(1).is_some());
        assert!(CacheScope::Global.memo().is_none());
    }

    #[test]
    fn accessors_say_kind_and_id() {
        assert_eq!(CacheScope::Global.cache_type(), CacheType::Global);
        assert_eq!(CacheScope::Global.id(), None);
        assert_eq!(CacheScope::user("ada").cache_type(), CacheType::User);
        assert_eq!(CacheScope::user("ada").id(), Some(&ScopeId::from("ada")));
        assert_eq!(CacheScope::session("s1").cache_type(), CacheType::Session);
        assert_eq!(CacheScope::session("s1").id(), Some(&ScopeId::from("s1")));
    }

    #[test]
    fn display_shows_kind_and_tag() {
        let id = ScopeId::from("ada");
        assert_eq!(
            CacheScope::User(id.clone()).to_string(),
            format!("user {id}")
        );
        assert_eq!(
            CacheScope::Session(id.clone()).to_string(),
            format!("session {id}")
        );
        assert_eq!(CacheScope::Global.to_string(), "global");
    }
}
