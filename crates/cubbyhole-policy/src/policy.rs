//! A policy of any kind.

use std::time::Duration;

use crate::cache_type::CacheType;
use crate::error::PolicyError;
use crate::keep_all::KeepAllPolicy;
use crate::kind::PolicyKind;
use crate::lru::LruPolicy;
use crate::most_recent::MostRecentPolicy;
use crate::options::PolicyOptions;
use crate::ttl::TtlPolicy;

/// How many values a cache keeps, for how long, and whose they are.
///
/// The default is a global LRU of [`DEFAULT_MAX_SIZE`](LruPolicy::DEFAULT_MAX_SIZE).
///
/// # Serialized form
///
/// A map with the field `policy` and the parameters of that policy, in any order:
///
/// | field | value | when it is left out |
/// | --- | --- | --- |
/// | `policy` | `"lru"`, `"most-recent"`, `"keep-all"` or `"ttl"` | an error |
/// | `cache_type` | `"global"`, `"session"` or `"user"` | `"global"` |
/// | `max_size`, of `lru` | a whole number of at least 1 | 10 |
/// | `ttl` | a duration; not of `keep-all` | an error for `ttl`, otherwise no ttl |
/// | `time_to_idle` | a duration; not of `keep-all` | idle values stay |
/// | `jitter` | a duration; not of `keep-all` | nothing is taken off the ttl |
/// | `refresh_after` | a duration | values are fresh until they expire |
/// | `stale_if_error` | a duration; not of `keep-all` | no value is served beyond its ttl |
/// | `retry_after` | a duration | no back-off |
/// | `negative_ttl` | a duration | no failure or negative answer is remembered |
/// | `soft_timeout` | a duration; not of `keep-all` | who waits, waits for the computation |
/// | `hard_timeout` | a duration | no computation is given up |
/// | `max_computations` | a whole number of at least 1 | no bound |
///
/// A duration is a number of seconds, or text as [`TtlPolicy::parse`] reads it. From `ttl` on, the
/// fields are the [`PolicyOptions`] of the policy; which of them go together is said there. They
/// are written in this order, those that are set.
///
/// In place of a map, the bare name of a cache type means an LRU of that type and the default size.
/// `most-recent` tolerates a `max_size` of 1. Unknown fields (the error asks whether a similar one
/// was meant), fields of another policy and duplicate fields are errors (a format that drops duplicates before they get here, such as
/// `serde_json::Value`, hides them).
///
/// A duration is kept to the nanosecond, both ways. Whole seconds are written as an integer and
/// fractions as a decimal number, as long as every reader of 64-bit floats and 64-bit signed
/// integers gets the same duration back; anything else as text, such as `"9000000s1ns"`. A number
/// that is read is rounded to the nearest nanosecond, and is an error if that is zero.
///
/// The format must describe itself, as JSON, TOML and YAML do.
///
/// ```
/// use cubbyhole_policy::{CachePolicy, CacheType, LruPolicy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shared: CachePolicy = serde_json::from_str(r#"{"policy": "keep-all"}"#)?;
/// assert_eq!(shared, CachePolicy::keep_all());
///
/// let personal: CachePolicy = serde_json::from_str(r#""user""#)?;
/// assert_eq!(personal, LruPolicy::default().with_cache_type(CacheType::User).into());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CachePolicy {
    /// Keep the values used last.
    Lru(LruPolicy),
    /// Keep the one value used last.
    MostRecent(MostRecentPolicy),
    /// Keep every value until it is deleted.
    KeepAll(KeepAllPolicy),
    /// Keep each value for a time.
    Ttl(TtlPolicy),
}

impl CachePolicy {
    /// Returns a global policy that keeps the `max_size` values used last.
    ///
    /// # Errors
    ///
    /// [`PolicyError::InvalidMaxSize`] if `max_size` is 0.
    pub fn lru(max_size: usize) -> Result<Self, PolicyError> {
        LruPolicy::new(max_size).map(Self::Lru)
    }

    /// Returns a global policy that keeps the one value used last.
    #[must_use]
    pub const fn most_recent() -> Self {
        Self::MostRecent(MostRecentPolicy::new())
    }

    /// Returns a global policy that keeps every value until it is deleted.
    #[must_use]
    pub const fn keep_all() -> Self {
        Self::KeepAll(KeepAllPolicy::new())
    }

    /// Returns a global policy that keeps each value for `ttl` after it was last set.
    ///
    /// # Errors
    ///
    /// [`PolicyError::InvalidDuration`] if `ttl` is zero.
    pub fn ttl(ttl: Duration) -> Result<Self, PolicyError> {
        TtlPolicy::new(ttl).map(Self::Ttl)
    }

