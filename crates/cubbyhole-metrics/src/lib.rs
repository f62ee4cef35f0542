//! Publishes what a [`CacheStore`] counts through the facade of the `metrics` crate.
//!
//! The store counts in any case; here the counts are only handed on, so a hit costs nothing more. Call
//! [`publish`](StoreMetrics::publish) when somebody scrapes, or every few seconds.
//!
//! ```
//! use cubbyhole_metrics::StoreMetrics;
//! use cubbyhole_store::CacheStore;
//!
//! let store = CacheStore::new();
//! let metrics = StoreMetrics::new(store.clone());
//! metrics.publish(); // to the recorder that the service has installed, if any
//! ```
//!
//! # What is published
//!
//! Names and units follow the conventions of OpenTelemetry: dots between words, base units, and the unit stated with
//! [`describe`](StoreMetrics::describe) instead of in the name. Each metric has the labels `kind` and `uid` of its
//! registry entry, those about a shared tier its number, and never one of a user, a session or a key: their number has no bound, and they are nobody's
//! business.
//!
//! [`METRICS`] is the list; `docs/observability.md` has it with a line for each.
//!
//! # Not here
//!
//! An exporter: that is the choice of the service.

mod names;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cubbyhole_core::{TierState, TierStatus};
use cubbyhole_store::{
    CacheStore, EntryStats, InFlight, InFlightKind, LoadTimes, MissReason, StoreKey,
};
use metrics::{Label, counter, gauge, histogram};

pub use names::{METRICS, Metric, MetricKind, MetricSubject};

/// Hands the counts of a store on.
///
/// Make one for each store: it remembers which load times it has handed on.
pub struct StoreMetrics {
    store: CacheStore,
    /// The load times of each entry that were handed on.
    published: Mutex<Vec<(StoreKey, LoadTimes)>>,
}

impl StoreMetrics {
    /// Makes one for a store. It keeps the store alive.
    #[must_use]
    pub const fn new(store: CacheStore) -> Self {
        Self {
            store,
            published: Mutex::new(Vec::new()),
        }
    }

    /// Tells the recorder which metrics there will be, with their units: once, after it was installed.
    pub fn describe() {
        for metric in METRICS {
            metric.describe();
        }
    }

    /// Hands the counts of now on to the recorder. O(entries of the registry + values on their way).
    ///
    /// One thread does so at a time: of two that counted at once, the one that counted first might hand on last, and what
    /// lies between would be handed on twice.
    pub fn publish(&self) {
        let mut published = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let in_flight = self.store.in_flight();
        for stats in &self.store.stats().entries {
            let labels = || labels(&stats.key);
            publish_counts(stats, labels);
            publish_flights(&stats.key, &in_flight, labels);
            publish_shared(stats, labels);
            publish_times(&mut published, stats, labels());
        }
        for (number, status) in self.store.shared_tiers().iter().enumerate() {
            publish_tier(number, status);
        }
    }
}

/// Hands on what an entry had to do with its shared tier; nothing if it has none.
fn publish_shared(stats: &EntryStats, labels: impl Fn() -> Vec<Label>) {
    let Some(shared) = stats.shared else { return };
    let with = |result: &'static str| with_label(labels(), "result", result);
    for (result, count) in [
        ("hit", shared.hits),
        ("miss", shared.misses),
        ("unreadable", shared.unreadable),
    ] {
        counter!(names::SHARED_LOOKUPS, with(result)).absolute(count);
    }
    for (result, count) in [
        ("published", shared.published),
        ("refused", shared.refused),
        ("unwritable", shared.unwritable),
    ] {
        counter!(names::SHARED_VALUES, with(result)).absolute(count);
    }
    counter!(names::SHARED_FAILURES, labels()).absolute(shared.failures);
}

