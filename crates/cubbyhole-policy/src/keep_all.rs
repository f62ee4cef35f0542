//! The policy that keeps everything.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::options::PolicyOptions;
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
#[derive(Clone, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct KeepAllPolicy {
    cache_type: CacheType,
    options: PolicyOptions,
}

impl KeepAllPolicy {
    /// Returns a policy that keeps every value in each scope, global unless changed.
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
    /// [`PolicyError`] if an option is about expiry, has a value that it cannot have, or lacks one that
    /// it needs; [`PolicyOptions`] lists the rules.
    pub fn with_options(mut self, options: PolicyOptions) -> Result<Self, PolicyError> {
        options.check_for(PolicyKind::KeepAll)?;
        self.options = options;
        Ok(self)
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
}

/// Shows the options that are set beside the parameters, as the serialized form has them.
impl fmt::Debug for KeepAllPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("KeepAllPolicy");
        shown.field("cache_type", &self.cache_type);
        self.options.show_in(&mut shown);
        shown.finish()
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
    use std::time::Duration;

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

    #[test]
    fn options_are_kept_and_those_about_expiry_are_refused() {
        let few = PolicyOptions::new().with_max_computations(2);
        let policy = KeepAllPolicy::new().with_options(few).unwrap();
        let policy = policy.with_cache_type(CacheType::User);
        assert_eq!(policy.options(), &few);
        let timed = few.with_ttl(Duration::from_secs(60));
        let expected = PolicyError::MisplacedField {
            policy: "keep-all",
            field: "ttl",
        };
        assert_eq!(policy.with_options(timed), Err(expected));
    }
}
