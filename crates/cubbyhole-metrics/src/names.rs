//! The metrics, by name.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// A metric that a store has.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is about, which says by which labels it is told from others.
    pub subject: MetricSubject,
    /// What it is.
    pub kind: MetricKind,
    /// Its unit, as `metrics` spells it.
    pub unit: Unit,
    /// What it says, in one line.
    pub description: &'static str,
    /// Its labels beside those of its subject.
    pub labels: &'static [&'static str],
}

/// What a metric is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetricSubject {
    /// A registry entry.
    Entry,
    /// A shared tier.
    Tier,
}

impl MetricSubject {
    /// Returns the labels that tell one subject from another.
    #[must_use]
    pub const fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Entry => &["kind", "uid"],
            Self::Tier => &["tier"],
        }
    }
}

/// What a metric is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only rises.
    Counter,
    /// A number of now.
    Gauge,
    /// Numbers and how often each came.
    Histogram,
}

impl Metric {
    pub(crate) fn describe(&self) {
        match self.kind {
            MetricKind::Counter => describe_counter!(self.name, self.unit, self.description),
            MetricKind::Gauge => describe_gauge!(self.name, self.unit, self.description),
            MetricKind::Histogram => describe_histogram!(self.name, self.unit, self.description),
        }
    }
}

/// Makes the list and a constant for each name.
macro_rules! metrics {
    ($($constant:ident: $name:literal, $subject:ident, $kind:ident, $unit:ident, [$($label:literal),*], $description:literal;)*) => {
        $(pub(crate) const $constant: &str = $name;)*

        /// Every metric that a store has.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: $name,
            subject: MetricSubject::$subject,
            kind: MetricKind::$kind,
            unit: Unit::$unit,
            description: $description,
            labels: &[$($label),*],
        },)*];
    };
}

metrics! {
    HITS: "cubbyhole.hits", Entry, Counter, Count, [], "lookups that found a value";
    MISSES: "cubbyhole.misses", Entry, Counter, Count, ["reason"], "lookups that found none, by reason";
    SETS: "cubbyhole.sets", Entry, Counter, Count, [], "values that were stored, or were to be and were not kept";
    REMOVALS: "cubbyhole.removals", Entry, Counter, Count, ["cause"], "values that left by themselves: evicted, expired";
    LOADS: "cubbyhole.loads", Entry, Counter, Count, [], "computations that were begun";
    LOAD_FAILURES: "cubbyhole.load.failures", Entry, Counter, Count, [], "computations that ended with an error, a panic or too late";
    LOAD_DURATION: "cubbyhole.load.duration", Entry, Histogram, Seconds, [], "how long computations took, to within two fifths";
    WAITS: "cubbyhole.waits", Entry, Counter, Count, [], "lookups that waited for a value on its way";
    ENTRIES: "cubbyhole.entries", Entry, Gauge, Count, [], "values that are stored";
    SCOPES: "cubbyhole.scopes", Entry, Gauge, Count, [], "scopes that hold anything";
    SIZE: "cubbyhole.size", Entry, Gauge, Bytes, [], "about what the values and their keys take, without what values point to";
    IN_FLIGHT: "cubbyhole.in_flight", Entry, Gauge, Count, ["by"], "values on their way, by who brings them";
    IN_FLIGHT_AGE: "cubbyhole.in_flight.age", Entry, Gauge, Seconds, [], "how long the oldest of them has been on its way";
    WAITERS: "cubbyhole.waiters", Entry, Gauge, Count, [], "who waits for them now";
    SHARED_LOOKUPS: "cubbyhole.shared.lookups", Entry, Counter, Count, ["result"], "questions to the shared tier, by what came of them";
    SHARED_VALUES: "cubbyhole.shared.values", Entry, Counter, Count, ["result"], "values for the shared tier, by what became of them";
    SHARED_FAILURES: "cubbyhole.shared.failures", Entry, Counter, Count, [], "calls of the shared tier that failed";
    TIER_STATE: "cubbyhole.tier.state", Tier, Gauge, Count, ["state"], "1 for the state that the tier is in, 0 for the others";
    TIER_QUEUED: "cubbyhole.tier.queued", Tier, Gauge, Count, [], "invalidations that other processes have still to be told of";
    TIER_CALLS: "cubbyhole.tier.calls", Tier, Counter, Count, [], "calls that the tier was asked to make";
    TIER_FAILURES: "cubbyhole.tier.failures", Tier, Counter, Count, [], "calls that failed, those that took too long included";
    TIER_DISCONNECTS: "cubbyhole.tier.disconnects", Tier, Counter, Count, [], "connections that were lost";
}
