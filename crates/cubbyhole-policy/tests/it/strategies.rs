//! Arbitrary valid policies.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, PolicyOptions, TtlPolicy};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

type WithDuration = fn(PolicyOptions, Duration) -> PolicyOptions;

/// The options that are durations, in the order in which they are written.
pub(crate) const DURATIONS: [(&str, WithDuration); 9] = [
    ("ttl", PolicyOptions::with_ttl),
    ("time_to_idle", PolicyOptions::with_time_to_idle),
    ("jitter", PolicyOptions::with_jitter),
    ("refresh_after", PolicyOptions::with_refresh_after),
    ("stale_if_error", PolicyOptions::with_stale_if_error),
    ("retry_after", PolicyOptions::with_retry_after),
    ("negative_ttl", PolicyOptions::with_negative_ttl),
    ("soft_timeout", PolicyOptions::with_soft_timeout),
    ("hard_timeout", PolicyOptions::with_hard_timeout),
];

pub(crate) fn policies() -> impl Strategy<Value = CachePolicy> {
    let kinds = prop_oneof![
        max_sizes().prop_map(|max_size| CachePolicy::lru(max_size).unwrap()),
        Just(CachePolicy::most_recent()),
        Just(CachePolicy::keep_all()),
        ttls().prop_map(|ttl| TtlPolicy::new(ttl).unwrap().into()),
    ];
    (kinds, select(&CacheType::ALL[..]), any_options()).prop_map(|(policy, cache_type, options)| {
        let options = options.made_valid_for(&policy);
        let policy = policy.with_cache_type(cache_type);
        policy.with_options(options).unwrap()
    })
}

fn max_sizes() -> impl Strategy<Value = usize> {
    prop_oneof![1..=100_usize, 1..=usize::MAX, Just(usize::MAX)]
}

/// Short and long, round and exact to the nanosecond.
pub(crate) fn ttls() -> impl Strategy<Value = Duration> {
    let seconds = prop_oneof![
        Just(0),
        0..=100_000_u64,
        0..=100_000_000_u64,
        any::<u64>(),
        Just(i64::MAX as u64),
        Just(u64::MAX),
    ];
    let nanos = prop_oneof![
        Just(0),
        (0..1_000_u32).prop_map(|millis| millis * 1_000_000),
        0..1_000_000_000_u32,
        Just(999_999_999),
    ];
    (seconds, nanos)
        .prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
        .prop_filter("zero", |ttl| !ttl.is_zero())
}

/// Options in the order of [`DURATIONS`], of which a policy may have to leave out or shorten some.
#[derive(Debug)]
struct AnyOptions {
    durations: [Option<Duration>; 9],
    max_computations: Option<usize>,
}

fn any_options() -> impl Strategy<Value = AnyOptions> {
    let durations = [(); 9].map(|()| option::of(ttls()));
    (durations, option::of(max_sizes())).prop_map(|(durations, max_computations)| AnyOptions {
        durations,
        max_computations,
    })
}

impl AnyOptions {
    fn made_valid_for(self, policy: &CachePolicy) -> PolicyOptions {
        let [ttl, idle, jitter, fresh, stale, retry, negative, soft, hard] = self.durations;
        let expires = policy.name() != "keep-all";
        let own = ttl.filter(|_| expires);
        let ttl = own.or(policy.time_to_live());
        let timed = expires && ttl.is_some();

        let idle = idle.filter(|_| expires).and_then(|it| shortened(it, ttl));
        let fresh = fresh.and_then(|it| shortened(it, ttl));
        let left = ttl.map(|ttl| ttl - fresh.unwrap_or_default());
        let jitter = jitter.filter(|_| timed).and_then(|it| shortened(it, left));
        let stale = stale.filter(|_| timed);
        let retry = retry.filter(|_| stale.or(fresh).is_some());
        let soft = soft.filter(|_| stale.is_some());
        let soft = soft.and_then(|it| shortened(it, hard));

        let valid = [own, idle, jitter, fresh, stale, retry, negative, soft, hard];
        let mut options = PolicyOptions::new();
        for ((_, set), duration) in DURATIONS.into_iter().zip(valid) {
            options = duration.map_or(options, |duration| set(options, duration));
        }
        match self.max_computations {
            Some(count) => options.with_max_computations(count),
            None => options,
        }
    }
}

/// Returns a duration shorter than `limit`, if there is one: the given one, or the longest.
fn shortened(duration: Duration, limit: Option<Duration>) -> Option<Duration> {
    let Some(limit) = limit else {
        return Some(duration);
    };
    let longest = limit - Duration::from_nanos(1);
    Some(duration.min(longest)).filter(|duration| !duration.is_zero())
}
