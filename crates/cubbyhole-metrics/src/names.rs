//! The metrics, by name.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// A metric that a store has.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: MetricKind,
    /// Its unit, as `metrics` spells it.
    pub unit: Unit,
    /// What it says, in one line.
    pub description: &'static str,
    /// Its labels beside `kind` and `uid`.
    pub labels: &'static [&'static str],
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
    ($($constant:ident: $name:literal, $kind:ident, $unit:ident, [$($label:literal),*], $description:literal;)*) => {
        $(pub(crate) const $constant: &str = $name;)*

        /// Every metric that a store has.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: $name,
            kind: MetricKind::$kind,
            unit: Unit::$unit,
            description: $description,
            labels: &[$($label),*],
        },)*];
    };
}

metrics! {
    HITS: "cubbyhole.hits", Counter, Count, [], "lookups that found a value";
    MISSES: "cubbyhole.misses", Counter, Count, ["reason"], "lookups that found none, by reason";
    SETS: "cubbyhole.sets", Counter, Count, [], "values that were stored, or were to be and were not kept";
    REMOVALS: "cubbyhole.removals", Counter, Count, ["cause"], "values that left by themselves: evicted, expired";
    LOADS: "cubbyhole.loads", Counter, Count, [], "computations that were begun";
    LOAD_FAILURES: "cubbyhole.load.failures", Counter, Count, [], "computations that ended with an error, a panic or too late";
    LOAD_DURATION: "cubbyhole.load.duration", Histogram, Seconds, [], "how long computations took, to within two fifths";
    WAITS: "cubbyhole.waits", Counter, Count, [], "lookups that waited for a value on its way";
    ENTRIES: "cubbyhole.entries", Gauge, Count, [], "values that are stored";
    SCOPES: "cubbyhole.scopes", Gauge, Count, [], "scopes that hold anything";
    SIZE: "cubbyhole.size", Gauge, Bytes, [], "about what the values and their keys take, without what values point to";
    IN_FLIGHT: "cubbyhole.in_flight", Gauge, Count, ["by"], "values on their way, by who brings them";
    IN_FLIGHT_AGE: "cubbyhole.in_flight.age", Gauge, Seconds, [], "how long the oldest of them has been on its way";
    WAITERS: "cubbyhole.waiters", Gauge, Count, [], "who waits for them now";
}
