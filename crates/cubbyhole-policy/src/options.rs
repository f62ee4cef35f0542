//! How a value is kept and loaded, whichever policy says how many there are.

mod rules;

use std::fmt::{self, DebugStruct};
use std::time::Duration;

use crate::field::{CountField, DurationField};

/// How a value is kept and loaded: what most policies can be told besides their own parameters.
///
/// Every option may be left out, and none is set at first. The setters take any value; whether all
/// of it makes sense together, and for the policy, is checked at once by
/// [`CachePolicy::with_options`](crate::CachePolicy::with_options), and by the deserializer of a
/// policy in the same way. Each duration is at least a nanosecond.
///
/// | option | `lru`, `most-recent` | `ttl` | `keep-all` | needs | shorter than |
/// | --- | --- | --- | --- | --- | --- |
/// | [`ttl`](Self::ttl) | yes | replaces its own | no | | |
/// | [`time_to_idle`](Self::time_to_idle) | yes | yes | no | | ttl |
/// | [`jitter`](Self::jitter) | yes | yes | no | ttl | ttl, less `refresh_after` |
/// | [`refresh_after`](Self::refresh_after) | yes | yes | yes | | ttl |
/// | [`stale_if_error`](Self::stale_if_error) | yes | yes | no | ttl | |
/// | [`retry_after`](Self::retry_after) | yes | yes | yes | `stale_if_error` or `refresh_after` | |
/// | [`negative_ttl`](Self::negative_ttl) | yes | yes | yes | | |
/// | [`soft_timeout`](Self::soft_timeout) | yes | yes | no | `stale_if_error` | `hard_timeout` |
/// | [`hard_timeout`](Self::hard_timeout) | yes | yes | yes | | |
/// | [`max_computations`](Self::max_computations) | yes | yes | yes | | |
///
/// Here "ttl" is the option or, for the policy `ttl`, its own parameter; what an option must be
/// shorter than counts only where that is given.
///
/// ```
/// use std::time::Duration;
///
/// use cubbyhole_policy::{CachePolicy, PolicyOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// const OPTIONS: PolicyOptions = PolicyOptions::new()
///     .with_ttl(Duration::from_secs(3600))
///     .with_refresh_after(Duration::from_secs(600));
/// let policy = CachePolicy::lru(100)?.with_options(OPTIONS)?;
/// assert_eq!(policy.time_to_live(), Some(Duration::from_secs(3600)));
///
/// let json = r#"{"policy":"lru","max_size":100,"ttl":"1h","refresh_after":"10m"}"#;
/// assert_eq!(serde_json::from_str::<CachePolicy>(json)?, policy);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct PolicyOptions {
    ttl: Option<Duration>,
    time_to_idle: Option<Duration>,
    jitter: Option<Duration>,
    refresh_after: Option<Duration>,
    stale_if_error: Option<Duration>,
    retry_after: Option<Duration>,
    negative_ttl: Option<Duration>,
    soft_timeout: Option<Duration>,
    hard_timeout: Option<Duration>,
    max_computations: Option<usize>,
}

