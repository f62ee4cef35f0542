//! What the cache did: the store's own numbers beside what its answers saved.

use std::collections::BTreeMap;
use std::time::Duration;

use cubbyhole::{CacheType, EntryStats, InFlight, InFlightKind, MissReason, Misses};
use maud::{Markup, html};
use serde::Serialize;

use crate::answer::Source;
use crate::people::Role;
use crate::service::{Service, Tally};
use crate::wording;

/// The numbers of one registry entry, in all scopes together: nobody is named.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) uid: String,
    pub(crate) policy: &'static str,
    pub(crate) scope: &'static str,
    /// Values that were computed, for requests and by jobs.
    pub(crate) computed: u64,
    /// How requests got their answers.
    pub(crate) answers: BTreeMap<&'static str, u64>,
    pub(crate) spent_us: u128,
    pub(crate) saved_us: u128,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// Those reasons that there were.
    pub(crate) misses_by_reason: BTreeMap<&'static str, u64>,
    pub(crate) waits: u64,
    pub(crate) sets: u64,
    pub(crate) evictions: u64,
    pub(crate) expirations: u64,
    pub(crate) entries: u64,
    pub(crate) scopes: u64,
    pub(crate) bytes: u64,
    #[serde(skip)]
    why: String,
    #[serde(skip)]
    each: &'static str,
    #[serde(skip)]
    tally: Tally,
}

pub(crate) fn rows(service: &Service) -> Vec<Row> {
    let stats = service.store.stats();
    stats
        .entries
        .iter()
        .map(|stats| row(service, stats))
        .collect()
}

fn row(service: &Service, stats: &EntryStats) -> Row {
    let tally = service.ledger.tally(stats.key.uid());
    let answers = Source::ALL.map(|source| (source.name(), tally.answers_from(source)));
    Row {
        uid: stats.key.uid().to_owned(),
        policy: stats.policy.name(),
        scope: stats.policy.cache_type().as_str(),
        computed: tally.computations,
        answers: answers.into(),
        spent_us: tally.spent.as_micros(),
        saved_us: tally.saved.as_micros(),
        hits: stats.hits,
        misses: stats.misses,
        misses_by_reason: reasons(&stats.misses_by_reason)
            .map(|(why, count)| (why.name(), count))
            .collect(),
        waits: stats.waits,
        sets: stats.sets,
        evictions: stats.evictions,
        expirations: stats.expirations,
        entries: stats.entries,
        scopes: stats.scopes,
        bytes: stats.bytes,
        why: why(&stats.misses_by_reason),
        each: each(stats.policy.cache_type()),
        tally,
    }
}

/// The reasons for which lookups missed, each with how often.
fn reasons(misses: &Misses) -> impl Iterator<Item = (MissReason, u64)> {
    let all = MissReason::ALL.into_iter();
    all.map(|why| (why, misses.of(why)))
        .filter(|(_, count)| *count > 0)
}

/// The reasons for which lookups missed, in words; none if all of them missed what was never there.
fn why(misses: &Misses) -> String {
    let told = reasons(misses).filter(|(why, _)| *why != MissReason::NeverSeen);
    let told = told.map(|(why, count)| format!("{count} {}", wording::miss(why)));
    told.collect::<Vec<_>>().join(", ")
}

/// A value on its way; whose it is is not said.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flight {
    pub(crate) uid: String,
    pub(crate) kind: &'static str,
    pub(crate) age_us: u128,
    pub(crate) waiters: usize,
    #[serde(skip)]
    age: Duration,
}

pub(crate) fn flights(service: &Service) -> Vec<Flight> {
    let flights = service.store.in_flight();
    flights.iter().map(flight).collect()
}

fn flight(flight: &InFlight) -> Flight {
    Flight {
        uid: flight.entry.uid().to_owned(),
        kind: match flight.kind {
            InFlightKind::Promised => "promised",
            InFlightKind::Computing => "computing",
            InFlightKind::Leased => "leased",
            _ => "on its way",
        },
        age_us: flight.age.as_micros(),
        waiters: flight.waiters,
        age: flight.age,
    }
}

fn under_way(flights: &[Flight]) -> Markup {
    html! {
        h3 { "On its way" }
        @if flights.is_empty() { p.soft { "Nothing." } }
        ul.rows {
            @for flight in flights {
                li {
                    strong { (flight.uid) } ", " (flight.kind) " for " (wording::duration(flight.age)) ": "
                    (flight.waiters) " wait"
                }
            }
        }
    }
}

pub(crate) fn view(service: &Service, role: Role) -> Markup {
    let (rows, flights) = (rows(service), flights(service));
    let saved = rows.iter().map(|row| row.tally.saved).sum();
    let spent = rows.iter().map(|row| row.tally.spent).sum();
    html! {
        section.card.whole #store aria-labelledby="store-heading" {
            header { h2 #store-heading { "What the cache did" } }
            p.lead {
                "Since the service started, for all its people together: " (wording::duration(spent))
                " of computing was done, and " strong { (wording::duration(saved)) } " was saved. "
                "A scope is everyone, one person or one session; each has small caches of its own."
            }
            div.scroll tabindex="0" role="region" aria-labelledby="store-heading" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Entry" }
                            @for column in ["Hits", "Misses", "Waits", "Sets", "Evicted", "Expired", "Kept now", "Scopes", "Saved"] {
                                th scope="col" { (column) }
                            }
                        }
                    }
                    tbody { @for row in &rows { (line(row)) } }
                }
            }
            (under_way(&flights))
            p.soft {
                "All of it, for " a href="/metrics" { "Prometheus" } "; "
                @if role.may_look() { a href="/cache" { "while it happens" } "." }
                @else { "while it happens, for analysts and operators." }
            }
        }
    }
}

/// The column of the misses.
const MISSES: usize = 1;

fn line(row: &Row) -> Markup {
    let counts = [
        row.hits,
        row.misses,
        row.waits,
        row.sets,
        row.evictions,
        row.expirations,
        row.entries,
        row.scopes,
    ];
    html! {
        tr {
            th scope="row" {
                (row.uid) small { (row.policy) " for " (row.each) }
            }
            @for (index, count) in counts.into_iter().enumerate() {
                td { (count) @if index == MISSES { small { (row.why) } } }
            }
            td { @if row.tally.saved.is_zero() { "–" } @else { (wording::duration(row.tally.saved)) } }
        }
    }
}

const fn each(cache_type: CacheType) -> &'static str {
    match cache_type {
        CacheType::Global => "everyone",
        CacheType::Session => "each session",
        CacheType::User => "each user",
    }
}
