//! The document is the API.

use std::collections::BTreeSet;

use cubbyhole_core::{FormatError, ValueFormat};
use cubbyhole_policy::CachePolicy;
use cubbyhole_store::CachedRegistryEntry;
use cubbyhole_testkit::ManualFleet;
use serde_json::Value;

use crate::support::{Shop, get};

/// Numbers as text.
struct Digits;

impl ValueFormat<u32> for Digits {
    fn encode(&self, value: &u32) -> Result<Vec<u8>, FormatError> {
        Ok(value.to_string().into_bytes())
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, FormatError> {
        let text = String::from_utf8_lossy(bytes);
        text.parse()
            .map_err(|_not_digits| FormatError::new("no number"))
    }
}

/// Collects the paths of all that is in a value. What is in a policy is described elsewhere, and so are pairs.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    let leaf = at == "entries[].policy" || at == "past[].lookups[]";
    match value {
        Value::Object(fields) if !leaf => {
            for (name, value) in fields {
                let dot = if at.is_empty() { "" } else { "." };
                paths(value, &format!("{at}{dot}{name}"), found);
            }
        }
        Value::Array(values) if !leaf => {
            found.insert(format!("{at}[]"));
            for value in values {
                paths(value, &format!("{at}[]"), found);
            }
        }
        _ => {
            found.insert(at.to_owned());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_document_has_every_field_and_no_other() {
    let shop = Shop::new();
    shop.load("a", 3, false).await;
    let promise = shop.store.set_pending(&shop.prices, "b").unwrap();
    let tier = ManualFleet::new(shop.clock.clone()).node();
    let rates = CachedRegistryEntry::new("rates", CachePolicy::keep_all());
    let rates = rates.with_shared_tier(tier, Digits);
    shop.store.set(&rates, "EUR", 1).await.unwrap();
    let app = shop.app(|inspector| inspector);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let snapshot = get(&app, "/cache/api/snapshot").await.json();
    let mut found = BTreeSet::new();
    paths(&snapshot, "", &mut found);

    let document = include_str!("../../api.md");
    let (fields, actions) = document.split_once("## Actions").unwrap();
    let named = |part: &str| -> BTreeSet<String> {
        let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.map(|row| row.split('`').next().unwrap().to_owned())
            .collect()
    };
    let (fields, actions) = (named(fields), named(actions));
    assert_eq!(found, fields);
    assert_eq!(snapshot["entries"][2]["shared"]["published"], 1);
    assert_eq!(snapshot["tiers"][0]["state"], "connected");
    let known = [
        "clear",
        "clear-entry",
        "delete",
        "drop-scope",
        "invalidate-tag",
        "look",
        "set-policy",
    ];
    assert_eq!(actions, known.map(str::to_owned).into());
    drop(promise);
}

#[tokio::test]
async fn a_snapshot_says_what_the_store_counts() {
    let shop = Shop::new();
    shop.load("a", 100, false).await;
    shop.load("a", 100, false).await;
    shop.load("b", 100, true).await;
    for key in ["c", "d"] {
        shop.store.set(&shop.prices, key, 1).await.unwrap();
    }
    assert_eq!(shop.store.get(&shop.prices, "a").await.unwrap(), None);
    shop.set("ada", "k").await;
    let promise = shop.store.set_pending(&shop.prices, "late").unwrap();
    shop.clock.advance(std::time::Duration::from_millis(2500));

    let app = shop.app(|inspector| inspector);
    let snapshot = get(&app, "/cache/api/snapshot").await.json();
    let prices = &snapshot["entries"][0];
    assert_eq!(
        (&prices["kind"], &prices["uid"]),
        (&"entry".into(), &"prices".into())
    );
    let policy: CachePolicy = serde_json::from_value(prices["policy"].clone()).unwrap();
    assert_eq!(policy, *shop.prices.policy());
    let stats = &shop.store.stats().entries[0];
    assert_eq!(prices["hits"], stats.hits);
    assert_eq!(prices["misses"], stats.misses);
    assert_eq!(prices["hit_ratio"], stats.hit_ratio().unwrap());
    let reasons = prices["miss_reasons"].as_array().unwrap();
    assert!(
        reasons
            .iter()
            .any(|miss| miss["reason"] == "evicted" && miss["count"] == 1)
    );
    let sum: u64 = reasons
        .iter()
        .map(|miss| miss["count"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, stats.misses);
    let expected = serde_json::json!({ "values": 2, "evictions": 1, "in_flight": 1, "waiters": 0 });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(prices[field], *value, "{field}");
    }
    let loads = &prices["loads"];
    assert_eq!(
        (&loads["count"], &loads["failures"]),
        (&2.into(), &1.into())
    );
    assert_eq!(loads["seconds"], 0.2);
    let buckets = loads["buckets"].as_array().unwrap();
    assert_eq!((buckets.len(), &buckets[0]["count"]), (1, &2.into()));
    assert!(buckets[0]["up_to"].as_f64().unwrap() >= 0.1);
    assert_eq!(snapshot["entries"][1]["scopes"], 1);
    let flight = &snapshot["in_flight"][0];
    assert_eq!(
        (&flight["by"], &flight["age"]),
        (&"promised".into(), &2.5.into())
    );
    assert_eq!(snapshot["in_flight_total"], 1);
    drop(promise);
}

#[tokio::test]
async fn a_store_without_entries_has_an_empty_snapshot() {
    let store = cubbyhole_store::CacheStore::new();
    let inspector = cubbyhole_inspect::Inspector::new(store.clone());
    assert!(inspector.snapshot().entries.is_empty());
    let entry = CachedRegistryEntry::<u8>::new("new", CachePolicy::keep_all());
    store.register(&entry).unwrap();
    let snapshot = inspector.snapshot();
    assert_eq!(
        (
            snapshot.entries[0].uid.as_str(),
            snapshot.entries[0].hit_ratio
        ),
        ("new", None)
    );
}

#[tokio::test]
async fn many_values_on_their_way_are_listed_up_to_a_bound_and_counted() {
    let shop = Shop::new();
    let key = |number: u32| format!("key {number}");
    let promises: Vec<_> = (0..250)
        .map(|number| shop.store.set_pending(&shop.prices, &key(number)).unwrap())
        .collect();
    let app = shop.app(|inspector| inspector);
    let snapshot = get(&app, "/cache/api/snapshot").await.json();
    assert_eq!(snapshot["in_flight"].as_array().unwrap().len(), 200);
    assert_eq!(snapshot["in_flight_total"], 250);
    assert_eq!(snapshot["entries"][0]["in_flight"], 250);
    drop(promises);
}
