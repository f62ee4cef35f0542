//! Which options a policy takes, and which of them go together.

use std::time::Duration;

use super::PolicyOptions;
use crate::error::PolicyError;
use crate::field::{CountField, DurationField};
use crate::kind::PolicyKind;

impl PolicyOptions {
    /// Refuses what cannot be the options of `policy`; the ttl of a policy `ttl` is among them here.
    pub(crate) fn check_for(&self, policy: PolicyKind) -> Result<(), PolicyError> {
        self.check_values()?;
        for (field, given) in self.durations() {
            Self::check_place(policy, field)?;
            self.check_requirement(policy, field, given)?;
        }
        self.check_limits(policy)
    }

    /// Refuses values that no policy takes.
    fn check_values(&self) -> Result<(), PolicyError> {
        for (field, given) in self.durations() {
            field.check(given)?;
        }
        if let Some(given) = self.max_computations {
            CountField::MaxComputations.check(given)?;
        }
        Ok(())
    }

    fn check_place(policy: PolicyKind, field: DurationField) -> Result<(), PolicyError> {
        if field.is_about_expiry() && policy == PolicyKind::KeepAll {
            return Err(PolicyError::MisplacedField {
                policy: policy.name(),
                field: field.name(),
            });
        }
        Ok(())
    }

    fn check_requirement(
        &self,
        policy: PolicyKind,
        field: DurationField,
        given: Duration,
    ) -> Result<(), PolicyError> {
        let required = field.required(policy);
        let met = required.iter().any(|it| self.duration(*it).is_some());
        if required.is_empty() || met {
            return Ok(());
        }
        Err(PolicyError::UnmetRequirement {
            policy: policy.name(),
            field: field.name(),
            given,
            required: required.iter().map(|it| it.name()).collect(),
        })
    }

    fn check_limits(&self, policy: PolicyKind) -> Result<(), PolicyError> {
        let limits = [
            (DurationField::TimeToIdle, self.ttl, "ttl"),
            (DurationField::RefreshAfter, self.ttl, "ttl"),
            (DurationField::Jitter, self.ttl, "ttl"),
            (
                DurationField::Jitter,
                self.time_to_refresh(),
                "ttl - refresh_after",
            ),
            (
                DurationField::SoftTimeout,
                self.hard_timeout,
                "hard_timeout",
            ),
        ];
        for (field, limit, limited_by) in limits {
            if let (Some(given), Some(limit)) = (self.duration(field), limit)
                && given >= limit
            {
                return Err(PolicyError::TooLong {
                    policy: policy.name(),
                    field: field.name(),
                    given,
                    limit,
                    limited_by,
                });
            }
        }
        Ok(())
    }

    /// Returns how long a value lives after it stopped being fresh.
    ///
    /// With jitter as long as that, some would expire before anybody could refresh them.
    fn time_to_refresh(&self) -> Option<Duration> {
        let (ttl, refresh_after) = self.ttl.zip(self.refresh_after)?;
        ttl.checked_sub(refresh_after)
    }

    fn durations(&self) -> impl Iterator<Item = (DurationField, Duration)> {
        let durations = DurationField::ALL.map(|field| self.duration(field).map(|it| (field, it)));
        durations.into_iter().flatten()
    }
}

impl DurationField {
    /// Returns whether the option has no meaning where nothing expires.
    const fn is_about_expiry(self) -> bool {
        match self {
            Self::Ttl
            | Self::TimeToIdle
            | Self::Jitter
            | Self::StaleIfError
            | Self::SoftTimeout => true,
            Self::RefreshAfter | Self::RetryAfter | Self::NegativeTtl | Self::HardTimeout => false,
        }
    }

