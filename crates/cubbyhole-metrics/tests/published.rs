//! What is published is what the store counts, what the list says and what the page says.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cubbyhole_core::{FormatError, ManualClock, ValueFormat};
use cubbyhole_metrics::{METRICS, MetricKind, StoreMetrics};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry};
use cubbyhole_testkit::ManualFleet;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// A metric as the recorder has it: its name, its labels, its value.
type Published = BTreeMap<(String, Vec<(String, String)>), DebugValue>;

fn published(snapshotter: &Snapshotter) -> Published {
    let snapshot = snapshotter.snapshot().into_vec().into_iter();
    snapshot
        .map(|(key, _, _, value)| {
            let key = key.key();
            let labels = key.labels();
            let labels = labels.map(|label| (label.key().to_owned(), label.value().to_owned()));
            ((key.name().to_owned(), labels.collect()), value)
        })
        .collect()
}

fn of<'a>(published: &'a Published, name: &str, extra: &[(&str, &str)]) -> &'a DebugValue {
    let mut labels = vec![
        ("kind".to_owned(), "entry".to_owned()),
        ("uid".to_owned(), "balance".to_owned()),
    ];
    labels.extend(
        extra
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    published.get(&(name.to_owned(), labels)).unwrap()
}

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

/// A store that has done a little of everything.
async fn used() -> (CacheStore, CachedRegistryEntry<u32>, ManualClock) {
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let policy = CachePolicy::lru(1)
        .unwrap()
        .with_cache_type(CacheType::User);
    let entry = CachedRegistryEntry::<u32>::new("balance", policy);
    let tier = ManualFleet::new(clock.clone()).node();
    let rates = CachedRegistryEntry::<u32>::new("rates", CachePolicy::keep_all())
        .with_shared_tier(tier, Digits);
    let work = async {
        for key in ["a", "b"] {
            let ticking = clock.clone();
            let loader = move || async move {
                ticking.advance(Duration::from_millis(100));
                Ok::<_, std::fmt::Error>(1)
            };
            store.get_or_compute(&entry, key, loader).await.unwrap();
        }
        store.get(&entry, "a").await.unwrap();
        store.get(&entry, "b").await.unwrap();
        let loader = || async { Ok::<_, std::fmt::Error>(1) };
        store.get_or_compute(&rates, "EUR", loader).await.unwrap();
    };
    work.in_scope(ScopeContext::new().user("ada@example.org"))
        .await;
    (store, entry, clock)
}

#[tokio::test]
async fn what_the_store_counts_is_published() {
    let (store, entry, _clock) = used().await;
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let metrics = StoreMetrics::new(store.clone());
    metrics::with_local_recorder(&recorder, || metrics.publish());
    let first = published(&snapshotter);
    assert_eq!(*of(&first, "cubbyhole.hits", &[]), DebugValue::Counter(1));
    let misses = |reason| of(&first, "cubbyhole.misses", &[("reason", reason)]);
    assert_eq!(*misses("never_seen"), DebugValue::Counter(2));
    assert_eq!(*misses("evicted"), DebugValue::Counter(1));
    assert_eq!(
        *of(&first, "cubbyhole.removals", &[("cause", "evicted")]),
        DebugValue::Counter(1)
    );
    assert_eq!(*of(&first, "cubbyhole.loads", &[]), DebugValue::Counter(2));
    assert_eq!(
        *of(&first, "cubbyhole.entries", &[]),
        DebugValue::Gauge(1.0.into())
    );
    assert_eq!(
        *of(&first, "cubbyhole.scopes", &[]),
        DebugValue::Gauge(1.0.into())
    );
    let DebugValue::Histogram(times) = of(&first, "cubbyhole.load.duration", &[]) else {
        panic!("it is a histogram");
    };
    assert_eq!(times.len(), 2, "each computation once");
    assert!(
        times.iter().all(|time| time.0 >= 0.1 && time.0 < 0.15),
        "{times:?}"
    );

    let shared = |name: &str, labels: [(&str, &str); 3]| {
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        &first[&(name.to_owned(), labels.to_vec())]
    };
    let rates = |result| [("kind", "entry"), ("uid", "rates"), ("result", result)];
    let one = DebugValue::Counter(1);
    assert_eq!(*shared("cubbyhole.shared.lookups", rates("miss")), one);
    assert_eq!(*shared("cubbyhole.shared.values", rates("published")), one);
    let connected = [("tier", "0"), ("state", "connected")];
    let connected = connected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let state = &first[&("cubbyhole.tier.state".to_owned(), connected.to_vec())];
    assert_eq!(*state, DebugValue::Gauge(1.0.into()));

    let promise = async { store.set_pending(&entry, "c") };
    let promise = promise
        .in_scope(ScopeContext::new().user("bob"))
        .await
        .unwrap();
    metrics::with_local_recorder(&recorder, || metrics.publish());
    let second = published(&snapshotter);
    assert_eq!(
        *of(&second, "cubbyhole.in_flight", &[("by", "promised")]),
        DebugValue::Gauge(1.0.into())
    );
    let times = second
        .iter()
        .filter(|((name, _), _)| name == "cubbyhole.load.duration");
    for (_, value) in times {
        assert_eq!(
            *value,
            DebugValue::Histogram(Vec::new()),
            "and not once more"
        );
    }
    drop(promise);
}

