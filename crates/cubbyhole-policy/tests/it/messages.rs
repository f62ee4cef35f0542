//! Every refusal, word for word.

use std::time::Duration;

use cubbyhole_policy::{
    CachePolicy, CacheType, KeepAllPolicy, LruPolicy, MostRecentPolicy, PolicyError, TtlPolicy,
};
use serde::de::DeserializeOwned;

const FIELDS: &str = r#"every policy takes "policy", "cache_type", "refresh_after", "retry_after", "negative_ttl", "hard_timeout" and "max_computations"; all but "keep-all" also take "ttl", "time_to_idle", "jitter", "stale_if_error" and "soft_timeout"; "lru" also takes "max_size""#;
const POLICIES: &str = r#""lru", "most-recent", "keep-all" or "ttl""#;
const POLICY: &str = r#"a policy: a map with the field "policy", or a cache type ("global", "session" or "user") for an lru of that type"#;
const TTL: &str = r#"ttl as a number of seconds, or as text such as "90s" or "1h30m""#;
const TTL_RANGE: &str = r#"expected at least 1 nanosecond and less than 2^64 seconds, as a number of seconds, or text such as "90s" or "1h30m""#;
const TTL_TEXT: &str = r#"expected numbers with units from the longest to the shortest, such as "90s" or "1h30m" (units: w, d, h, m, s, ms, us, ns)"#;

/// Asserts the whole message, but for the position that the format adds.
#[track_caller]
fn check<T: DeserializeOwned + std::fmt::Debug>(json: &str, expected: &str) {
    let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
    let (message, _) = error.split_once(" at line ").unwrap_or((&error, ""));
    assert_eq!(message, expected, "for {json}");
}

