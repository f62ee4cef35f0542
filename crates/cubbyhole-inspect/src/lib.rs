//! Shows what a [`CacheStore`](cubbyhole_store::CacheStore) does.
#![forbid(unsafe_code)]

mod actions;
mod csrf;
mod events;
mod feed;
mod guard;
mod history;
mod inspector;
mod origin;
mod problem;
mod redaction;
mod routes;
mod snapshot;
mod taking;
mod watch;

pub use inspector::{Inspector, InspectorHandle};
pub use redaction::Private;
pub use snapshot::{
    EntrySnapshot, FlightSnapshot, LoadBucket, LoadsSnapshot, MissCount, Moment, Snapshot,
};