    /// Returns this policy with another cache type.
    #[must_use]
    pub fn with_cache_type(self, cache_type: CacheType) -> Self {
        match self {
            Self::Lru(policy) => Self::Lru(policy.with_cache_type(cache_type)),
            Self::MostRecent(policy) => Self::MostRecent(policy.with_cache_type(cache_type)),
            Self::KeepAll(policy) => Self::KeepAll(policy.with_cache_type(cache_type)),
            Self::Ttl(policy) => Self::Ttl(policy.with_cache_type(cache_type)),
        }
    }

    /// Returns this policy with these options, in place of all that it had.
    ///
    /// A ttl among the options of a policy `ttl` becomes the ttl of that policy; without one, its own
    /// stays.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the policy does not take an option, or if one has a value that it cannot
    /// have, does not go with another one, or lacks one that it needs; [`PolicyOptions`] lists the
    /// rules.
    pub fn with_options(self, options: PolicyOptions) -> Result<Self, PolicyError> {
        match self {
            Self::Lru(policy) => policy.with_options(options).map(Self::Lru),
            Self::MostRecent(policy) => policy.with_options(options).map(Self::MostRecent),
            Self::KeepAll(policy) => policy.with_options(options).map(Self::KeepAll),
            Self::Ttl(policy) => policy.with_options(options).map(Self::Ttl),
        }
    }

    /// Returns whose the cached values are.
    #[must_use]
    pub const fn cache_type(&self) -> CacheType {
        match self {
            Self::Lru(policy) => policy.cache_type(),
            Self::MostRecent(policy) => policy.cache_type(),
            Self::KeepAll(policy) => policy.cache_type(),
            Self::Ttl(policy) => policy.cache_type(),
        }
    }

    /// Returns how values are kept and loaded.
    #[must_use]
    pub const fn options(&self) -> &PolicyOptions {
        match self {
            Self::Lru(policy) => policy.options(),
            Self::MostRecent(policy) => policy.options(),
            Self::KeepAll(policy) => policy.options(),
            Self::Ttl(policy) => policy.options(),
        }
    }

    /// Returns how long after it was set a value expires: the ttl of a policy `ttl`, or else that of
    /// the options.
    #[must_use]
    pub const fn time_to_live(&self) -> Option<Duration> {
        match self {
            Self::Ttl(policy) => Some(policy.ttl()),
            Self::Lru(_) | Self::MostRecent(_) | Self::KeepAll(_) => self.options().ttl(),
        }
    }

    /// Returns the serialized name: `lru`, `most-recent`, `keep-all` or `ttl`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    pub(crate) const fn kind(&self) -> PolicyKind {
        match self {
            Self::Lru(_) => PolicyKind::Lru,
            Self::MostRecent(_) => PolicyKind::MostRecent,
            Self::KeepAll(_) => PolicyKind::KeepAll,
            Self::Ttl(_) => PolicyKind::Ttl,
        }
    }

    /// Returns the error for a place that takes only `expected`.
    pub(crate) const fn instead_of(&self, expected: PolicyKind) -> PolicyError {
        PolicyError::OtherPolicy {
            given: self.name(),
            expected: expected.name(),
        }
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self::Lru(LruPolicy::default())
    }
}

impl From<LruPolicy> for CachePolicy {
    fn from(policy: LruPolicy) -> Self {
        Self::Lru(policy)
    }
}

impl From<MostRecentPolicy> for CachePolicy {
    fn from(policy: MostRecentPolicy) -> Self {
        Self::MostRecent(policy)
    }
}

impl From<KeepAllPolicy> for CachePolicy {
    fn from(policy: KeepAllPolicy) -> Self {
        Self::KeepAll(policy)
    }
}

impl From<TtlPolicy> for CachePolicy {
    fn from(policy: TtlPolicy) -> Self {
        Self::Ttl(policy)
    }
}