/// Hands on how a tier is. Tiers have numbers, in the order in which the store came to know them.
fn publish_tier(number: usize, status: &TierStatus) {
    let labels = || vec![Label::new("tier", number.to_string())];
    for state in [TierState::Away, TierState::CatchingUp, TierState::Connected] {
        let labels = with_label(labels(), "state", state.name());
        gauge!(names::TIER_STATE, labels).set(float(u64::from(status.state == state)));
    }
    gauge!(names::TIER_QUEUED, labels()).set(float(status.queued as u64));
    counter!(names::TIER_CALLS, labels()).absolute(status.calls);
    counter!(names::TIER_FAILURES, labels()).absolute(status.failures);
    counter!(names::TIER_DISCONNECTS, labels()).absolute(status.disconnects);
}

fn with_label(mut labels: Vec<Label>, name: &'static str, value: &'static str) -> Vec<Label> {
    labels.push(Label::from_static_parts(name, value));
    labels
}

/// Hands on how long the computations took that have ended since the last time.
fn publish_times(
    published: &mut Vec<(StoreKey, LoadTimes)>,
    stats: &EntryStats,
    labels: Vec<Label>,
) {
    let at = published.iter().position(|(key, _)| *key == stats.key);
    let before = at.map(|at| published[at].1.clone()).unwrap_or_default();
    let durations = histogram!(names::LOAD_DURATION, labels);
    for (upper, count) in stats.load_times.buckets() {
        let known = before.buckets().find(|(known, _)| *known == upper);
        let new = count.saturating_sub(known.map_or(0, |(_, count)| count));
        if let Ok(new) = usize::try_from(new) {
            durations.record_many(upper.as_secs_f64(), new);
        }
    }
    let now = stats.load_times.clone();
    match at {
        Some(at) => published[at].1 = now,
        None => published.push((stats.key.clone(), now)),
    }
}

impl fmt::Debug for StoreMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreMetrics")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

fn publish_counts(stats: &EntryStats, labels: impl Fn() -> Vec<Label>) {
    let with = |name, value| with_label(labels(), name, value);
    counter!(names::HITS, labels()).absolute(stats.hits);
    for reason in MissReason::ALL {
        let count = stats.misses_by_reason.of(reason);
        counter!(names::MISSES, with("reason", reason.name())).absolute(count);
    }
    counter!(names::SETS, labels()).absolute(stats.sets);
    counter!(names::REMOVALS, with("cause", "evicted")).absolute(stats.evictions);
    counter!(names::REMOVALS, with("cause", "expired")).absolute(stats.expirations);
    counter!(names::LOADS, labels()).absolute(stats.computations);
    counter!(names::LOAD_FAILURES, labels()).absolute(stats.load_times.failures());
    counter!(names::WAITS, labels()).absolute(stats.waits);
    gauge!(names::ENTRIES, labels()).set(float(stats.entries));
    gauge!(names::SCOPES, labels()).set(float(stats.scopes));
    gauge!(names::SIZE, labels()).set(float(stats.bytes));
}

fn publish_flights(entry: &StoreKey, in_flight: &[InFlight], labels: impl Fn() -> Vec<Label>) {
    let here = || in_flight.iter().filter(|flight| flight.entry == *entry);
    let kinds = [
        ("computing", InFlightKind::Computing),
        ("promised", InFlightKind::Promised),
        ("leased", InFlightKind::Leased),
    ];
    for (name, kind) in kinds {
        let labels = with_label(labels(), "by", name);
        let count = here().filter(|flight| flight.kind == kind).count();
        gauge!(names::IN_FLIGHT, labels).set(float(count as u64));
    }
    let waiters: usize = here().map(|flight| flight.waiters).sum();
    gauge!(names::WAITERS, labels()).set(float(waiters as u64));
    let oldest = here()
        .map(|flight| flight.age)
        .max()
        .unwrap_or(Duration::ZERO);
    gauge!(names::IN_FLIGHT_AGE, labels()).set(oldest.as_secs_f64());
}

fn labels(key: &StoreKey) -> Vec<Label> {
    vec![
        Label::new("kind", key.kind().to_owned()),
        Label::new("uid", key.uid().to_owned()),
    ]
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a floating-point number"
)]
const fn float(count: u64) -> f64 {
    count as f64
}
