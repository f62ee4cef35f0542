//! The tier against real servers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what the tests share is not in a test function"
)]

mod support;

/// One node after the other, and two that see each other.
mod sharing;

/// Networks and servers that do not work.
mod faults;

/// Three servers that share the keys.
#[cfg(feature = "cluster")]
mod clusters;

/// What every tier promises.
mod conformance;

/// Who is let in, and where.
mod access;
