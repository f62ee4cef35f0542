//! Checks a dashboard over real HTTP, as many people at once, and shows what was found.
//!
//! Everybody asks for the same things at the same time. Each answer names the person or the session
//! it was computed for, as the scope of its computation said; the check compares that with who
//! asked, and compares the numbers of the computations with each other.
//!
//! What has to do with time is checked on a dashboard of its own, whose clock is moved by hand.

mod browser;
mod cast;
mod claims;
mod everyone;
mod inspector;
mod loading;
mod long_job;
mod reports;
mod roles;
mod samples;
mod strangers;
mod streams;
mod tags;

use std::fmt;
use std::net::SocketAddr;

use self::browser::Browser;
pub use self::claims::Claims;
use self::samples::Samples;
use crate::client::ClientError;
use crate::service::StartError;
use crate::{App, Pace, ServeError, serve};

/// Why a check ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The dashboard could not be made.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The dashboard could not be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A request had no reply.
    #[error("no reply to {0}")]
    NoReply(#[from] ClientError),
    /// A task of the check itself ended badly.
    #[error("the check itself failed: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// The jobs were held back, and those who should have waited did not.
    #[error("only {waiting} of {all} requests came to wait for the long job")]
    NobodyWaits {
        /// How many waited.
        waiting: u64,
        /// How many should have.
        all: usize,
    },
    /// Something that was to happen at once did not.
    #[error("waited in vain until {0}")]
    InVain(&'static str),
}

/// What a check found.
#[derive(Debug)]
pub struct Report {
    address: SocketAddr,
    people: usize,
    sessions: usize,
    samples: Samples,
    claims: Claims,
}

/// Serves a dashboard on a free port and checks it.
///
/// # Errors
///
/// [`CheckError`] if the check could not be carried out; what is wrong with the dashboard is in the
/// report.
pub async fn check(pace: Pace) -> Result<Report, CheckError> {
    let app = App::with_jobs_held(pace)?;
    let running = serve(&app, 0).await?;
    let address = running.address();
    let mut claims = Claims::default();
    let mut samples = Samples::default();

    let crowd = cast::sign_in(address, &mut claims).await?;
    streams::read(&crowd, &mut claims).await?;
    everyone::ask(&crowd, &mut samples, &mut claims).await?;
    long_job::wait(&app, &crowd, &mut samples, &mut claims).await?;
    reports::collect(&crowd, &mut samples, &mut claims).await?;
    samples::compare_with_service(&crowd, &samples, &mut claims).await?;
    strangers::try_all(address, &crowd, &mut claims).await?;
    inspector::try_all(&app, address, &crowd, &mut claims).await?;
    loading::drive(&mut claims).await?;

    Ok(Report {
        address,
        people: cast::NAMES.len(),
        sessions: crowd.len(),
        samples,
        claims,
    })
}

impl Report {
    /// Returns whether all that was claimed held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.claims.violations().is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            address,
            people,
            sessions,
            ..
        } = self;
        writeln!(
            f,
            "{people} people in {sessions} sessions at http://{address}\n"
        )?;
        writeln!(f, "{}", self.samples)?;
        write!(f, "{}", self.claims)
    }
}
