//! What a store does and holds at one moment: the one type behind the page, the JSON API and the events.

use cubbyhole_policy::CachePolicy;
use serde::Serialize;

/// What a store does and holds at one moment.
///
/// [The fields](crate#the-json-api) are the JSON API's. Durations are in seconds.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// When it was taken, since the inspector was made.
    pub at: f64,
    /// How long it is between two snapshots.
    pub refresh: f64,
    /// Whether the inspector has actions at all.
    pub has_actions: bool,
    /// The registry entries, in the order in which they became known.
    pub entries: Vec<EntrySnapshot>,
    /// The values on their way, oldest first: the [oldest 200](Self::in_flight_total) of them.
    pub in_flight: Vec<FlightSnapshot>,
    /// How many values are on their way.
    pub in_flight_total: usize,
    /// The tiers that entries share values by, in the order in which they became known.
    pub tiers: Vec<TierSnapshot>,
    /// What was before, oldest first; left out of all events but the first.
    pub past: Vec<Moment>,
}

/// What was done for one registry entry, and what it holds.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EntrySnapshot {
    /// The kind of the entry.
    pub kind: String,
    /// The uid of the entry, unique within its kind.
    pub uid: String,
    /// The policy of now.
    pub policy: CachePolicy,
    /// Lookups that found a value.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// The part of the lookups that found a value.
    pub hit_ratio: Option<f64>,
    /// Why lookups found nothing, each reason that there is, most frequent first.
    pub miss_reasons: Vec<MissCount>,
    /// Values that were stored, or were to be and were not kept.
    pub sets: u64,
    /// Values that had to make room.
    pub evictions: u64,
    /// Values whose time was over.
    pub expirations: u64,
    /// Computations that were begun.
    pub computations: u64,
    /// Lookups that waited for a value on its way.
    pub waits: u64,
    /// Values held now.
    pub values: u64,
    /// Scopes that hold anything now.
    pub scopes: u64,
    /// About how many bytes that takes.
    pub bytes: u64,
    /// Values on their way now.
    pub in_flight: usize,
    /// Who waits for them now.
    pub waiters: usize,
    /// How long computations took.
    pub loads: LoadsSnapshot,
    /// What it had to do with its shared tier; nothing if it has none.
    pub shared: Option<SharedSnapshot>,
}

/// What a registry entry had to do with its shared tier.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct SharedSnapshot {
    /// Values that the tier had and this process had not.
    pub hits: u64,
    /// Values that neither had.
    pub misses: u64,
    /// Values that were given to the tier.
    pub published: u64,
    /// Values that the tier did not take, because something newer had happened elsewhere.
    pub refused: u64,
    /// Values of the tier that could not be read.
    pub unreadable: u64,
    /// Values that could not be written.
    pub unwritable: u64,
    /// Calls of the tier that failed.
    pub failures: u64,
}

/// How a shared tier is.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct TierSnapshot {
    /// `connected`, `catching_up` or `away`.
    pub state: &'static str,
    /// For how long it has been so.
    pub lasting: f64,
    /// Invalidations that other processes have still to be told of.
    pub queued: usize,
    /// Calls that were made.
    pub calls: u64,
    /// Calls that failed, those that took too long included.
    pub failures: u64,
    /// How often a connection was lost.
    pub disconnects: u64,
}

/// How many lookups found nothing for one reason.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MissCount {
    /// The reason, as [`MissReason::name`](cubbyhole_store::MissReason::name) has it.
    pub reason: &'static str,
    /// How many.
    pub count: u64,
}

/// How long the computations of a registry entry took.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LoadsSnapshot {
    /// How many ended.
    pub count: u64,
    /// How many of them ended with an error, a panic or too late.
    pub failures: u64,
    /// How long they took together.
    pub seconds: f64,
    /// What half of them did not exceed.
    pub p50: Option<f64>,
    /// What nine in ten did not exceed.
    pub p90: Option<f64>,
    /// What ninety-nine in a hundred did not exceed.
    pub p99: Option<f64>,
    /// How they are spread, shortest first.
    pub buckets: Vec<LoadBucket>,
}

/// How many computations took about so long.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct LoadBucket {
    /// The longest time that is counted here.
    pub up_to: f64,
    /// How many.
    pub count: u64,
}

/// A value on its way.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FlightSnapshot {
    /// The kind of its entry.
    pub kind: String,
    /// The uid of its entry.
    pub uid: String,
    /// Who brings it: `computing`, `promised` or `leased`.
    pub by: &'static str,
    /// For how long it has been on its way.
    pub age: f64,
    /// How many wait for it.
    pub waiters: usize,
    /// What the application shows in place of its key; nothing, if it says nothing.
    pub key: Option<String>,
    /// What the application shows in place of whose it is; nothing, if it says nothing.
    pub scope: Option<String>,
}

/// How many lookups there had been at an earlier moment.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Moment {
    /// When that was, since the inspector was made.
    pub at: f64,
    /// Hits and misses of each entry, in the order of [`Snapshot::entries`]: of those known then, 1000 at most.
    pub lookups: Vec<(u64, u64)>,
}
