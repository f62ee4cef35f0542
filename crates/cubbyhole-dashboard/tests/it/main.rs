//! Drives the service over HTTP, as its users do.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on has failed the test"
)]

mod api;
mod browser;
mod command;
mod fleet;
mod grafana;
mod inspector;
mod isolation;
mod jobs;
mod load;
mod metrics;
mod pages;
mod people;
mod roles;
mod server;
mod station;