/// A cache type alone means an LRU of that type and the default size.
impl From<CacheType> for CachePolicy {
    fn from(cache_type: CacheType) -> Self {
        Self::Lru(LruPolicy::default().with_cache_type(cache_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> [(&'static str, CachePolicy); 4] {
        [
            ("lru", CachePolicy::lru(3).unwrap()),
            ("most-recent", CachePolicy::most_recent()),
            ("keep-all", CachePolicy::keep_all()),
            ("ttl", CachePolicy::ttl(Duration::from_secs(3600)).unwrap()),
        ]
    }

    #[test]
    fn every_policy_has_its_name_and_is_global_at_first() {
        for (name, policy) in one_of_each() {
            assert_eq!(policy.name(), name);
            assert_eq!(policy.cache_type(), CacheType::Global);
        }
    }

    #[test]
    fn the_cache_type_changes_and_nothing_else() {
        for (_, policy) in one_of_each() {
            for cache_type in CacheType::ALL {
                let changed = policy.clone().with_cache_type(cache_type);
                assert_eq!(changed.cache_type(), cache_type);
                assert_eq!(changed.with_cache_type(CacheType::Global), policy);
            }
        }
    }

    #[test]
    fn debug_shows_plain_values() {
        let policy = CachePolicy::lru(3).unwrap();
        let shown = "Lru(LruPolicy { max_size: 3, cache_type: Global })";
        assert_eq!(format!("{policy:?}"), shown);
        let policy = CachePolicy::ttl(Duration::from_secs(90)).unwrap();
        let shown = "Ttl(TtlPolicy { ttl: 90s, cache_type: Global })";
        assert_eq!(format!("{policy:?}"), shown);
    }

    #[test]
    fn debug_shows_options_that_are_set() {
        let options = PolicyOptions::new()
            .with_ttl(Duration::from_secs(60))
            .with_max_computations(4);
        let shown = |policy: CachePolicy| format!("{:?}", policy.with_options(options).unwrap());
        assert_eq!(
            shown(CachePolicy::lru(3).unwrap()),
            "Lru(LruPolicy { max_size: 3, cache_type: Global, ttl: 60s, max_computations: 4 })"
        );
        assert_eq!(
            shown(CachePolicy::most_recent()),
            "MostRecent(MostRecentPolicy { cache_type: Global, ttl: 60s, max_computations: 4 })"
        );
        assert_eq!(
            shown(CachePolicy::ttl(Duration::from_secs(90)).unwrap()),
            "Ttl(TtlPolicy { ttl: 60s, cache_type: Global, max_computations: 4 })"
        );
        let few = PolicyOptions::new().with_max_computations(4);
        assert_eq!(
            format!("{:?}", CachePolicy::keep_all().with_options(few).unwrap()),
            "KeepAll(KeepAllPolicy { cache_type: Global, max_computations: 4 })"
        );
    }

    #[test]
    fn options_survive_a_change_of_the_cache_type_and_conversions() {
        let options = PolicyOptions::new()
            .with_negative_ttl(Duration::from_secs(5))
            .with_max_computations(4);
        for (_, policy) in one_of_each() {
            let policy = policy.with_options(options).unwrap();
            assert_eq!(policy.options(), &options);
            let changed = policy.with_cache_type(CacheType::User);
            assert_eq!(changed.options(), &options);
            let through: CachePolicy = match changed.clone() {
                it @ CachePolicy::Lru(_) => LruPolicy::try_from(it).unwrap().into(),
                it @ CachePolicy::MostRecent(_) => MostRecentPolicy::try_from(it).unwrap().into(),
                it @ CachePolicy::KeepAll(_) => KeepAllPolicy::try_from(it).unwrap().into(),
                it @ CachePolicy::Ttl(_) => TtlPolicy::try_from(it).unwrap().into(),
            };
            assert_eq!(through, changed);
        }
    }

    #[test]
    fn without_options_there_are_none() {
        for (_, policy) in one_of_each() {
            assert!(policy.options().is_empty());
            let few = PolicyOptions::new().with_max_computations(4);
            let changed = policy.clone().with_options(few).unwrap();
            assert_ne!(changed, policy);
            assert_eq!(changed.with_options(PolicyOptions::new()), Ok(policy));
        }
    }

    #[test]
    fn time_to_live_is_a_parameter_or_an_option() {
        let minute = Duration::from_secs(60);
        let timed = PolicyOptions::new().with_ttl(minute);
        for (name, policy) in one_of_each() {
            let own = (name == "ttl").then_some(Duration::from_secs(3600));
            assert_eq!(policy.time_to_live(), own);
            let Ok(policy) = policy.with_options(timed) else {
                assert_eq!(name, "keep-all");
                continue;
            };
            assert_eq!(policy.time_to_live(), Some(minute));
            let option = (name != "ttl").then_some(minute);
            assert_eq!(policy.options().ttl(), option);
        }
    }

    #[test]
    fn bad_parameters_are_refused() {
        assert!(CachePolicy::lru(0).is_err());
        assert!(CachePolicy::ttl(Duration::ZERO).is_err());
    }

    #[test]
    fn default_is_a_global_lru_of_ten() {
        assert_eq!(CachePolicy::default(), CachePolicy::lru(10).unwrap());
    }

    #[test]
    fn a_cache_type_is_an_lru_of_ten() {
        let expected = CachePolicy::lru(10)
            .unwrap()
            .with_cache_type(CacheType::User);
        assert_eq!(CachePolicy::from(CacheType::User), expected);
    }

    #[test]
    fn each_policy_goes_in_and_comes_out() {
        let [(_, lru), (_, most_recent), (_, keep_all), (_, ttl)] = one_of_each();
        let out = LruPolicy::try_from(lru.clone()).unwrap();
        assert_eq!(CachePolicy::from(out), lru);
        let out = MostRecentPolicy::try_from(most_recent.clone()).unwrap();
        assert_eq!(CachePolicy::from(out), most_recent);
        let out = KeepAllPolicy::try_from(keep_all.clone()).unwrap();
        assert_eq!(CachePolicy::from(out), keep_all);
        let out = TtlPolicy::try_from(ttl.clone()).unwrap();
        assert_eq!(CachePolicy::from(out), ttl);
    }
}
