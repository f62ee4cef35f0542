//! The conformance suite: what every cache promises, as named tests.
//!
//! The macros are the public face; what they expand to is here, public only so that they can name it.

mod attempt;
mod checks;
mod macros;
mod subject;

pub use attempt::{Failure, attempt, run};
pub(crate) use attempt::{Trouble, watch};
pub use checks::{bounds, contents, futures, histories, keys, locks, panics, pins, threads, time};
pub use checks::{synchronous, values};
pub use subject::Subject;

use subject::CacheUnderTest;
