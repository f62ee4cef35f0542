//! From a store to a snapshot of it.

use std::collections::BTreeMap;
use std::time::Duration;

use cubbyhole_scope::CacheScope;
use cubbyhole_store::{
    CacheStore, EntryStats, InFlight, InFlightKind, LoadTimes, MissReason, SharedStats, StoreKey,
    StoreStats,
};

use crate::redaction::{Private, Redaction};
use crate::snapshot::{
    EntrySnapshot, FlightSnapshot, LoadBucket, LoadsSnapshot, MissCount, Moment, SharedSnapshot,
    TierSnapshot,
};

/// How many of the values on their way are listed.
const LISTED: usize = 200;

/// How many entries have a past.
const REMEMBERED: usize = 1000;

/// Notes how many lookups there have been.
pub(crate) fn moment(at: Duration, stats: &StoreStats) -> Moment {
    let entries = stats.entries.iter().take(REMEMBERED);
    Moment {
        at: at.as_secs_f64(),
        lookups: entries.map(|entry| (entry.hits, entry.misses)).collect(),
    }
}

/// Looks at every entry.
pub(crate) fn entries(stats: &StoreStats, in_flight: &[InFlight]) -> Vec<EntrySnapshot> {
    let mut flying: BTreeMap<&StoreKey, Flying> = BTreeMap::new();
    for flight in in_flight {
        let flying = flying.entry(&flight.entry).or_default();
        flying.flights += 1;
        flying.waiters += flight.waiters;
    }
    let of = |stats: &EntryStats| entry(stats, flying.get(&stats.key).copied().unwrap_or_default());
    stats.entries.iter().map(of).collect()
}

/// How many values of an entry are on their way, and who waits for them.
#[derive(Clone, Copy, Default)]
struct Flying {
    flights: usize,
    waiters: usize,
}

fn entry(stats: &EntryStats, flying: Flying) -> EntrySnapshot {
    EntrySnapshot {
        kind: stats.key.kind().to_owned(),
        uid: stats.key.uid().to_owned(),
        policy: stats.policy.clone(),
        hits: stats.hits,
        misses: stats.misses,
        hit_ratio: stats.hit_ratio(),
        miss_reasons: miss_reasons(stats),
        sets: stats.sets,
        evictions: stats.evictions,
        expirations: stats.expirations,
        computations: stats.computations,
        waits: stats.waits,
        values: stats.entries,
        scopes: stats.scopes,
        bytes: stats.bytes,
        in_flight: flying.flights,
        waiters: flying.waiters,
        loads: loads(&stats.load_times),
        shared: stats.shared.map(|shared| shared_by(&shared)),
    }
}

const fn shared_by(shared: &SharedStats) -> SharedSnapshot {
    SharedSnapshot {
        hits: shared.hits,
        misses: shared.misses,
        published: shared.published,
        refused: shared.refused,
        unreadable: shared.unreadable,
        unwritable: shared.unwritable,
        failures: shared.failures,
    }
}

/// Looks at every shared tier.
pub(crate) fn tiers(store: &CacheStore) -> Vec<TierSnapshot> {
    let tiers = store.shared_tiers().into_iter();
    tiers
        .map(|tier| TierSnapshot {
            state: tier.state.name(),
            lasting: tier.lasting.as_secs_f64(),
            queued: tier.queued,
            calls: tier.calls,
            failures: tier.failures,
            disconnects: tier.disconnects,
        })
        .collect()
}

fn miss_reasons(stats: &EntryStats) -> Vec<MissCount> {
    let count = |reason: MissReason| MissCount {
        reason: reason.name(),
        count: stats.misses_by_reason.of(reason),
    };
    let mut reasons: Vec<_> = MissReason::ALL.into_iter().map(count).collect();
    reasons.retain(|miss| miss.count > 0);
    reasons.sort_by_key(|miss| std::cmp::Reverse(miss.count));
    reasons
}

fn loads(times: &LoadTimes) -> LoadsSnapshot {
    let quantile = |part| times.quantile(part).map(|time| time.as_secs_f64());
    let bucket = |(up_to, count): (Duration, u64)| LoadBucket {
        up_to: up_to.as_secs_f64(),
        count,
    };
    LoadsSnapshot {
        count: times.count(),
        failures: times.failures(),
        seconds: times.sum().as_secs_f64(),
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        buckets: times.buckets().map(bucket).collect(),
    }
}

/// Returns what is on its way, oldest first.
pub(crate) fn in_flight(store: &CacheStore) -> Vec<InFlight> {
    let mut in_flight = store.in_flight();
    in_flight.sort_by_key(|flight| std::cmp::Reverse(flight.age));
    in_flight
}

/// Lists the oldest of what is on its way, as far as the application lets it be seen.
pub(crate) fn flights(in_flight: &[InFlight], redaction: &Redaction) -> Vec<FlightSnapshot> {
    let listed = in_flight.iter().take(LISTED);
    listed
        .map(|flight| self::flight(flight, redaction))
        .collect()
}

fn flight(flight: &InFlight, redaction: &Redaction) -> FlightSnapshot {
    let entry = &flight.entry;
    let key = flight.key();
    FlightSnapshot {
        kind: entry.kind().to_owned(),
        uid: entry.uid().to_owned(),
        by: by(flight.kind),
        age: flight.age.as_secs_f64(),
        waiters: flight.waiters,
        key: redaction.show(Private::Key { entry, key }),
        scope: match flight.scope() {
            CacheScope::Global => Some("global".to_owned()),
            scope => redaction.show(Private::Scope(scope)),
        },
    }
}

const fn by(kind: InFlightKind) -> &'static str {
    match kind {
        InFlightKind::Promised => "promised",
        InFlightKind::Leased => "leased",
        _ => "computing",
    }
}
