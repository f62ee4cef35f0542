//! The policy that keeps each value for a time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cache_type::CacheType;
use crate::duration::PositiveDuration;
use crate::error::PolicyError;
use crate::field::DurationField;
use crate::kind::PolicyKind;
use crate::options::PolicyOptions;
use crate::policy::CachePolicy;

/// Keep each value for `ttl` after it was last set.
///
/// Serialized as [`CachePolicy`] describes, with `"policy": "ttl"`. There is no default: how long a
/// value stays true is for whoever caches it to say.
///
/// ```
/// use std::time::Duration;
///
/// use cubbyhole_policy::{CacheType, TtlPolicy};
///
/// # fn main() -> Result<(), cubbyhole_policy::PolicyError> {
/// let policy = TtlPolicy::new(Duration::from_secs(90))?.with_cache_type(CacheType::Session);
/// assert_eq!(policy.ttl(), Duration::from_secs(90));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "CachePolicy", into = "CachePolicy")]
pub struct TtlPolicy {
    ttl: PositiveDuration,
    cache_type: CacheType,
    options: PolicyOptions,
}

impl TtlPolicy {
    /// Returns a policy that keeps each value for `ttl`, global unless changed.
    ///
    /// Every duration but zero is accepted, up to [`Duration::MAX`].
    ///
    /// # Errors
    ///
    /// [`PolicyError::InvalidDuration`] if `ttl` is zero.
    pub fn new(ttl: Duration) -> Result<Self, PolicyError> {
        DurationField::Ttl.check(ttl).map(Self::of)
    }

    /// Returns a policy whose ttl is read from text such as `90s`, `1h30m`, `1.5h` or `250ms`.
    ///
    /// The text is one or more numbers, each with a unit: `w` (7 days), `d` (24 hours), `h`, `m`
    /// (minutes), `s`, `ms`, `us` or `µs`, `ns`. Units go from the longest to the shortest and
    /// occur once; numbers may have a decimal fraction of no less than a nanosecond; white space
    /// between numbers and units is ignored. What [`Duration`] prints as [`Debug`](std::fmt::Debug)
    /// is read back exactly.
    ///
    /// # Errors
    ///
    /// [`PolicyError::UnreadableDuration`] if `text` is not such a text,
    /// [`PolicyError::InvalidDuration`] if it comes to zero, less than zero, or 2^64 seconds and more.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use cubbyhole_policy::TtlPolicy;
    ///
    /// # fn main() -> Result<(), cubbyhole_policy::PolicyError> {
    /// assert_eq!(TtlPolicy::parse("1h30m")?.ttl(), Duration::from_secs(5400));
    /// # Ok(())
    /// # }
    /// ```
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        DurationField::Ttl.parse(text).map(Self::of)
    }

    /// Returns this policy with another cache type.
    #[must_use]
    pub const fn with_cache_type(mut self, cache_type: CacheType) -> Self {
        self.cache_type = cache_type;
        self
    }

    /// Returns this policy with these options, in place of all that it had.
    ///
    /// A ttl among them becomes the ttl of this policy; without one, its own stays.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if an option has a value that it cannot have, does not go with another one, or
    /// lacks one that it needs; [`PolicyOptions`] lists the rules.
    pub fn with_options(mut self, options: PolicyOptions) -> Result<Self, PolicyError> {
        let ttl = options.ttl().unwrap_or(self.ttl());
        options.with_ttl(ttl).check_for(PolicyKind::Ttl)?;
        self.ttl = DurationField::Ttl.check(ttl)?;
        self.options = options.without_ttl();
        Ok(self)
    }

    /// Returns how long a value is kept after it was last set; longer than zero.
    #[must_use]
    pub const fn ttl(&self) -> Duration {
        self.ttl.get()
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

    pub(crate) const fn of(ttl: PositiveDuration) -> Self {
        Self {
            ttl,
            cache_type: CacheType::Global,
            options: PolicyOptions::new(),
        }
    }
}

