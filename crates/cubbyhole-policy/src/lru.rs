//! The policy that keeps the values used last.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::max_size::MaxSize;
use crate::options::PolicyOptions;
use crate::policy::CachePolicy;

/// Keep the `max_size` values used last, and evict the least recently used first.
///
/// Serialized as [`CachePolicy`] describes, with `"policy": "lru"`.
///
/// ```
/// use cubbyhole_policy::{CacheType, LruPolicy};
///
/// # fn main() -> Result<(), cubbyhole_policy::PolicyError> {
/// let policy = LruPolicy::new(100)?.with_cache_type(CacheType::Session);
/// assert_eq!(policy.max_size(), 100);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct LruPolicy {
    max_size: MaxSize,
    cache_type: CacheType,
    options: PolicyOptions,
}

impl LruPolicy {
    /// How many values are kept when nothing is said.
    pub const DEFAULT_MAX_SIZE: usize = 10;

    /// Returns a policy that keeps `max_size` values in each scope, global unless changed.
    ///
    /// # Errors
    ///
    /// [`PolicyError::InvalidMaxSize`] if `max_size` is 0.
    pub fn new(max_size: usize) -> Result<Self, PolicyError> {
        MaxSize::new(max_size).map(Self::of)
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
        options.check_for(PolicyKind::Lru)?;
        self.options = options;
        Ok(self)
    }

    /// Returns how many values are kept in each scope; at least 1.
    #[must_use]
    pub const fn max_size(&self) -> usize {
        self.max_size.get()
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

    pub(crate) const fn of(max_size: MaxSize) -> Self {
        Self {
            max_size,
            cache_type: CacheType::Global,
            options: PolicyOptions::new(),
        }
    }
}

/// Shows the options that are set beside the parameters, as the serialized form has them.
impl fmt::Debug for LruPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LruPolicy");
        shown
            .field("max_size", &self.max_size)
            .field("cache_type", &self.cache_type);
        self.options.show_in(&mut shown);
        shown.finish()
    }
}

impl Default for LruPolicy {
    /// Returns a global LRU of [`DEFAULT_MAX_SIZE`](Self::DEFAULT_MAX_SIZE).
    fn default() -> Self {
        Self::of(MaxSize::DEFAULT)
    }
}

impl TryFrom<CachePolicy> for LruPolicy {
    type Error = PolicyError;

    fn try_from(policy: CachePolicy) -> Result<Self, Self::Error> {
        match policy {
            CachePolicy::Lru(policy) => Ok(policy),
            other => Err(other.instead_of(PolicyKind::Lru)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn sizes_from_one_to_the_largest_are_kept() {
        for max_size in [1, 2, 10, usize::MAX] {
            assert_eq!(LruPolicy::new(max_size).unwrap().max_size(), max_size);
        }
    }

    #[test]
    fn zero_is_refused() {
        let error = LruPolicy::new(0).unwrap_err();
        assert_eq!(
            error,
            PolicyError::InvalidMaxSize {
                given: "0".to_owned()
            }
        );
    }

    #[test]
    fn default_is_a_global_lru_of_ten() {
        assert_eq!(LruPolicy::default(), LruPolicy::new(10).unwrap());
        assert_eq!(LruPolicy::default().max_size(), LruPolicy::DEFAULT_MAX_SIZE);
        assert_eq!(LruPolicy::default().cache_type(), CacheType::Global);
    }

    #[test]
    fn serialized_form_has_the_tag() {
        let policy = LruPolicy::new(3).unwrap().with_cache_type(CacheType::User);
        let json = r#"{"policy":"lru","cache_type":"user","max_size":3}"#;
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        assert_eq!(serde_json::from_str::<LruPolicy>(json).unwrap(), policy);
    }

    #[test]
    fn bare_cache_type_is_an_lru_of_that_type() {
        let expected = LruPolicy::default().with_cache_type(CacheType::Session);
        let policy: LruPolicy = serde_json::from_str(r#""session""#).unwrap();
        assert_eq!(policy, expected);
    }

    #[test]
    fn another_policy_is_refused() {
        let error = LruPolicy::try_from(CachePolicy::keep_all()).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"policy cannot be "keep-all" here: expected "lru""#
        );
    }

    #[test]
    fn options_are_kept_and_replaced_as_a_whole() {
        let ttl = PolicyOptions::new().with_ttl(Duration::from_secs(60));
        let policy = LruPolicy::new(3).unwrap().with_options(ttl).unwrap();
        let policy = policy.with_cache_type(CacheType::User);
        assert_eq!((policy.max_size(), policy.options()), (3, &ttl));
        let few = PolicyOptions::new().with_max_computations(2);
        assert_eq!(policy.with_options(few).unwrap().options(), &few);
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        let options = PolicyOptions::new().with_jitter(Duration::from_secs(60));
        let error = LruPolicy::default().with_options(options).unwrap_err();
        let expected = PolicyError::UnmetRequirement {
            policy: "lru",
            field: "jitter",
            given: Duration::from_secs(60),
            required: vec!["ttl"],
        };
        assert_eq!(error, expected);
    }
}
