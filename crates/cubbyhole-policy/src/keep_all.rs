//! The policy that keeps everything.

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::policy::CachePolicy;

/// Keep every value until it is deleted or cleared.
///
/// Serialized as [`CachePolicy`] describes, with `"policy": "keep-all"`.
///
/// ```
/// use cubbyhole_policy::{CacheType, KeepAllPolicy};
///
/// let policy = KeepAllPolicy::new().with_cache_type(CacheType::Session);
/// assert_eq!(policy.cache_type(), CacheType::Session);
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct KeepAllPolicy {
    pub(crate) cache_type: CacheType,
}

impl KeepAllPolicy {
    /// Returns a policy that keeps every value in each scope, global unless changed.
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

    /// Returns whose the cached values are.
    #[must_use]
    pub const fn cache_type(&self) -> CacheType {
        self.cache_type
    }
}

impl TryFrom<CachePolicy> for KeepAllPolicy {
    type Error = PolicyError;

    fn try_from(policy: CachePolicy) -> Result<Self, Self::Error> {
        match policy {
            CachePolicy::KeepAll(policy) => Ok(policy),
            other => Err(other.instead_of(PolicyKind::KeepAll)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_is_global() {
        assert_eq!(KeepAllPolicy::default(), KeepAllPolicy::new());
        assert_eq!(KeepAllPolicy::new().cache_type(), CacheType::Global);
    }

    #[test]
    fn serialized_form_has_the_tag() {
        let policy = KeepAllPolicy::new().with_cache_type(CacheType::User);
        let json = r#"{"policy":"keep-all","cache_type":"user"}"#;
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        assert_eq!(serde_json::from_str::<KeepAllPolicy>(json).unwrap(), policy);
    }

    #[test]
    fn another_policy_is_refused() {
        let error = KeepAllPolicy::try_from(CachePolicy::most_recent()).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"policy cannot be "most-recent" here: expected "keep-all""#
        );
    }
}
