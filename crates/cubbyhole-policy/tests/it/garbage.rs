//! Nothing that can be written down makes it panic.

use cubbyhole_policy::{
    CachePolicy, CacheType, KeepAllPolicy, LruPolicy, MostRecentPolicy, TtlPolicy,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Number, Value};

/// Any JSON at all.
fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((names(), inner), 0..6).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// A map of the right fields with values that may be right.
fn near_misses() -> impl Strategy<Value = Value> {
    vec((names(), scalars()), 0..5).prop_map(|fields| Value::Object(Map::from_iter(fields)))
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1..5_i64).prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::from)),
        names().prop_map(Value::from),
        duration_like().prop_map(Value::from),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "policy",
            "cache_type",
            "max_size",
            "ttl",
            "time_to_idle",
            "jitter",
            "refresh_after",
            "stale_if_error",
            "retry_after",
            "negative_ttl",
            "soft_timeout",
            "hard_timeout",
            "max_computations",
            "lru",
            "most-recent",
            "keep-all",
            "global",
            "session",
            "user",
            "$serde_json::private::Number",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn duration_like() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9.wdhmsunµ -]{0,40}",
        "([0-9]{1,40}(h|m|s|ms|us|ns)){1,3}"
    ]
}

/// Reads `json` as everything there is; what is accepted must be written and read back as the same.
fn read(json: &str) -> Result<(), TestCaseError> {
    if let Ok(policy) = serde_json::from_str::<CachePolicy>(json) {
        let written = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(
            serde_json::from_str::<CachePolicy>(&written).unwrap(),
            policy
        );
    }
    let _ = serde_json::from_str::<CacheType>(json);
    let _ = serde_json::from_str::<LruPolicy>(json);
    let _ = serde_json::from_str::<MostRecentPolicy>(json);
    let _ = serde_json::from_str::<KeepAllPolicy>(json);
    let _ = serde_json::from_str::<TtlPolicy>(json);
    Ok(())
}

proptest! {
    #[test]
    fn any_text_as_json(text in any::<String>()) {
        read(&text)?;
    }

    #[test]
    fn any_json(value in values()) {
        read(&value.to_string())?;
        let _ = serde_json::from_value::<CachePolicy>(value);
    }

    #[test]
    fn almost_a_policy(value in near_misses()) {
        read(&value.to_string())?;
        let _ = serde_json::from_value::<CachePolicy>(value);
    }

    #[test]
    fn almost_a_duration(text in duration_like()) {
        if let Ok(policy) = TtlPolicy::parse(&text) {
            prop_assert!(!policy.ttl().is_zero());
        }
    }

    #[test]
    fn any_text_as_toml(text in any::<String>()) {
        let _ = toml::from_str::<CachePolicy>(&text);
        let _ = toml::from_str::<CachePolicy>(&format!("policy = 'ttl'\nttl = {text}"));
    }

    #[test]
    fn any_number_of_seconds(seconds in any::<f64>()) {
        let read: Result<TtlPolicy, _> = toml::from_str(&format!("policy = 'ttl'\nttl = {seconds:e}"));
        if let Ok(policy) = read {
            let difference = policy.ttl().as_secs_f64() - seconds;
            prop_assert!(difference.abs() <= 1e-9_f64.max(seconds * f64::EPSILON));
        }
    }
}
