//! What a keep-all cache promises.

/// The contract of every cache.
mod conformance;
/// Random histories, with a look inside after every step.
mod histories;
/// What the type system and `Debug` show.
mod shapes;
