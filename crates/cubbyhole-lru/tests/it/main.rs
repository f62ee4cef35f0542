//! The cache from the outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance; // What every cache promises.
mod contract; // What it answers, and that it is what its traits ask for.
mod histories; // Random operations, compared with a naive model.
mod hit_ratio; // That it is a true LRU, by how often it hits.
mod traps; // The mistakes of others, each by its name.
