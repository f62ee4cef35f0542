//! The tier against real servers.

mod support;

/// One node after the other, and two that see each other.
mod sharing;

/// Several processes, and what becomes of them when the server does not work.
mod processes;

/// Networks and servers that do not work.
mod faults;

/// Three servers that share the keys.
#[cfg(feature = "cluster")]
mod clusters;
