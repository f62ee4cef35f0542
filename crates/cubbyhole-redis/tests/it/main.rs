//! The tier against real servers.

mod support;

/// One node after the other, and two that see each other.
mod sharing;
