//! The policy that keeps the one value used last.

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::max_size::MaxSize;
use crate::policy::CachePolicy;

/// Keep only the value used last: an LRU of exactly 1.
///
/// Serialized as [`CachePolicy`] describes, with `"policy": "most-recent"`.
///
/// ```
/// use cubbyhole_policy::{CacheType, MostRecentPolicy};
///
/// let policy = MostRecentPolicy::new().with_cache_type(CacheType::Session);
/// assert_eq!(policy.max_size(), 1);
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct MostRecentPolicy {
    pub(crate) cache_type: CacheType,
}

impl MostRecentPolicy {
    /// Returns a policy that keeps one value in each scope, global unless changed.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cache_type: CacheType::Global,
        }
    }

    /// Returns this policy with another cache type.
    #[must_use]
    pub const fn with_cache_type(mut self, cache_type: CacheType) -> Self {
        self.cache_type = cache_type;
        self
    }

    /// Returns how many values are kept in each scope: 1.
    #[must_use]
    pub const fn max_size(&self) -> usize {
        1
    }

    /// Returns whose the cached values are.
    #[must_use]
    pub const fn cache_type(&self) -> CacheType {
        self.cache_type
    }

    /// Refuses a `max_size` in the input that says anything but what the policy does.
    pub(crate) fn check_max_size(max_size: MaxSize) -> Result<(), PolicyError> {
        match max_size.get() {
            1 => Ok(()),
            given => Err(PolicyError::InvalidMostRecentMaxSize { given }),
        }
    }
}

impl TryFrom<CachePolicy> for MostRecentPolicy {
    type Error = PolicyError;

    fn try_from(policy: CachePolicy) -> Result<Self, Self::Error> {
        match policy {
            CachePolicy::MostRecent(policy) => Ok(policy),
            other => Err(other.instead_of(PolicyKind::MostRecent)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_is_global_and_keeps_one() {
        assert_eq!(MostRecentPolicy::default(), MostRecentPolicy::new());
        assert_eq!(MostRecentPolicy::new().max_size(), 1);
        assert_eq!(MostRecentPolicy::new().cache_type(), CacheType::Global);
    }

    #[test]
    fn serialized_form_has_the_tag() {
        let policy = MostRecentPolicy::new().with_cache_type(CacheType::User);
        let json = r#"{"policy":"most-recent","cache_type":"user"}"#;
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        let read: MostRecentPolicy = serde_json::from_str(json).unwrap();
        assert_eq!(read, policy);
    }

    #[test]
    fn a_max_size_of_one_says_nothing_new() {
        let json = r#"{"policy":"most-recent","max_size":1}"#;
        let read: MostRecentPolicy = serde_json::from_str(json).unwrap();
        assert_eq!(read, MostRecentPolicy::new());
    }

    #[test]
    fn another_policy_is_refused() {
        let error = MostRecentPolicy::try_from(CachePolicy::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"policy cannot be "lru" here: expected "most-recent" (a bare cache type means "lru")"#
        );
    }
}
