//! The policy that keeps the one value used last.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::max_size::MaxSize;
use crate::options::PolicyOptions;
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
#[derive(Clone, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct MostRecentPolicy {
    cache_type: CacheType,
    options: PolicyOptions,
}

impl MostRecentPolicy {
    /// Returns a policy that keeps one value in each scope, global unless changed.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cache_type: CacheType::Global,
            options: PolicyOptions::new(),
        }
    }

    /// Returns this policy with another cache type.
    #[must_use]
    pub const fn with_cache_type(mut self, cache_type: CacheType) -> Self {
        self.cache_type = cache_type;
        self
    }

    /// Returns this policy with these options, in place of all that it had.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if an option has a value that it cannot have, does not go with another one, or
    /// lacks one that it needs; [`PolicyOptions`] lists the rules.
    pub fn with_options(mut self, options: PolicyOptions) -> Result<Self, PolicyError> {
        options.check_for(PolicyKind::MostRecent)?;
        self.options = options;
        Ok(self)
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

    /// Returns how values are kept and loaded.
    #[must_use]
    pub const fn options(&self) -> &PolicyOptions {
        &self.options
    }

    /// Refuses a `max_size` in the input that says anything but what the policy does.
    pub(crate) fn check_max_size(max_size: MaxSize) -> Result<(), PolicyError> {
        match max_size.get() {
            1 => Ok(()),
            given => Err(PolicyError::InvalidMostRecentMaxSize { given }),
        }
    }
}

/// Shows the options that are set beside the parameters, as the serialized form has them.
impl fmt::Debug for MostRecentPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("MostRecentPolicy");
        shown.field("cache_type", &self.cache_type);
        self.options.show_in(&mut shown);
        shown.finish()
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
    use std::time::Duration;

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

    #[test]
    fn options_are_kept_and_those_that_cannot_be_are_refused() {
        let ttl = PolicyOptions::new().with_ttl(Duration::from_secs(60));
        let policy = MostRecentPolicy::new().with_options(ttl).unwrap();
        let policy = policy.with_cache_type(CacheType::User);
        assert_eq!(policy.options(), &ttl);
        let idle = ttl.with_time_to_idle(Duration::from_secs(60));
        assert_eq!(
            policy.with_options(idle).unwrap_err().to_string(),
            r#"time_to_idle of policy "most-recent" cannot be 60s: expected less than 60s (ttl)"#
        );
    }
}
