//! Servers, networks and processes for tests and measurements of a fleet.
//!
//! [`Server`] is a `redis-server` of its own on a free port, [`Cluster`] is three of them that share the keys,
//! [`Proxy`] is a network between a process and its server that can be made bad, and [`Process`] is a process that takes
//! orders. All of them end with the value, also when whoever has it panics.
//!
//! ```no_run
//! use cubbyhole_fleet::{Mode, Proxy, Server};
//!
//! # async fn play() {
//! let Some(mut server) = Server::start().await else {
//!     return; // A line has said that there is no redis-server.
//! };
//! let proxy = Proxy::to(server.port).await;
//! // … connect to `proxy.url()`, and then:
//! proxy.set(Mode::Swallow);
//! server.kill();
//! server.restart().await;
//! # }
//! ```
//!
//! # Panics
//!
//! Whatever does not work here is a failure of the test or the measurement, and panics.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this is how a test fails; the crate says so once"
)]

mod clock;
mod cluster;
mod process;
mod proxy;
mod server;
mod waiting;

pub use clock::now;
pub use cluster::Cluster;
pub use process::{Process, next_order, say};
pub use proxy::{Mode, Proxy};
pub use server::{Server, free_port};
pub use waiting::{PATIENCE, until};
