//! The cache from the outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract; // What it answers, and that it is what its traits ask for.
mod hit_ratio; // That it is a true LRU, by how often it hits.
mod traps; // The mistakes of others, each by its name.
