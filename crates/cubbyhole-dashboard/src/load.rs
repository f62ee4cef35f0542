//! Loads a dashboard over real HTTP: many people who are signed in at once, each answer looked at by whoever got it.
//!
//! The dashboard runs in a process of its own, so that its memory is its own; what it uses is taken from `/metrics`, as
//! whoever watches a service takes it.

mod answers;
mod findings;
mod plan;
mod server;
mod visitor;
mod watch;

use std::net::SocketAddr;
use std::time::Instant;

use tokio::task::JoinSet;

pub use self::findings::Findings;
use self::findings::Visit;
pub use self::plan::{Length, Plan, PlanError};
use self::server::Server;
use self::visitor::Visitor;
use self::watch::{Watch, look};
use crate::client::{Client, ClientError};

/// Why a load ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The dashboard could not be started in a process of its own.
    #[error("the dashboard could not be started: {0}")]
    Start(String),
    /// Before there was any load, a request had no reply.
    #[error("no reply to {0}")]
    NoReply(#[from] ClientError),
    /// Somebody could not sign in.
    #[error("{0} could not sign in")]
    SignIn(String),
    /// A task of the load itself ended badly.
    #[error("the load itself failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Starts this program once more, to serve, and loads that.
///
/// # Errors
///
/// [`LoadError`] if the load could not be carried out; what is wrong with the dashboard is in the findings.
pub async fn load(plan: Plan) -> Result<Findings, LoadError> {
    let server = Server::start()?;
    load_at(server.address(), plan).await
}

/// Loads the dashboard at an address.
///
/// # Errors
///
/// As [`load`].
pub async fn load_at(address: SocketAddr, plan: Plan) -> Result<Findings, LoadError> {
    let before = look(&Client::new(address)).await?;
    let people = sign_in(address, plan.users()).await?;
    let begun = Instant::now();
    let watch = Watch::start(address, begun);
    let mut visits = JoinSet::new();
    for visitor in people {
        visits.spawn(visitor.visit(plan.length(), begun));
    }
    let mut visit = Visit::default();
    while let Some(of_one) = visits.join_next().await {
        visit.add(of_one?);
    }
    let took = begun.elapsed();
    let memory = watch.stop(before).await?;
    Ok(Findings::new(plan, took, visit, memory))
}

async fn sign_in(address: SocketAddr, users: usize) -> Result<Vec<Visitor>, LoadError> {
    let mut people = Vec::with_capacity(users);
    for number in 0..users {
        people.push(Visitor::sign_in(address, number).await?);
    }
    if let Some(first) = people.first() {
        first.prepare().await?;
    }
    Ok(people)
}