/// Publishes as long as there is work, and then once more.
fn publish_until(metrics: &StoreMetrics, recorder: &DebuggingRecorder, done: &AtomicBool) {
    metrics::with_local_recorder(recorder, || {
        while !done.load(Ordering::Relaxed) {
            metrics.publish();
        }
        metrics.publish();
    });
}

#[tokio::test]
async fn who_publishes_at_the_same_time_publishes_no_load_twice() {
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<u32>::new("balance", CachePolicy::keep_all());
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let metrics = StoreMetrics::new(store.clone());
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| publish_until(&metrics, &recorder, &done));
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let loads = async {
            for key in 0..LOADS {
                let load = || async { Ok::<_, std::fmt::Error>(1) };
                store
                    .get_or_compute(&entry, &key.to_string(), load)
                    .await
                    .unwrap();
            }
        };
        threads
            .spawn(move || runtime.block_on(loads))
            .join()
            .unwrap();
        done.store(true, Ordering::Relaxed);
    });
    let published = published(&snapshotter);
    let DebugValue::Histogram(times) = of(&published, "cubbyhole.load.duration", &[]) else {
        panic!("it is a histogram");
    };
    assert_eq!(times.len(), LOADS);
}

const LOADS: usize = 3_000;

#[tokio::test]
async fn the_list_is_what_is_published_and_nothing_else() {
    let (store, _entry, _clock) = used().await;
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        StoreMetrics::describe();
        StoreMetrics::new(store).publish();
    });
    let snapshot = snapshotter.snapshot().into_vec();
    let names: BTreeSet<_> = snapshot.iter().map(|(key, ..)| key.key().name()).collect();
    assert_eq!(names, METRICS.iter().map(|metric| metric.name).collect());
    for (key, unit, description, value) in &snapshot {
        let metric = METRICS
            .iter()
            .find(|metric| metric.name == key.key().name())
            .unwrap();
        assert_eq!(*unit, Some(metric.unit));
        assert_eq!(description.as_deref(), Some(metric.description));
        let kind = match value {
            DebugValue::Counter(_) => MetricKind::Counter,
            DebugValue::Gauge(_) => MetricKind::Gauge,
            DebugValue::Histogram(_) => MetricKind::Histogram,
        };
        assert_eq!(kind, metric.kind, "{}", metric.name);
        let labels: Vec<_> = key.key().labels().map(metrics::Label::key).collect();
        let expected = [metric.subject.labels(), metric.labels].concat();
        assert_eq!(labels, expected, "{}", metric.name);
    }
}

#[tokio::test]
async fn c6_no_label_shows_a_user_or_a_key() {
    let (store, _entry, _clock) = used().await;
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || StoreMetrics::new(store).publish());
    let allowed = BTreeSet::from([
        "entry",
        "balance",
        "rates",
        "evicted",
        "expired",
        "computing",
        "promised",
        "leased",
        "hit",
        "miss",
        "unreadable",
        "published",
        "refused",
        "unwritable",
        "0",
        "away",
        "catching_up",
        "connected",
    ]);
    for (key, ..) in snapshotter.snapshot().into_vec() {
        for label in key.key().labels() {
            let reason = cubbyhole_store::MissReason::ALL
                .iter()
                .any(|reason| reason.name() == label.value());
            assert!(reason || allowed.contains(label.value()), "{label:?}");
        }
    }
}

#[test]
fn the_page_has_every_metric_as_it_is() {
    let page = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/observability.md"
    ))
    .unwrap();
    let rows: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| `cubbyhole."))
        .collect();
    assert_eq!(rows.len(), METRICS.len());
    for (row, metric) in rows.iter().zip(METRICS) {
        let labels: Vec<_> = metric
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let expected = format!(
            "| `{}` | {} | {} | {} | {} |",
            metric.name,
            format!("{:?}", metric.kind).to_lowercase(),
            metric.unit.as_str(),
            labels.join(", "),
            metric.description,
        );
        assert_eq!(**row, *expected);
    }
}
