//! An example service for `cubbyhole`: four years of Seattle's weather, looked at by many people at once.
//!
//! People sign in with a name and see charts of analytics that are expensive to compute. Each value
//! is computed once and shared with exactly those it belongs to: everyone, one person in all of
//! their sessions, or one session. Every card says where its value came from.
//!
//! The binary serves it ([`serve`]), checks it ([`check`]) or loads it ([`load`]); this library is what both, and the
//! tests, are made of.
//!
//! | to see | look at |
//! | --- | --- |
//! | what is cached, by which policy, for whom | `cards` |
//! | how a request gets its scope | `routes/identity.rs` |
//! | what is counted, and how it is scraped | `exposition.rs` |
//! | how a question becomes an answer that says where it came from | `service/ask.rs` |
//! | a cached function and its tags | `cards/monthly.rs` |
//! | refreshing ahead, old values, time limits | `cards/right_now.rs` |
//! | a change of role that puts what was computed out of reach | `cards/extremes.rs` |
//! | a pending value: a long job that everybody waits for | `cards/trend.rs` |
//! | a pinned value: a report that waits for its reader | `cards/report.rs` |
//! | what the processes of a fleet share | `service/entries.rs`, `people/fleet.rs` |
//! | forgetting: signing out, idle sessions, erasure | `service/housekeeping.rs` |

mod analytics;
mod answer;
mod app;
mod args;
mod cards;
mod charts;
pub mod check;
mod choices;
pub mod client;
mod data;
mod exposition;
pub mod load;
mod page;
mod people;
pub mod redis;
mod routes;
mod server;
mod service;
mod station;
mod svg;
mod times;
mod wording;

pub use app::{App, Pace};
pub use args::{ArgsError, Command};
pub use server::{Running, ServeError, serve};
pub use service::StartError;
