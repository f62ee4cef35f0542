//! How options are written and read.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, PolicyOptions};

use crate::strategies::DURATIONS;

/// Returns a policy as JSON, but for its end, that takes 30 seconds in `field`.
fn json_up_to(field: &str) -> String {
    let rest = match field {
        "ttl" => r#""policy":"lru""#,
        "retry_after" => r#""policy":"keep-all","refresh_after":1"#,
        "soft_timeout" => r#""policy":"ttl","ttl":60,"stale_if_error":1"#,
        _ => r#""policy":"ttl","ttl":60"#,
    };
    format!("{{{rest},{field:?}:")
}

#[test]
fn an_option_is_read_as_a_ttl_is() {
    for (field, set) in DURATIONS {
        for (text, expected) in [
            ("30", Duration::from_secs(30)),
            ("0.25", Duration::from_millis(250)),
            (r#""30s""#, Duration::from_secs(30)),
            (r#""1s500ns""#, Duration::new(1, 500)),
        ] {
            let json = format!("{}{text}}}", json_up_to(field));
            let read: CachePolicy = serde_json::from_str(&json).unwrap();
            assert_ne!(
                *read.options(),
                set(*read.options(), Duration::MAX),
                "{json}"
            );
            assert_eq!(*read.options(), set(*read.options(), expected), "{json}");
        }
    }
}

#[test]
fn an_option_is_refused_as_a_ttl_is() {
    for (field, _) in DURATIONS {
        for (text, expected) in [
            (
                r#""soon""#,
                format!(r#"{field} cannot be "soon", which has something else where a number"#),
            ),
            (
                r#""5 parsecs""#,
                format!(r#"{field} cannot be "5 parsecs", which has an unknown unit: expected"#),
            ),
            (
                r#""-5s""#,
                format!(r#"{field} cannot be "-5s": expected at least 1 nanosecond"#),
            ),
            (
                "18446744073709551616",
                format!("{field} cannot be 1.8446744073709552e19: expected at least"),
            ),
            (
                "true",
                format!("invalid type: boolean `true`, expected {field} as a number of seconds"),
            ),
        ] {
            let json = format!("{}{text}}}", json_up_to(field));
            let error = serde_json::from_str::<CachePolicy>(&json).unwrap_err();
            assert!(error.to_string().starts_with(&expected), "{json}: {error}");
        }
    }
}

#[test]
fn max_computations_is_read_as_a_max_size_is() {
    for (given, shown) in [("-1", "-1"), ("1.5", "1.5"), ("2.0", "2.0")] {
        let json = format!(r#"{{"policy":"lru","max_computations":{given}}}"#);
        let error = serde_json::from_str::<CachePolicy>(&json).unwrap_err();
        let expected = format!("max_computations cannot be {shown}: expected a whole number from");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    let json = r#"{"policy":"lru","max_computations":"4"}"#;
    let error = serde_json::from_str::<CachePolicy>(json).unwrap_err();
    let expected =
        r#"invalid type: string "4", expected max_computations as a whole number of at least 1"#;
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn an_option_comes_once() {
    let options = DURATIONS.map(|(name, _)| name).into_iter();
    for field in options.chain(["max_computations"]) {
        let json = format!(r#"{{{field:?}:5,{field:?}:5}}"#);
        let error = serde_json::from_str::<CachePolicy>(&json).unwrap_err();
        let expected = format!("duplicate field {field:?}: expected each field at most once");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn an_unknown_field_that_is_close_to_a_known_one_asks_for_it() {
    for (given, meant) in [
        ("time-to-idle", "time_to_idle"),
        ("timeToIdle", "time_to_idle"),
        ("tll", "ttl"),
        ("jiter", "jitter"),
        ("refreshafter", "refresh_after"),
        ("stale_on_error", "stale_if_error"),
        ("retry_afetr", "retry_after"),
        ("negativ_tll", "negative_ttl"),
        ("soft-timeout", "soft_timeout"),
        ("hardtimeout", "hard_timeout"),
        ("max_computation", "max_computations"),
        ("cache-type", "cache_type"),
        ("polcy", "policy"),
    ] {
        let error = serde_json::from_str::<CachePolicy>(&format!(r#"{{"{given}":5}}"#));
        let expected =
            format!(r#"unknown field "{given}" (did you mean "{meant}"?): every policy"#);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn options_are_written_after_the_others_in_their_order() {
    let options = PolicyOptions::new()
        .with_max_computations(4)
        .with_hard_timeout(Duration::from_secs(9))
        .with_soft_timeout(Duration::from_millis(250))
        .with_negative_ttl(Duration::from_secs(7))
        .with_retry_after(Duration::from_secs(6))
        .with_stale_if_error(Duration::from_secs(5))
        .with_refresh_after(Duration::from_secs(40))
        .with_jitter(Duration::from_secs(3))
        .with_time_to_idle(Duration::from_secs(2))
        .with_ttl(Duration::from_secs(60));
    let written = r#""ttl":60,"time_to_idle":2,"jitter":3,"refresh_after":40,"stale_if_error":5,"retry_after":6,"negative_ttl":7,"soft_timeout":0.25,"hard_timeout":9,"max_computations":4}"#;
    for (policy, own) in [
        (CachePolicy::default(), r#""max_size":10,"#),
        (CachePolicy::most_recent(), ""),
        (CachePolicy::ttl(Duration::MAX).unwrap(), ""),
    ] {
        let name = policy.name();
        let policy = policy.with_options(options).unwrap();
        let policy = policy.with_cache_type(CacheType::Session);
        let expected = format!(r#"{{"policy":"{name}","cache_type":"session",{own}{written}"#);
        assert_eq!(serde_json::to_string(&policy).unwrap(), expected);
        assert_eq!(
            serde_json::from_str::<CachePolicy>(&expected).unwrap(),
            policy
        );
    }
    let few = PolicyOptions::new().with_max_computations(4);
    let policy = CachePolicy::keep_all().with_options(few).unwrap();
    let expected = r#"{"policy":"keep-all","cache_type":"global","max_computations":4}"#;
    assert_eq!(serde_json::to_string(&policy).unwrap(), expected);
}
