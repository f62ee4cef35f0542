//! What is written is read back, in every format.

use std::collections::BTreeMap;

use cubbyhole_policy::{
    CachePolicy, CacheType, KeepAllPolicy, LruPolicy, MostRecentPolicy, TtlPolicy,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::strategies::{policies, ttls};

/// A policy beside other settings, as services have it in their configuration.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Settings {
    uid: String,
    policy: CachePolicy,
}

/// A policy among other settings.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct FlatSettings {
    uid: String,
    #[serde(flatten)]
    policy: CachePolicy,
}

proptest! {
    #[test]
    fn through_json(policy in policies()) {
        let json = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<CachePolicy>(&json).unwrap(), policy);
    }

    #[test]
    fn through_a_json_value(policy in policies()) {
        let value = serde_json::to_value(&policy).unwrap();
        prop_assert_eq!(&CachePolicy::deserialize(&value).unwrap(), &policy);
        prop_assert_eq!(serde_json::from_value::<CachePolicy>(value).unwrap(), policy);
    }

    #[test]
    fn through_toml(policy in policies()) {
        let document = toml::to_string(&policy).unwrap();
        prop_assert_eq!(toml::from_str::<CachePolicy>(&document).unwrap(), policy);
    }

    #[test]
    fn inside_settings(policy in policies()) {
        let settings = Settings { uid: "forecast".to_owned(), policy };
        let document = toml::to_string(&settings).unwrap();
        prop_assert_eq!(&toml::from_str::<Settings>(&document).unwrap(), &settings);
        let json = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
    }

    #[test]
    fn flattened_into_settings(policy in policies()) {
        let settings = FlatSettings { uid: "forecast".to_owned(), policy };
        let document = toml::to_string(&settings).unwrap();
        prop_assert_eq!(&toml::from_str::<FlatSettings>(&document).unwrap(), &settings);
        let json = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<FlatSettings>(&json).unwrap(), settings);
    }

    #[test]
    fn as_the_one_policy_it_is_and_no_other(policy in policies()) {
        let json = serde_json::to_string(&policy).unwrap();
        let read_as: BTreeMap<&str, Option<CachePolicy>> = BTreeMap::from([
            ("lru", serde_json::from_str::<LruPolicy>(&json).ok().map(Into::into)),
            ("most-recent", serde_json::from_str::<MostRecentPolicy>(&json).ok().map(Into::into)),
            ("keep-all", serde_json::from_str::<KeepAllPolicy>(&json).ok().map(Into::into)),
            ("ttl", serde_json::from_str::<TtlPolicy>(&json).ok().map(Into::into)),
        ]);
        for (name, read) in read_as {
            let expected = (name == policy.name()).then(|| policy.clone());
            prop_assert_eq!(read, expected, "as {}", name);
        }
    }

    #[test]
    fn the_name_is_the_tag(policy in policies()) {
        let value = serde_json::to_value(&policy).unwrap();
        prop_assert_eq!(&value["policy"], policy.name());
        prop_assert_eq!(&value["cache_type"], policy.cache_type().as_str());
    }

    #[test]
    fn what_debug_prints_of_a_duration_is_read_back(ttl in ttls()) {
        let policy = TtlPolicy::parse(&format!("{ttl:?}")).unwrap();
        prop_assert_eq!(policy.ttl(), ttl);
    }
}

#[test]
fn the_form_of_each_policy() {
    let hour = std::time::Duration::from_secs(3600);
    for (policy, json) in [
        (
            CachePolicy::lru(10).unwrap(),
            r#"{"policy":"lru","cache_type":"user","max_size":10}"#,
        ),
        (
            CachePolicy::most_recent(),
            r#"{"policy":"most-recent","cache_type":"user"}"#,
        ),
        (
            CachePolicy::keep_all(),
            r#"{"policy":"keep-all","cache_type":"user"}"#,
        ),
        (
            CachePolicy::ttl(hour).unwrap(),
            r#"{"policy":"ttl","cache_type":"user","ttl":3600}"#,
        ),
    ] {
        let policy = policy.with_cache_type(CacheType::User);
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        assert_eq!(serde_json::from_str::<CachePolicy>(json).unwrap(), policy);
    }
}
