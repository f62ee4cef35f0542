//! The conformance suite of tiers: what every shared tier promises, as named tests.
//!
//! The macros and [`TierFleet`] are the public face; what the macros expand to is here, public only so that they can name
//! it.

mod checks;
mod ears;
mod fleet;
mod macros;
mod trial;

pub use checks::{cells, events, fencing, invalidation, leases, outages, places, values, waits};
pub use fleet::TierFleet;
pub use trial::{Check, Trial, attempt, run};