impl PolicyOptions {
    /// Returns options of which none is set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            ttl: None,
            time_to_idle: None,
            jitter: None,
            refresh_after: None,
            stale_if_error: None,
            retry_after: None,
            negative_ttl: None,
            soft_timeout: None,
            hard_timeout: None,
            max_computations: None,
        }
    }

    /// Sets how long after it was set a value expires, besides the bound by count.
    #[must_use]
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets after how long without being read or set a value expires; its ttl ends it all the same.
    #[must_use]
    pub const fn with_time_to_idle(mut self, time_to_idle: Duration) -> Self {
        self.time_to_idle = Some(time_to_idle);
        self
    }

    /// Sets the most that is taken off the ttl of a value.
    #[must_use]
    pub const fn with_jitter(mut self, jitter: Duration) -> Self {
        self.jitter = Some(jitter);
        self
    }

    /// Sets for how long a value is fresh.
    #[must_use]
    pub const fn with_refresh_after(mut self, refresh_after: Duration) -> Self {
        self.refresh_after = Some(refresh_after);
        self
    }

    /// Sets for how long beyond its ttl a value may be served in place of an error.
    #[must_use]
    pub const fn with_stale_if_error(mut self, stale_if_error: Duration) -> Self {
        self.stale_if_error = Some(stale_if_error);
        self
    }

    /// Sets the back-off after the first failed computation.
    #[must_use]
    pub const fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// Sets for how long a failed computation or a negative answer is remembered.
    #[must_use]
    pub const fn with_negative_ttl(mut self, negative_ttl: Duration) -> Self {
        self.negative_ttl = Some(negative_ttl);
        self
    }

    /// Sets after how long who waits for a computation gets the old value.
    #[must_use]
    pub const fn with_soft_timeout(mut self, soft_timeout: Duration) -> Self {
        self.soft_timeout = Some(soft_timeout);
        self
    }

    /// Sets after how long a computation is given up.
    #[must_use]
    pub const fn with_hard_timeout(mut self, hard_timeout: Duration) -> Self {
        self.hard_timeout = Some(hard_timeout);
        self
    }

    /// Sets how many computations may run at the same time.
    #[must_use]
    pub const fn with_max_computations(mut self, max_computations: usize) -> Self {
        self.max_computations = Some(max_computations);
        self
    }

    /// Returns how long after it was set a value expires, besides the bound by count.
    ///
    /// Of the options that a policy `ttl` has, this is always `None`: it is the policy's own
    /// parameter, which these options replaced.
    /// [`CachePolicy::time_to_live`](crate::CachePolicy::time_to_live) knows both.
    #[must_use]
    pub const fn ttl(&self) -> Option<Duration> {
        self.ttl
    }

    /// Returns after how long without being read or set a value expires.
    ///
    /// It never lengthens the life of a value past its ttl.
    #[must_use]
    pub const fn time_to_idle(&self) -> Option<Duration> {
        self.time_to_idle
    }

    /// Returns the most that is taken off the ttl of a value.
    ///
    /// The amount is drawn evenly for each value, from zero to this, so that values that were set
    /// together do not expire together. No value lives longer than its ttl.
    #[must_use]
    pub const fn jitter(&self) -> Option<Duration> {
        self.jitter
    }

    /// Returns for how long a value is fresh.
    ///
    /// Who asks later gets the old value at once, and one computation in the background refreshes
    /// it.
    #[must_use]
    pub const fn refresh_after(&self) -> Option<Duration> {
        self.refresh_after
    }

    /// Returns how long beyond its ttl an old value may be served, when its computation fails or is
    /// too slow.
    #[must_use]
    pub const fn stale_if_error(&self) -> Option<Duration> {
        self.stale_if_error
    }

    /// Returns the back-off after a failed computation, while an old value is served.
    ///
    /// It is this long at first and doubles with each failure, up to 64 times as long.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns for how long a failed computation, or an answer that the loader marks as negative,
    /// is remembered.
    ///
    /// Without it, neither is.
    #[must_use]
    pub const fn negative_ttl(&self) -> Option<Duration> {
        self.negative_ttl
    }

    /// Returns after how long who waits for a computation gets the old value.
    ///
    /// The computation goes on.
    #[must_use]
    pub const fn soft_timeout(&self) -> Option<Duration> {
        self.soft_timeout
    }

    /// Returns after how long a computation is given up.
    ///
    /// Who waits gets an error, or the old value, and the key is free again.
    #[must_use]
    pub const fn hard_timeout(&self) -> Option<Duration> {
        self.hard_timeout
    }

    /// Returns how many computations of one registry entry run at the same time, over all scopes.
    #[must_use]
    pub const fn max_computations(&self) -> Option<usize> {
        self.max_computations
    }

    /// Returns whether no option is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// Returns these options with the ttl taken out, for a policy that has one of its own.
    pub(crate) const fn without_ttl(mut self) -> Self {
        self.ttl = None;
        self
    }

    pub(crate) const fn duration(&self, field: DurationField) -> Option<Duration> {
        match field {
            DurationField::Ttl => self.ttl,
            DurationField::TimeToIdle => self.time_to_idle,
            DurationField::Jitter => self.jitter,
            DurationField::RefreshAfter => self.refresh_after,
            DurationField::StaleIfError => self.stale_if_error,
            DurationField::RetryAfter => self.retry_after,
            DurationField::NegativeTtl => self.negative_ttl,
            DurationField::SoftTimeout => self.soft_timeout,
            DurationField::HardTimeout => self.hard_timeout,
        }
    }

    pub(crate) const fn with_duration(self, field: DurationField, duration: Duration) -> Self {
        match field {
            DurationField::Ttl => self.with_ttl(duration),
            DurationField::TimeToIdle => self.with_time_to_idle(duration),
            DurationField::Jitter => self.with_jitter(duration),
            DurationField::RefreshAfter => self.with_refresh_after(duration),
            DurationField::StaleIfError => self.with_stale_if_error(duration),
            DurationField::RetryAfter => self.with_retry_after(duration),
            DurationField::NegativeTtl => self.with_negative_ttl(duration),
            DurationField::SoftTimeout => self.with_soft_timeout(duration),
            DurationField::HardTimeout => self.with_hard_timeout(duration),
        }
    }

    /// Shows the options that are set as fields of what has them.
    pub(crate) fn show_in(&self, shown: &mut DebugStruct<'_, '_>) {
        for field in DurationField::ALL {
            if let Some(duration) = self.duration(field) {
                shown.field(field.name(), &duration);
            }
        }
        if let Some(count) = self.max_computations {
            shown.field(CountField::MaxComputations.name(), &count);
        }
    }
}

