//! Drives the service over HTTP, as its users do.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on has failed the test"
)]

mod api;
mod check;
mod command;
mod grafana;
mod isolation;
mod jobs;
mod load;
mod metrics;
mod pages;
mod people;
mod roles;
mod server;
mod station;