/// Shows the options that are set beside the parameters, as the serialized form has them.
impl fmt::Debug for TtlPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TtlPolicy");
        shown
            .field("ttl", &self.ttl)
            .field("cache_type", &self.cache_type);
        self.options.show_in(&mut shown);
        shown.finish()
    }
}

impl TryFrom<CachePolicy> for TtlPolicy {
    type Error = PolicyError;

    fn try_from(policy: CachePolicy) -> Result<Self, Self::Error> {
        match policy {
            CachePolicy::Ttl(policy) => Ok(policy),
            other => Err(other.instead_of(PolicyKind::Ttl)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_from_a_nanosecond_to_the_longest_are_kept() {
        for ttl in [
            Duration::from_nanos(1),
            Duration::from_secs(90),
            Duration::MAX,
        ] {
            assert_eq!(TtlPolicy::new(ttl).unwrap().ttl(), ttl);
        }
    }

    #[test]
    fn zero_is_refused() {
        let error = TtlPolicy::new(Duration::ZERO).unwrap_err();
        assert_eq!(
            error,
            PolicyError::InvalidDuration {
                field: "ttl",
                given: "0ns".to_owned()
            }
        );
    }

    #[test]
    fn serialized_form_has_the_tag() {
        let policy = TtlPolicy::parse("1m")
            .unwrap()
            .with_cache_type(CacheType::User);
        let json = r#"{"policy":"ttl","cache_type":"user","ttl":60}"#;
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        assert_eq!(serde_json::from_str::<TtlPolicy>(json).unwrap(), policy);
    }

    #[test]
    fn bare_cache_type_is_refused() {
        let error = serde_json::from_str::<TtlPolicy>(r#""user""#).unwrap_err();
        assert!(
            error.to_string().starts_with(
                r#"policy cannot be "lru" here: expected "ttl" (a bare cache type means "lru")"#
            ),
            "{error}"
        );
    }

    #[test]
    fn another_policy_is_refused() {
        let error = TtlPolicy::try_from(CachePolicy::keep_all()).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"policy cannot be "keep-all" here: expected "ttl""#
        );
    }

    #[test]
    fn options_are_kept_beside_its_ttl() {
        let idle = PolicyOptions::new().with_time_to_idle(Duration::from_secs(59));
        let policy = TtlPolicy::parse("1m").unwrap().with_options(idle).unwrap();
        let policy = policy.with_cache_type(CacheType::User);
        assert_eq!(policy.options(), &idle);
        assert_eq!(policy.ttl(), Duration::from_secs(60));
    }

    #[test]
    fn a_ttl_among_the_options_replaces_its_own() {
        let idle = PolicyOptions::new().with_time_to_idle(Duration::from_secs(119));
        let policy = TtlPolicy::parse("1m").unwrap();
        let longer = idle.with_ttl(Duration::from_secs(120));
        let policy = policy.with_options(longer).unwrap();
        assert_eq!(policy.ttl(), Duration::from_secs(120));
        assert_eq!(policy.options(), &idle);
        let expected = TtlPolicy::parse("2m").unwrap().with_options(idle);
        assert_eq!(Ok(policy), expected);
    }

    #[test]
    fn its_ttl_bounds_the_options() {
        let idle = PolicyOptions::new().with_time_to_idle(Duration::from_secs(60));
        let error = TtlPolicy::parse("1m").unwrap().with_options(idle);
        assert_eq!(
            error.unwrap_err().to_string(),
            r#"time_to_idle of policy "ttl" cannot be 60s: expected less than 60s (ttl)"#
        );
        let none = PolicyOptions::new().with_ttl(Duration::ZERO);
        let error = TtlPolicy::parse("1m").unwrap().with_options(none);
        let expected = PolicyError::InvalidDuration {
            field: "ttl",
            given: "0ns".to_owned(),
        };
        assert_eq!(error, Err(expected));
    }
}
