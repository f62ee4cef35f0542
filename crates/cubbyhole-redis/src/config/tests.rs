//! Configurations are read as written, refused by name, and do not tell.

use std::time::Duration;

use super::{RedisConfig, RedisConfigError, Servers};

fn read(json: &str) -> Result<RedisConfig, serde_json::Error> {
    serde_json::from_str(json)
}

fn problem(config: &RedisConfig) -> String {
    config.check().unwrap_err().to_string()
}

#[test]
fn every_field_is_read() {
    let json = r#"{
        "url": "redis://127.0.0.1:7000/3", "username": "u", "password": "p", "database": 4,
        "prefix": "shop", "secret": "s",
        "clear_ids": true, "call_timeout": "100ms", "connect_timeout": 1, "heartbeat": 0.5,
        "heartbeat_timeout": "2s", "trust_for": "3s", "lease": "4s", "longest_pause": "5s",
        "max_lifetime": "1h", "max_value_bytes": 6, "max_queued": 7, "max_marks": 8, "max_failures": 9
    }"#;
    let config = read(json).unwrap();
    config.check().unwrap();
    assert_eq!(config.prefix, "shop");
    assert_eq!(config.staleness(), Duration::from_millis(5500));
    let numbers = [config.max_value_bytes, config.max_queued, config.max_marks];
    assert_eq!((numbers, config.max_failures), ([6, 7, 8], 9));
    #[cfg_attr(
        not(any(feature = "cluster", feature = "sentinel")),
        expect(irrefutable_let_patterns, reason = "there may be other servers")
    )]
    let Servers::One(info) = config.endpoint().unwrap().servers else {
        panic!("one server");
    };
    let settings = info.redis_settings();
    assert_eq!(
        (settings.username(), settings.password(), settings.db()),
        (Some("u"), Some("p"), 4)
    );
}

#[test]
fn mistakes_are_named() {
    for (json, named) in [
        (r#"{"prefx": "a"}"#, "prefx"),
        (r#"{"lease": "5 parsecs"}"#, "5 parsecs"),
        (r#"{"lease": -1}"#, "less than zero"),
        (r#"{"lease": "0s"}"#, "0s"),
    ] {
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    for (json, named) in [
        (r#"{"prefix": ""}"#, "prefix"),
        (r#"{"prefix": "a{b}"}"#, "a{b}"),
        (r#"{"lease": 0}"#, "lease is 0ns"),
        (r#"{"max_queued": 0}"#, "max_queued is 0"),
        (
            r#"{"max_value_bytes": 999999999}"#,
            "max_value_bytes is 999999999",
        ),
        (r#"{"tls": {}}"#, "tls is there"),
        (r#"{"sentinel_password": "p"}"#, "redis-sentinel://"),
        (r#"{"url": "localhost"}"#, "has no scheme"),
        (r#"{"url": "http://h"}"#, "http"),
        (r#"{"url": "redis-cluster://h1,,h2"}"#, "empty host"),
    ] {
        let error = problem(&read(json).unwrap());
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn every_form_of_url_is_read() {
    for url in [
        "redis://h",
        "redis://:p@h:1/2",
        "valkey://u:p@h:1",
        "unix:///tmp/socket?db=1",
    ] {
        RedisConfig::from_url(url).check().unwrap();
    }
}

#[cfg(feature = "cluster")]
#[test]
fn nodes_of_a_cluster_share_user_and_password() {
    let config = RedisConfig::from_url("redis-cluster://u:p@h1:1,h2:2");
    let Servers::Cluster(nodes) = config.endpoint().unwrap().servers else {
        panic!("a cluster");
    };
    let address = |at: usize| nodes[at].addr().to_string();
    assert_eq!(
        (address(0), address(1)),
        ("h1:1".to_owned(), "h2:2".to_owned())
    );
    assert!(
        nodes
            .iter()
            .all(|node| node.redis_settings().password() == Some("p"))
    );
    let error = problem(&RedisConfig::from_url("redis-cluster://h1:1/3"));
    assert!(error.contains("none but 0"), "{error}");
}

#[cfg(feature = "sentinel")]
#[test]
fn sentinels_are_asked_for_a_service() {
    let json = r#"{"url": "redis-sentinel://:p@h1:1,h2:2/main/3", "sentinel_username": "u", "sentinel_password": "s"}"#;
    let config = read(json).unwrap();
    let Servers::Sentinel(sentinels) = config.endpoint().unwrap().servers else {
        panic!("sentinels");
    };
    assert_eq!(
        (sentinels.service.as_str(), sentinels.nodes.len()),
        ("main", 2)
    );
    assert_eq!(sentinels.master.redis_settings().db(), 3);
    assert_eq!(sentinels.username.as_deref(), Some("u"));
    assert_eq!(sentinels.password, Some("s".into()));
    let error = problem(&RedisConfig::from_url("redis-sentinel://h1:1"));
    assert!(error.contains("names no service"), "{error}");
}

#[cfg(not(all(feature = "cluster", feature = "sentinel", feature = "tls")))]
#[test]
fn what_is_not_compiled_in_is_named() {
    let forms = [
        (cfg!(feature = "cluster"), "redis-cluster://h", "`cluster`"),
        (
            cfg!(feature = "sentinel"),
            "redis-sentinel://h/s",
            "`sentinel`",
        ),
    ];
    for (_, url, feature) in forms.into_iter().filter(|(is_there, ..)| !is_there) {
        let error = problem(&RedisConfig::from_url(url));
        assert!(error.contains(feature), "{error}");
    }
}

#[cfg(feature = "tls")]
#[test]
fn certificates_that_cannot_be_read_are_named() {
    let json = r#"{"url": "rediss://h", "tls": {"ca_file": "/not/there.pem"}}"#;
    let error = problem(&read(json).unwrap());
    assert!(
        error.contains("tls.ca_file") && error.contains("/not/there.pem"),
        "{error}"
    );
    let json = r#"{"url": "rediss://h", "tls": {"key_file": "Cargo.toml"}}"#;
    let error = problem(&read(json).unwrap());
    assert!(error.contains("both or none"), "{error}");
}

#[test]
fn secrets_are_not_shown() {
    let mut config = RedisConfig::from_url("redis://user:hunter2@host:nonsense");
    config.password = Some("hunter2".into());
    config.secret = Some("hunter2".into());
    let error = config.check().unwrap_err();
    assert!(matches!(error, RedisConfigError::Url { .. }));
    for shown in [
        format!("{config:?}"),
        error.to_string(),
        format!("{error:?}"),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
