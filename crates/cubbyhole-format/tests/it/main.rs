//! What is written is read back, and nothing else is.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but that does not reach their helpers"
)]

#[cfg(feature = "zstd")]
mod compressed; // Large values, smaller.
mod damage; // Flipped bits, missing bytes, bytes by chance.
mod evolution; // Types that change.
mod golden; // What was stored once is read for ever.
mod hostile; // Bytes that were made to do harm.
mod refusals; // Each reason to refuse, and its kind.
mod round_trip; // What is written is read back.
mod support; // A type of many shapes.
