//! What a cache with a time to live promises.

/// Operations of a cache, run to their end.
mod at_once;
/// Clocks for tests.
mod clocks;
/// The contract of every cache.
mod conformance;
/// Random operations on the map, with what they remove and hand out.
mod entries;
/// Random histories, with a look inside after every step.
mod histories;
/// Memory that is given back although nobody asks for it.
mod memory;
/// What the type system and `Debug` show.
mod shapes;
/// Threads that race with the alarm.
mod threads;
/// Mistakes that other caches made, by name.
mod traps;