#[test]
fn names() {
    check::<CachePolicy>(
        r#"{"policy":"lfu"}"#,
        &format!(r#"unknown policy "lfu": expected {POLICIES}"#),
    );
    check::<CachePolicy>(
        r#"{"policy":"LRU"}"#,
        &format!(r#"unknown policy "LRU": expected {POLICIES}"#),
    );
    check::<CachePolicy>(
        r#"{"policy":"lru","cache_type":"team"}"#,
        r#"unknown cache type "team": expected "global", "session" or "user""#,
    );
    check::<CachePolicy>(
        r#""ttl""#,
        r#"a policy cannot be "ttl": expected a map with the field "policy", or a cache type ("global", "session" or "user") for an lru of that type"#,
    );
    check::<CachePolicy>(
        r#""line\nbreak""#,
        r#"a policy cannot be "line\nbreak": expected a map with the field "policy", or a cache type ("global", "session" or "user") for an lru of that type"#,
    );
}

#[test]
fn fields() {
    let missing = format!(r#"missing field "policy": expected {POLICIES}"#);
    check::<CachePolicy>("{}", &missing);
    check::<CachePolicy>(r#"{"max_size":3}"#, &missing);
    check::<LruPolicy>(r#"{"max_size":3}"#, &missing);
    check::<CachePolicy>(
        r#"{"policy":"ttl"}"#,
        r#"missing field "ttl": expected a number of seconds, or text such as "90s" or "1h30m""#,
    );
    check::<CachePolicy>(
        r#"{"policy":"lru","maxsize":3}"#,
        &format!(r#"unknown field "maxsize" (did you mean "max_size"?): {FIELDS}"#),
    );
    check::<CachePolicy>(
        r#"{"policy":"lru","size":3}"#,
        &format!(r#"unknown field "size": {FIELDS}"#),
    );
    for (policy, field, value) in [
        ("keep-all", "ttl", "60"),
        ("keep-all", "max_size", "1"),
        ("ttl", "max_size", "3"),
    ] {
        let message = format!(r#"policy "{policy}" does not take "{field}": {FIELDS}"#);
        let first = format!(r#"{{"policy":"{policy}","{field}":{value}}}"#);
        check::<CachePolicy>(&first, &message);
        let last = format!(r#"{{"{field}":{value},"policy":"{policy}"}}"#);
        check::<CachePolicy>(&last, &message);
    }
}

#[test]
fn a_field_of_another_policy_comes_before_one_that_is_missing() {
    check::<CachePolicy>(
        r#"{"policy":"ttl","max_size":3}"#,
        &format!(r#"policy "ttl" does not take "max_size": {FIELDS}"#),
    );
}

#[test]
fn duplicate_fields() {
    for (field, value) in [
        ("policy", r#""lru""#),
        ("cache_type", r#""user""#),
        ("max_size", "3"),
        ("ttl", "60"),
    ] {
        check::<CachePolicy>(
            &format!(r#"{{"{field}":{value},"{field}":{value}}}"#),
            &format!(r#"duplicate field "{field}": expected each field at most once"#),
        );
    }
}

#[test]
fn max_sizes() {
    for (given, shown) in [
        ("0", "0"),
        ("-1", "-1"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.5", "1.5"),
        ("10.0", "10.0"),
        ("18446744073709551616", "1.8446744073709552e19"),
    ] {
        check::<CachePolicy>(
            &format!(r#"{{"policy":"lru","max_size":{given}}}"#),
            &format!(
                "max_size cannot be {shown}: expected a whole number from 1 to {}",
                usize::MAX
            ),
        );
    }
    for given in [2, usize::MAX] {
        check::<CachePolicy>(
            &format!(r#"{{"policy":"most-recent","max_size":{given}}}"#),
            &format!(
                r#"max_size of policy "most-recent" cannot be {given}: expected 1 or no max_size, or policy "lru" to keep more"#
            ),
        );
    }
}

#[test]
fn ttls() {
    for (given, shown) in [
        ("0", "0"),
        ("0.0", "0.0"),
        ("-5", "-5"),
        ("-0.5", "-0.5"),
        ("1e-10", "1e-10"),
        ("18446744073709551616", "1.8446744073709552e19"),
        (r#""0s""#, r#""0s""#),
        (r#""-5s""#, r#""-5s""#),
        (r#""18446744073709551616s""#, r#""18446744073709551616s""#),
    ] {
        check::<CachePolicy>(
            &format!(r#"{{"policy":"ttl","ttl":{given}}}"#),
            &format!("ttl cannot be {shown}: {TTL_RANGE}"),
        );
    }
    for (given, problem) in [
        ("", "is empty"),
        ("90", "has a number without a unit"),
        ("soon", "has something else where a number should be"),
        ("1..5s", "has a malformed number"),
        ("5 parsecs", "has an unknown unit"),
        ("30m1h", "has its units out of order or twice"),
        ("0.5ns", "has a fraction finer than a nanosecond"),
    ] {
        check::<CachePolicy>(
            &format!(r#"{{"policy":"ttl","ttl":"{given}"}}"#),
            &format!(r#"ttl cannot be "{given}", which {problem}: {TTL_TEXT}"#),
        );
    }
}

#[test]
fn wrong_types() {
    check::<CachePolicy>(
        "3",
        &format!("invalid type: integer `3`, expected {POLICY}"),
    );
    check::<CachePolicy>("null", &format!("invalid type: null, expected {POLICY}"));
    check::<CachePolicy>(
        r#"["lru"]"#,
        &format!("invalid type: sequence, expected {POLICY}"),
    );
    check::<CachePolicy>(
        r#"{"policy":3}"#,
        &format!("invalid type: integer `3`, expected the name of a policy ({POLICIES})"),
    );
    check::<CachePolicy>(
        r#"{"policy":"lru","cache_type":true}"#,
        r#"invalid type: boolean `true`, expected a cache type ("global", "session" or "user")"#,
    );
    check::<CachePolicy>(
        r#"{"policy":"lru","max_size":"10"}"#,
        r#"invalid type: string "10", expected max_size as a whole number of at least 1"#,
    );
    for (given, found) in [
        ("null", "null"),
        ("true", "boolean `true`"),
        ("[90]", "sequence"),
        ("{}", "map"),
        (r#"{"secs":90,"nanos":0}"#, "map"),
    ] {
        check::<CachePolicy>(
            &format!(r#"{{"policy":"ttl","ttl":{given}}}"#),
            &format!("invalid type: {found}, expected {TTL}"),
        );
    }
}

#[test]
fn another_policy() {
    let lru = r#"{"policy":"lru"}"#;
    let note = r#" (a bare cache type means "lru")"#;
    let keep_all = r#"{"policy":"keep-all"}"#;
    check::<LruPolicy>(
        keep_all,
        r#"policy cannot be "keep-all" here: expected "lru""#,
    );
    check::<MostRecentPolicy>(
        lru,
        &format!(r#"policy cannot be "lru" here: expected "most-recent"{note}"#),
    );
    check::<KeepAllPolicy>(
        lru,
        &format!(r#"policy cannot be "lru" here: expected "keep-all"{note}"#),
    );
    check::<TtlPolicy>(
        r#""user""#,
        &format!(r#"policy cannot be "lru" here: expected "ttl"{note}"#),
    );
}

#[test]
fn constructors() {
    for (error, expected) in [
        (
            CachePolicy::lru(0).unwrap_err(),
            format!(
                "max_size cannot be 0: expected a whole number from 1 to {}",
                usize::MAX
            ),
        ),
        (
            CachePolicy::ttl(Duration::ZERO).unwrap_err(),
            format!("ttl cannot be 0ns: {TTL_RANGE}"),
        ),
        (
            TtlPolicy::parse("1 hour").unwrap_err(),
            format!(r#"ttl cannot be "1 hour", which has an unknown unit: {TTL_TEXT}"#),
        ),
        (
            "User".parse::<CacheType>().unwrap_err(),
            r#"unknown cache type "User": expected "global", "session" or "user""#.to_owned(),
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn errors_can_be_told_apart() {
    assert!(matches!(
        CachePolicy::lru(0),
        Err(PolicyError::InvalidMaxSize { given }) if given == "0"
    ));
}

#[test]
fn toml_has_the_same_messages() {
    for (document, expected) in [
        ("policy = 'lru'\nmax_size = 0", "max_size cannot be 0:"),
        ("policy = 'lru'\nmax_size = -3", "max_size cannot be -3:"),
        ("policy = 'lru'\nmax_size = 1.5", "max_size cannot be 1.5:"),
        ("policy = 'ttl'\nttl = nan", "ttl cannot be NaN:"),
        ("policy = 'ttl'\nttl = inf", "ttl cannot be inf:"),
        ("policy = 'ttl'\nttl = -inf", "ttl cannot be -inf:"),
        ("policy = 'ttl'\nttl = 0", "ttl cannot be 0:"),
        ("policy = 'ttl'\nttl = -1", "ttl cannot be -1:"),
        (
            "policy = 'ttl'\nttl = 1979-05-27",
            "invalid type: map, expected ttl as",
        ),
        ("policy = 'lru'\nsize = 3", r#"unknown field "size":"#),
        ("policy = 'lfu'", r#"unknown policy "lfu":"#),
        ("cache_type = 'user'", r#"missing field "policy":"#),
    ] {
        let error = toml::from_str::<CachePolicy>(document).unwrap_err();
        assert!(error.message().starts_with(expected), "{document}\n{error}");
    }
}

#[test]
fn toml_points_at_what_is_wrong() {
    for (document, wrong) in [
        ("policy = 'lru'\nmax_size = 0", "0"),
        ("policy = 'ttl'\nttl = '5x'", "'5x'"),
        ("policy = 'lru'\nsize = 3", "size"),
        ("policy = 'lfu'", "'lfu'"),
    ] {
        let error = toml::from_str::<CachePolicy>(document).unwrap_err();
        assert_eq!(error.span().map(|span| &document[span]), Some(wrong));
    }
}
