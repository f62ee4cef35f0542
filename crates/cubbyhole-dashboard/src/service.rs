//! The service: its data, its store, its people, and how a question becomes an answer.

mod ask;
mod background;
mod entries;
mod gate;
mod housekeeping;
mod jobs;
mod ledger;

use std::sync::Arc;
use std::time::Duration;

use cubbyhole::{CacheStore, Clock, PolicyError, SharedTier};
use metrics_exporter_prometheus::BuildError;

use self::housekeeping::{AFTER_LAST_REQUEST, REMEMBERED};
use crate::analytics::Effort;
use crate::data::{DataError, Dataset};
use crate::exposition::Exposition;
use crate::people::{Fleet, Leavers, People, SessionId, UserName, draw};
use crate::station::Station;

pub(crate) use self::ask::{Entry, Kept, NoValue, Own, compute, hear};
pub(crate) use self::background::Progress;
pub(crate) use self::entries::Entries;
pub(crate) use self::gate::Gate;
pub(crate) use self::jobs::{JobKey, Jobs, Running};
pub(crate) use self::ledger::{Ledger, Tally};

/// Everything that requests share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) data: Arc<Dataset>,
    pub(crate) effort: Effort,
    pub(crate) store: CacheStore,
    pub(crate) exposition: Exposition,
    pub(crate) entries: Entries,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) people: Arc<People>,
    left_sessions: Leavers<SessionId>,
    left_users: Leavers<UserName>,
    pub(crate) station: Arc<Station>,
    pub(crate) jobs: Arc<Jobs>,
    /// Before the jobs.
    pub(crate) gate: Gate,
    /// Before the extreme days, when it is known whose they are.
    pub(crate) extremes_gate: Gate,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data that ship with the service are damaged.
    #[error("the weather data cannot be used: {0}")]
    Data(String),
    /// A policy of a card is impossible.
    #[error("a cache policy cannot be used: {0}")]
    Policy(#[from] PolicyError),
    /// What is counted cannot be told.
    #[error("the metrics cannot be published: {0}")]
    Metrics(String),
    /// A process of a fleet needs a number that no other has.
    #[error("the operating system gives no random numbers")]
    Random,
}

impl From<DataError> for StartError {
    fn from(error: DataError) -> Self {
        Self::Data(error.to_string())
    }
}

impl From<BuildError> for StartError {
    fn from(error: BuildError) -> Self {
        Self::Metrics(error.to_string())
    }
}

impl Service {
    pub(crate) fn new(
        effort: Effort,
        gate: Gate,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        Self::of(effort, gate, clock, None)
    }

    /// One of a fleet of processes that share this tier.
    pub(crate) fn in_fleet(
        effort: Effort,
        gate: Gate,
        clock: Arc<dyn Clock>,
        tier: &Arc<dyn SharedTier>,
    ) -> Result<Self, StartError> {
        Self::of(effort, gate, clock, Some(tier))
    }

    fn of(
        effort: Effort,
        gate: Gate,
        clock: Arc<dyn Clock>,
        tier: Option<&Arc<dyn SharedTier>>,
    ) -> Result<Self, StartError> {
        let data = Arc::new(Dataset::seattle()?);
        let station = Station::new(Arc::clone(&data), Arc::clone(&clock), effort.reading);
        let mut store = CacheStore::builder().clock(clock);
        if let Some(tier) = tier {
            store = store.shared_tier(Arc::clone(tier));
        }
        let store = store.build();
        let (mut people, mut ledger) = (People::new(IDLE, MOST_PEOPLE), Ledger::default());
        if let Some(tier) = tier {
            let fleet = Fleet::new(store.clone(), tier, IDLE, MOST_PEOPLE)?;
            people = people.in_fleet(fleet, drawn()?.max(1));
            ledger = Ledger::of_fleet((drawn()? >> 32) as u32);
        }
        Ok(Self {
            data,
            effort,
            exposition: Exposition::new(store.clone())?,
            store,
            entries: Entries::new(tier)?,
            ledger: Arc::new(ledger),
            people: Arc::new(people),
            left_sessions: Leavers::new(AFTER_LAST_REQUEST, MOST_PEOPLE),
            left_users: Leavers::new(REMEMBERED, MOST_PEOPLE),
            station: Arc::new(station),
            jobs: Arc::default(),
            gate,
            extremes_gate: Gate::open(),
        })
    }
}

fn drawn() -> Result<u64, StartError> {
    draw().map_err(|_no_bits| StartError::Random)
}

/// A session without a request ends after this time.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// So that nobody can fill the memory by signing in again and again.
const MOST_PEOPLE: usize = 10_000;