/// Shows the options that are set, and no others.
impl fmt::Debug for PolicyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PolicyOptions");
        self.show_in(&mut shown);
        shown.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Getter = fn(&PolicyOptions) -> Option<Duration>;

    const GETTERS: [(DurationField, Getter); 9] = [
        (DurationField::Ttl, PolicyOptions::ttl),
        (DurationField::TimeToIdle, PolicyOptions::time_to_idle),
        (DurationField::Jitter, PolicyOptions::jitter),
        (DurationField::RefreshAfter, PolicyOptions::refresh_after),
        (DurationField::StaleIfError, PolicyOptions::stale_if_error),
        (DurationField::RetryAfter, PolicyOptions::retry_after),
        (DurationField::NegativeTtl, PolicyOptions::negative_ttl),
        (DurationField::SoftTimeout, PolicyOptions::soft_timeout),
        (DurationField::HardTimeout, PolicyOptions::hard_timeout),
    ];

    #[test]
    fn no_option_is_set_at_first() {
        let options = PolicyOptions::default();
        assert_eq!(options, PolicyOptions::new());
        assert!(options.is_empty());
        assert!(GETTERS.iter().all(|(_, get)| get(&options).is_none()));
        assert_eq!(options.max_computations(), None);
        assert_eq!(format!("{options:?}"), "PolicyOptions");
    }

    #[test]
    fn each_option_is_set_alone() {
        for (set, _) in GETTERS {
            let options = PolicyOptions::new().with_duration(set, Duration::MAX);
            assert!(!options.is_empty());
            for (field, get) in GETTERS {
                let expected = (field == set).then_some(Duration::MAX);
                assert_eq!(get(&options), expected, "{field:?} after {set:?}");
                assert_eq!(options.duration(field), expected);
            }
            assert_eq!(options.max_computations(), None);
        }
        let options = PolicyOptions::new().with_max_computations(0);
        assert!(!options.is_empty());
        assert_eq!(options.max_computations(), Some(0));
        assert!(GETTERS.iter().all(|(_, get)| get(&options).is_none()));
    }

    #[test]
    fn an_option_that_is_set_again_is_replaced() {
        for (field, get) in GETTERS {
            let options = PolicyOptions::new()
                .with_duration(field, Duration::MAX)
                .with_duration(field, Duration::ZERO);
            assert_eq!(get(&options), Some(Duration::ZERO), "{field:?}");
        }
    }

    #[test]
    fn debug_shows_what_is_set_in_the_order_of_the_serialized_form() {
        let options = PolicyOptions::new()
            .with_max_computations(4)
            .with_jitter(Duration::from_secs(5))
            .with_ttl(Duration::from_secs(60));
        let shown = "PolicyOptions { ttl: 60s, jitter: 5s, max_computations: 4 }";
        assert_eq!(format!("{options:?}"), shown);
    }
}
