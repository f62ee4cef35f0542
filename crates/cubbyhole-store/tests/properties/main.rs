//! Properties of the whole store, over random histories: one user never sees what is another's, every answer is that
//! of a naive model, and what many threads see has an order.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and prints what it counted"
)]

mod fleet;
mod isolation;
mod linearisable;
mod model;
mod order;
mod terms;

/// Ids that somebody may have, and that mean something elsewhere.
const IDS: [&str; 6] = ["ada", "", "global", "user:ada", "a\0b", "a\0b "];
