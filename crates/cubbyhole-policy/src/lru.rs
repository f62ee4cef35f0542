//! The policy that keeps the values used last.

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::max_size::MaxSize;
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
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct LruPolicy {
    pub(crate) max_size: MaxSize,
    pub(crate) cache_type: CacheType,
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
        Ok(Self {
            max_size: MaxSize::new(max_size)?,
            cache_type: CacheType::default(),
        })
    }

    /// Returns this policy with another cache type.
    #[must_use]
    pub const fn with_cache_type(mut self, cache_type: CacheType) -> Self {
        self.cache_type = cache_type;
        self
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
}

impl Default for LruPolicy {
    /// Returns a global LRU of [`DEFAULT_MAX_SIZE`](Self::DEFAULT_MAX_SIZE).
    fn default() -> Self {
        Self {
            max_size: MaxSize::DEFAULT,
            cache_type: CacheType::default(),
        }
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
}
