//! What a keep-all cache promises.

/// The contract of every cache.
mod conformance;
/// Random operations on the map, with what they remove and hand out.
mod entries;
/// Random histories, with a look inside after every step.
mod histories;
/// What the type system and `Debug` show.
mod shapes;
