//! Fleets of eight processes with whole stores, and all that can go wrong between them and their server.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests share is not in a test function"
)]

mod support;

/// What a process of a fleet does.
mod worker;

/// Servers that die, stop, forget, or are full.
mod servers;

/// Networks that do not work.
mod networks;

/// One process computes for all.
mod computing;

/// How soon the others lose what one changes.
mod speed;
