//! Which options go together, through both doors: the constructors and the deserializer.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, PolicyOptions};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::strategies::DURATIONS;

const POLICIES: [&str; 4] = ["lru", "most-recent", "keep-all", "ttl"];

/// Options as they are given: a name and seconds, or a count, for each; valid or not.
type Given<'a> = &'a [(&'a str, usize)];

fn build(given: Given<'_>) -> PolicyOptions {
    given
        .iter()
        .fold(PolicyOptions::new(), |options, (name, number)| {
            let setter = DURATIONS.iter().find(|(known, _)| known == name);
            match setter {
                Some((_, set)) => set(options, Duration::from_secs(*number as u64)),
                None => options.with_max_computations(*number),
            }
        })
}

/// Returns a policy by its name; the ttl of the policy `ttl` is a minute.
fn policy(name: &str) -> CachePolicy {
    match name {
        "lru" => CachePolicy::default(),
        "most-recent" => CachePolicy::most_recent(),
        "keep-all" => CachePolicy::keep_all(),
        _ => CachePolicy::ttl(Duration::from_secs(60)).unwrap(),
    }
}

fn by_constructor(name: &str, given: Given<'_>) -> Result<CachePolicy, String> {
    let made = policy(name).with_options(build(given));
    made.map_err(|error| error.to_string())
}

/// Returns what stands in a file: the name of the policy, a ttl if it must have one, the options.
fn written(name: &str, given: Given<'_>) -> serde_json::Value {
    let mut fields = serde_json::Map::new();
    fields.insert("policy".to_owned(), name.into());
    if name == "ttl" {
        fields.insert("ttl".to_owned(), 60.into());
    }
    for (name, number) in given {
        fields.insert((*name).to_owned(), (*number).into());
    }
    fields.into()
}

fn by_json(name: &str, given: Given<'_>) -> Result<CachePolicy, String> {
    let json = written(name, given).to_string();
    serde_json::from_str(&json).map_err(|error| {
        let error = error.to_string();
        let message = error.split_once(" at line ").map(|(message, _)| message);
        message.unwrap_or(&error).to_owned()
    })
}

fn by_toml(name: &str, given: Given<'_>) -> Result<CachePolicy, String> {
    let document = toml::to_string(&written(name, given)).unwrap();
    toml::from_str(&document).map_err(|error: toml::de::Error| error.message().to_owned())
}

/// Asserts that every door gives the same answer, and returns it.
#[track_caller]
fn by_every_door(name: &str, given: Given<'_>) -> Result<CachePolicy, String> {
    let made = by_constructor(name, given);
    assert_eq!(by_json(name, given), made, "{name} {given:?}");
    assert_eq!(by_toml(name, given), made, "{name} {given:?}");
    made
}

#[track_caller]
fn assert_accepted(name: &str, given: Given<'_>) {
    by_every_door(name, given).unwrap_or_else(|error| panic!("{name} {given:?}: {error}"));
}

#[track_caller]
fn assert_refused(name: &str, given: Given<'_>, expected: &str) {
    assert_eq!(by_every_door(name, given), Err(expected.to_owned()));
}

/// The table of docs/semantics.md: each option with what it needs, under each policy.
#[test]
fn each_policy_takes_its_options() {
    for (given, keep_all) in [
        (&[("ttl", 60)][..], false),
        (&[("time_to_idle", 5)], false),
        (&[("jitter", 5), ("ttl", 60)], false),
        (&[("refresh_after", 5)], true),
        (&[("stale_if_error", 5), ("ttl", 60)], false),
        (&[("retry_after", 5), ("refresh_after", 5)], true),
        (&[("negative_ttl", 5)], true),
        (
            &[("soft_timeout", 5), ("stale_if_error", 5), ("ttl", 60)],
            false,
        ),
        (&[("hard_timeout", 5)], true),
        (&[("max_computations", 5)], true),
    ] {
        for name in ["lru", "most-recent", "ttl"] {
            assert_accepted(name, given);
        }
        assert_eq!(
            by_every_door("keep-all", given).is_ok(),
            keep_all,
            "{given:?}"
        );
    }
}

#[test]
fn keep_all_refuses_what_is_about_expiry() {
    const FIELDS: &str = r#"every policy takes "policy", "cache_type", "refresh_after", "retry_after", "negative_ttl", "hard_timeout" and "max_computations"; all but "keep-all" also take "ttl", "time_to_idle", "jitter", "stale_if_error" and "soft_timeout"; "lru" also takes "max_size""#;
    for field in [
        "ttl",
        "time_to_idle",
        "jitter",
        "stale_if_error",
        "soft_timeout",
    ] {
        let expected = format!(r#"policy "keep-all" does not take "{field}": {FIELDS}"#);
        assert_refused("keep-all", &[(field, 5)], &expected);
    }
}

#[test]
fn an_option_that_needs_another_is_refused_alone() {
    for (name, given, expected) in [
        (
            "lru",
            &[("jitter", 5)][..],
            r#"jitter of policy "lru" cannot be 5s: expected "ttl" beside it, or no jitter"#,
        ),
        (
            "most-recent",
            &[("stale_if_error", 5)],
            r#"stale_if_error of policy "most-recent" cannot be 5s: expected "ttl" beside it, or no stale_if_error"#,
        ),
        (
            "ttl",
            &[("soft_timeout", 5), ("hard_timeout", 6)],
            r#"soft_timeout of policy "ttl" cannot be 5s: expected "stale_if_error" beside it, or no soft_timeout"#,
        ),
        (
            "ttl",
            &[("retry_after", 5)],
            r#"retry_after of policy "ttl" cannot be 5s: expected "stale_if_error" or "refresh_after" beside it, or no retry_after"#,
        ),
        (
            "keep-all",
            &[("retry_after", 5)],
            r#"retry_after of policy "keep-all" cannot be 5s: expected "refresh_after" beside it, or no retry_after"#,
        ),
    ] {
        assert_refused(name, given, expected);
    }
}

#[test]
fn an_option_that_is_too_long_is_refused_and_a_second_less_is_not() {
    for (name, field, seconds, others, limit) in [
        ("lru", "time_to_idle", 30, &[("ttl", 30)][..], "30s (ttl)"),
        ("ttl", "time_to_idle", 60, &[], "60s (ttl)"),
        ("ttl", "time_to_idle", 30, &[("ttl", 30)], "30s (ttl)"),
        ("most-recent", "jitter", 30, &[("ttl", 30)], "30s (ttl)"),
        ("ttl", "jitter", 60, &[], "60s (ttl)"),
        ("lru", "refresh_after", 30, &[("ttl", 30)], "30s (ttl)"),
        ("ttl", "refresh_after", 60, &[], "60s (ttl)"),
        (
            "ttl",
            "jitter",
            20,
            &[("refresh_after", 40)],
            "20s (ttl - refresh_after)",
        ),
        (
            "ttl",
            "soft_timeout",
            5,
            &[("stale_if_error", 1), ("hard_timeout", 5)],
            "5s (hard_timeout)",
        ),
    ] {
        let with = |seconds| [&[(field, seconds)], others].concat();
        let expected =
            format!("{field} of policy {name:?} cannot be {seconds}s: expected less than {limit}");
        assert_refused(name, &with(seconds), &expected);
        assert_accepted(name, &with(seconds - 1));
    }
}

#[test]
fn zero_is_refused_in_every_option_of_every_policy() {
    const RANGE: &str = r#"expected at least 1 nanosecond and less than 2^64 seconds, as a number of seconds, or text such as "90s" or "1h30m""#;
    for name in POLICIES {
        for (field, _) in DURATIONS {
            let given = [(field, 0)];
            // Each door shows what it was given.
            let made = format!("{field} cannot be 0ns: {RANGE}");
            assert_eq!(by_constructor(name, &given), Err(made));
            let read = Err(format!("{field} cannot be 0: {RANGE}"));
            assert_eq!(by_json(name, &given), read);
            assert_eq!(by_toml(name, &given), read);
        }
        let expected = format!(
            "max_computations cannot be 0: expected a whole number from 1 to {}",
            usize::MAX
        );
        assert_refused(name, &[("max_computations", 0)], &expected);
    }
}

proptest! {
    /// A few seconds each, so that many are too long for others.
    #[test]
    fn every_door_has_the_same_answer(
        name in select(&POLICIES[..]),
        seconds in vec(option::of(1..=6_usize), DURATIONS.len()),
        max_computations in option::of(1..=3_usize),
    ) {
        let names = DURATIONS.map(|(name, _)| name).into_iter();
        let mut given: Vec<(&str, usize)> = names
            .zip(seconds)
            .filter_map(|(name, seconds)| Some((name, seconds?)))
            .collect();
        given.extend(max_computations.map(|count| ("max_computations", count)));
        let made = by_every_door(name, &given);
        prop_assert_eq!(made.is_ok(), is_allowed(name, &given), "{:?}", made);
    }
}

/// The rules once more, as the requirements have them.
fn is_allowed(name: &str, given: Given<'_>) -> bool {
    let get = |field| {
        given
            .iter()
            .find(|(it, _)| *it == field)
            .map(|(_, number)| *number)
    };
    let has = |field| get(field).is_some();
    let ttl = get("ttl").or((name == "ttl").then_some(60));
    let below = |value: Option<usize>, limit: Option<usize>| match (value, limit) {
        (Some(value), Some(limit)) => value < limit,
        _ => true,
    };
    let about_expiry = [
        "ttl",
        "time_to_idle",
        "jitter",
        "stale_if_error",
        "soft_timeout",
    ];
    let in_place = name != "keep-all" || !about_expiry.iter().any(|field| has(field));
    let timed = ttl.is_some() || !(has("jitter") || has("stale_if_error"));
    let served = has("stale_if_error") || !has("soft_timeout");
    let retried = has("stale_if_error") || has("refresh_after") || !has("retry_after");
    let refreshed = get("refresh_after").unwrap_or(0) + get("jitter").unwrap_or(0);
    in_place
        && timed
        && served
        && retried
        && below(get("time_to_idle"), ttl)
        && below(Some(refreshed), ttl)
        && below(get("soft_timeout"), get("hard_timeout"))
}
