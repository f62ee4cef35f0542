//! Arbitrary valid policies.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, TtlPolicy};
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn policies() -> impl Strategy<Value = CachePolicy> {
    let kinds = prop_oneof![
        max_sizes().prop_map(|max_size| CachePolicy::lru(max_size).unwrap()),
        Just(CachePolicy::most_recent()),
        Just(CachePolicy::keep_all()),
        ttls().prop_map(|ttl| TtlPolicy::new(ttl).unwrap().into()),
    ];
    (kinds, select(&CacheType::ALL[..]))
        .prop_map(|(policy, cache_type)| policy.with_cache_type(cache_type))
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
