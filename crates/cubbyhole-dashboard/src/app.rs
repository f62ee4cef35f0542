//! The service as one value: made, asked, served.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use cubbyhole::inspect::InspectorHandle;
use cubbyhole::{Clock, SharedTier, SystemClock};

use crate::analytics::Effort;
use crate::routes::router;
use crate::service::{Gate, Service, StartError};

/// How hard the analytics work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pace {
    /// As the service does: the long job takes seconds.
    Full,
    /// As little as exercises everything: for tests.
    Quick,
}

/// The dashboard: clones are handles to one.
#[derive(Clone, Debug)]
pub struct App {
    service: Arc<Service>,
}

impl App {
    /// Makes a dashboard whose long jobs run as soon as they are started.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the data or the policies that ship with it are damaged.
    pub fn new(pace: Pace) -> Result<Self, StartError> {
        Self::of(pace, Gate::open(), Arc::new(SystemClock))
    }

    /// Makes a dashboard whose long jobs are held back until [`release_jobs`](Self::release_jobs),
    /// so that whoever checks it can have everyone waiting first.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_jobs_held(pace: Pace) -> Result<Self, StartError> {
        Self::of(pace, Gate::closed(), Arc::new(SystemClock))
    }

    /// Makes a dashboard whose cache and whose station go by this clock, so that whoever checks it
    /// need not wait for values to grow old.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_clock(pace: Pace, clock: impl Clock + 'static) -> Result<Self, StartError> {
        Self::of(pace, Gate::open(), Arc::new(clock))
    }

    /// Makes a dashboard that is one of a fleet: the processes under one address share values, sessions, roles and
    /// tastes by this tier. A tier belongs to one dashboard.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); and if the operating system gives no random numbers.
    pub fn in_fleet(pace: Pace, tier: &Arc<dyn SharedTier>) -> Result<Self, StartError> {
        Self::in_fleet_with_clock(pace, tier, SystemClock)
    }

    /// The same with a clock, which the tier should go by too.
    ///
    /// # Errors
    ///
    /// As [`in_fleet`](Self::in_fleet).
    pub fn in_fleet_with_clock(
        pace: Pace,
        tier: &Arc<dyn SharedTier>,
        clock: impl Clock + 'static,
    ) -> Result<Self, StartError> {
        let service = Service::in_fleet(pace.effort(), Gate::open(), Arc::new(clock), tier)?;
        Ok(Self::from(service))
    }

    /// Ends and forgets what is over, as a dashboard that is served does every half a minute; in a fleet, what other
    /// processes have ended too.
    pub async fn keep_house(&self) {
        self.service.keep_house(Instant::now()).await;
    }

    /// Holds the long jobs back until [`release_jobs`](Self::release_jobs).
    pub fn hold_jobs(&self) {
        self.service.gate.hold();
    }

    /// Lets the long jobs run.
    pub fn release_jobs(&self) {
        self.service.gate.release();
    }

    /// Holds back whoever computes extreme days, once it has found out for which role.
    pub fn hold_extremes(&self) {
        self.service.extremes_gate.hold();
    }

    /// Lets the extreme days be computed.
    pub fn release_extremes(&self) {
        self.service.extremes_gate.release();
    }

    /// Returns how many computations of extreme days are held back.
    #[must_use]
    pub fn held_extremes(&self) -> usize {
        self.service.extremes_gate.waiting()
    }

    /// Its addresses, and what ends the streams that have no end of their own.
    pub(crate) fn router(&self) -> (Router, InspectorHandle) {
        router(Arc::clone(&self.service))
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.service
    }

    fn of(pace: Pace, gate: Gate, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        Ok(Self::from(Service::new(pace.effort(), gate, clock)?))
    }
}

impl From<Service> for App {
    fn from(service: Service) -> Self {
        let service = Arc::new(service);
        Self { service }
    }
}

impl Pace {
    /// Returns the pace at which a check ends within seconds: without optimization the long job alone takes half a
    /// minute.
    #[must_use]
    pub const fn of_this_build() -> Self {
        if cfg!(debug_assertions) {
            Self::Quick
        } else {
            Self::Full
        }
    }

    const fn effort(self) -> Effort {
        match self {
            Self::Full => Effort::FULL,
            Self::Quick => Effort::QUICK,
        }
    }
}