    /// Returns the options of which there must be one beside this; none if it stands alone.
    const fn required(self, policy: PolicyKind) -> &'static [Self] {
        match self {
            Self::Jitter | Self::StaleIfError => &[Self::Ttl],
            Self::SoftTimeout => &[Self::StaleIfError],
            Self::RetryAfter => match policy {
                // It does not take the other.
                PolicyKind::KeepAll => &[Self::RefreshAfter],
                PolicyKind::Lru | PolicyKind::MostRecent | PolicyKind::Ttl => {
                    &[Self::StaleIfError, Self::RefreshAfter]
                }
            },
            Self::Ttl
            | Self::TimeToIdle
            | Self::RefreshAfter
            | Self::NegativeTtl
            | Self::HardTimeout => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NANO: Duration = Duration::from_nanos(1);
    const MINUTE: Duration = Duration::from_secs(60);

    /// Options for a policy that is not `keep-all`, with a ttl of a minute.
    const TIMED: PolicyOptions = PolicyOptions::new().with_ttl(MINUTE);

    fn refusal(policy: PolicyKind, options: PolicyOptions) -> String {
        let error = options.check_for(policy).unwrap_err();
        error.to_string()
    }

    fn too_long(options: PolicyOptions) -> (&'static str, Duration, Duration, &'static str) {
        match options.check_for(PolicyKind::Lru) {
            Err(PolicyError::TooLong {
                policy: "lru",
                field,
                given,
                limit,
                limited_by,
            }) => (field, given, limit, limited_by),
            other => panic!("{options:?}: {other:?}"),
        }
    }

    /// Asserts that `field` may be as long as `limit` less one nanosecond, and no longer.
    fn assert_limit(
        options: PolicyOptions,
        field: DurationField,
        limit: Duration,
        limited_by: &'static str,
    ) {
        let longest = options.with_duration(field, limit - NANO);
        assert_eq!(longest.check_for(PolicyKind::Lru), Ok(()), "{longest:?}");
        for given in [limit, limit + NANO, Duration::MAX] {
            assert_eq!(
                too_long(options.with_duration(field, given)),
                (field.name(), given, limit, limited_by)
            );
        }
    }

    #[test]
    fn no_options_are_options_of_every_policy() {
        for policy in PolicyKind::ALL {
            assert_eq!(PolicyOptions::new().check_for(policy), Ok(()));
        }
    }

    #[test]
    fn every_duration_is_longer_than_zero() {
        for field in DurationField::ALL {
            let options = PolicyOptions::new().with_duration(field, Duration::ZERO);
            for policy in PolicyKind::ALL {
                let expected = PolicyError::InvalidDuration {
                    field: field.name(),
                    given: "0ns".to_owned(),
                };
                assert_eq!(options.check_for(policy), Err(expected));
            }
        }
    }

    #[test]
    fn a_duration_is_a_nanosecond_or_the_longest() {
        for field in DurationField::ALL {
            if field.required(PolicyKind::Lru).is_empty() {
                for duration in [NANO, Duration::MAX] {
                    let options = PolicyOptions::new().with_duration(field, duration);
                    assert_eq!(options.check_for(PolicyKind::Lru), Ok(()), "{options:?}");
                }
            }
        }
    }

    #[test]
    fn at_least_one_computation_runs() {
        for policy in PolicyKind::ALL {
            let none = PolicyOptions::new().with_max_computations(0);
            let given = "0".to_owned();
            let expected = PolicyError::InvalidMaxComputations { given };
            assert_eq!(none.check_for(policy), Err(expected));
            for count in [1, usize::MAX] {
                let some = PolicyOptions::new().with_max_computations(count);
                assert_eq!(some.check_for(policy), Ok(()));
            }
        }
    }

    #[test]
    fn keep_all_takes_only_what_is_not_about_expiry() {
        let taken = PolicyOptions::new()
            .with_refresh_after(MINUTE)
            .with_retry_after(MINUTE)
            .with_negative_ttl(MINUTE)
            .with_hard_timeout(MINUTE)
            .with_max_computations(1);
        assert_eq!(taken.check_for(PolicyKind::KeepAll), Ok(()));
        for field in [
            DurationField::Ttl,
            DurationField::TimeToIdle,
            DurationField::Jitter,
            DurationField::StaleIfError,
            DurationField::SoftTimeout,
        ] {
            let options = taken.with_duration(field, MINUTE);
            let expected = PolicyError::MisplacedField {
                policy: "keep-all",
                field: field.name(),
            };
            assert_eq!(options.check_for(PolicyKind::KeepAll), Err(expected));
        }
    }

    #[test]
    fn the_others_take_every_option() {
        let all = PolicyOptions::new()
            .with_ttl(MINUTE)
            .with_time_to_idle(MINUTE / 2)
            .with_jitter(MINUTE / 4)
            .with_refresh_after(MINUTE / 2)
            .with_stale_if_error(MINUTE * 2)
            .with_retry_after(MINUTE * 2)
            .with_negative_ttl(MINUTE * 2)
            .with_soft_timeout(MINUTE * 2)
            .with_hard_timeout(MINUTE * 3)
            .with_max_computations(1);
        for policy in [PolicyKind::Lru, PolicyKind::MostRecent, PolicyKind::Ttl] {
            assert_eq!(all.check_for(policy), Ok(()));
        }
    }

    #[test]
    fn what_is_bounded_by_the_ttl_is_shorter() {
        for field in [
            DurationField::TimeToIdle,
            DurationField::Jitter,
            DurationField::RefreshAfter,
        ] {
            assert_limit(TIMED, field, MINUTE, "ttl");
        }
    }

    #[test]
    fn without_a_ttl_idling_and_refreshing_have_no_bound() {
        for field in [DurationField::TimeToIdle, DurationField::RefreshAfter] {
            let options = PolicyOptions::new().with_duration(field, Duration::MAX);
            assert_eq!(options.check_for(PolicyKind::Lru), Ok(()));
        }
    }

    #[test]
    fn jitter_leaves_time_to_refresh() {
        let options = TIMED.with_refresh_after(MINUTE / 3);
        let limit = MINUTE - MINUTE / 3;
        let longest = options.with_jitter(limit - NANO);
        assert_eq!(longest.check_for(PolicyKind::Lru), Ok(()));
        let expected = ("jitter", limit, limit, "ttl - refresh_after");
        assert_eq!(too_long(options.with_jitter(limit)), expected);
    }

    #[test]
    fn the_longest_durations_do_not_overflow() {
        let options = PolicyOptions::new()
            .with_ttl(Duration::MAX)
            .with_refresh_after(Duration::MAX - NANO);
        assert_eq!(options.check_for(PolicyKind::Lru), Ok(()));
        let expected = ("jitter", NANO, NANO, "ttl - refresh_after");
        assert_eq!(too_long(options.with_jitter(NANO)), expected);
    }

    #[test]
    fn a_soft_timeout_is_shorter_than_a_hard_one() {
        let options = TIMED.with_stale_if_error(MINUTE);
        assert_limit(
            options.with_hard_timeout(MINUTE),
            DurationField::SoftTimeout,
            MINUTE,
            "hard_timeout",
        );
        let alone = options.with_soft_timeout(Duration::MAX);
        assert_eq!(alone.check_for(PolicyKind::Lru), Ok(()));
    }

    #[test]
    fn what_needs_another_option_says_which() {
        let none = PolicyOptions::new();
        let fresh = none.with_refresh_after(MINUTE);
        for (options, expected) in [
            (
                none.with_jitter(NANO),
                r#"jitter of policy "lru" cannot be 1ns: expected "ttl" beside it, or no jitter"#,
            ),
            (
                none.with_stale_if_error(NANO),
                r#"stale_if_error of policy "lru" cannot be 1ns: expected "ttl" beside it, or no stale_if_error"#,
            ),
            (
                TIMED.with_soft_timeout(NANO),
                r#"soft_timeout of policy "lru" cannot be 1ns: expected "stale_if_error" beside it, or no soft_timeout"#,
            ),
            (
                fresh.with_soft_timeout(NANO),
                r#"soft_timeout of policy "lru" cannot be 1ns: expected "stale_if_error" beside it, or no soft_timeout"#,
            ),
            (
                TIMED.with_retry_after(NANO),
                r#"retry_after of policy "lru" cannot be 1ns: expected "stale_if_error" or "refresh_after" beside it, or no retry_after"#,
            ),
        ] {
            assert_eq!(refusal(PolicyKind::Lru, options), expected);
        }
        assert_eq!(
            refusal(PolicyKind::KeepAll, none.with_retry_after(NANO)),
            r#"retry_after of policy "keep-all" cannot be 1ns: expected "refresh_after" beside it, or no retry_after"#
        );
    }

    #[test]
    fn either_of_two_options_is_enough_to_retry() {
        let stale = TIMED.with_stale_if_error(NANO).with_retry_after(MINUTE);
        assert_eq!(stale.check_for(PolicyKind::Lru), Ok(()));
        let refreshed = PolicyOptions::new()
            .with_refresh_after(NANO)
            .with_retry_after(MINUTE);
        assert_eq!(refreshed.check_for(PolicyKind::Lru), Ok(()));
    }

    #[test]
    fn the_message_says_what_the_limit_is() {
        let options = TIMED
            .with_refresh_after(MINUTE / 3)
            .with_jitter(MINUTE / 2 + MINUTE / 4);
        assert_eq!(
            refusal(PolicyKind::Ttl, options),
            r#"jitter of policy "ttl" cannot be 45s: expected less than 40s (ttl - refresh_after)"#
        );
    }
}
