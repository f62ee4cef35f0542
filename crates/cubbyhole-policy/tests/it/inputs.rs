//! What is accepted, and as what.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, LruPolicy};
use serde::Deserialize;

fn read(json: &str) -> CachePolicy {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn defaults_are_filled_in() {
    assert_eq!(read(r#"{"policy":"lru"}"#), CachePolicy::default());
    assert_eq!(
        read(r#"{"policy":"most-recent"}"#),
        CachePolicy::most_recent()
    );
    assert_eq!(read(r#"{"policy":"keep-all"}"#), CachePolicy::keep_all());
}

#[test]
fn fields_come_in_any_order() {
    let expected = CachePolicy::lru(3)
        .unwrap()
        .with_cache_type(CacheType::User);
    assert_eq!(
        read(r#"{"max_size":3,"cache_type":"user","policy":"lru"}"#),
        expected
    );
}

#[test]
fn escaped_text_is_text() {
    assert_eq!(
        read(r#"{"\u0070olicy":"\u006cru","cache_type":"\u0075ser"}"#),
        CachePolicy::from(CacheType::User)
    );
}

#[test]
fn a_ttl_is_a_number_or_text() {
    for (ttl, expected) in [
        ("90", Duration::from_secs(90)),
        ("1.5", Duration::from_millis(1500)),
        ("90.0", Duration::from_secs(90)),
        (r#""90s""#, Duration::from_secs(90)),
        (r#""1h""#, Duration::from_secs(3600)),
        (r#""1h30m""#, Duration::from_secs(5400)),
        (r#""250ms""#, Duration::from_millis(250)),
        (r#""2d""#, Duration::from_secs(172_800)),
        (r#""1s500ns""#, Duration::new(1, 500)),
        ("18446744073709551615", Duration::from_secs(u64::MAX)),
    ] {
        let json = format!(r#"{{"policy":"ttl","ttl":{ttl}}}"#);
        let expected = CachePolicy::ttl(expected).unwrap();
        assert_eq!(read(&json), expected);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(CachePolicy::deserialize(value).unwrap(), expected);
    }
}

#[test]
fn a_ttl_in_toml_is_a_number_or_text() {
    for (ttl, expected) in [
        ("90", Duration::from_secs(90)),
        ("1_000", Duration::from_secs(1000)),
        ("0.25", Duration::from_millis(250)),
        ("'1h30m'", Duration::from_secs(5400)),
    ] {
        let read: CachePolicy = toml::from_str(&format!("policy = 'ttl'\nttl = {ttl}")).unwrap();
        assert_eq!(read, CachePolicy::ttl(expected).unwrap());
    }
}

#[test]
fn most_recent_tolerates_its_own_size() {
    assert_eq!(
        read(r#"{"policy":"most-recent","max_size":1}"#),
        CachePolicy::most_recent()
    );
}

#[test]
fn a_bare_cache_type_is_an_lru() {
    #[derive(Deserialize)]
    struct Settings {
        policy: CachePolicy,
        own: LruPolicy,
        none: Option<CachePolicy>,
    }

    let settings: Settings = toml::from_str("policy = 'user'\nown = 'session'").unwrap();
    assert_eq!(settings.policy, CacheType::User.into());
    assert_eq!(settings.own.cache_type(), CacheType::Session);
    assert_eq!(settings.none, None);
    assert_eq!(read(r#""global""#), CachePolicy::default());
}
