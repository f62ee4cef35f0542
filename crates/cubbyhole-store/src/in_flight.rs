//! What is on its way.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_scope::CacheScope;
use hashbrown::HashMap;

use crate::entry::StoreKey;
use crate::flight::Flight;
use crate::sync::Mutex;

/// A value on its way.
///
/// Whose value it is and its key are told only to who asks for them ([`scope`](Self::scope), [`key`](Self::key)):
/// `Debug` shows neither.
#[derive(Clone)]
#[non_exhaustive]
pub struct InFlight {
    /// The registry entry.
    pub entry: StoreKey,
    /// Who brings the value.
    pub kind: InFlightKind,
    /// For how long it has been on its way, by the clock of the store.
    pub age: Duration,
    /// How many wait for it.
    pub waiters: usize,
    pub(crate) scope: CacheScope,
    pub(crate) key: Box<str>,
}

impl InFlight {
    /// Returns the scope that the value belongs to.
    #[must_use]
    pub const fn scope(&self) -> &CacheScope {
        &self.scope
    }

    /// Returns the key of the value. It may tell what somebody asked for, so it belongs in no log and no metric.
    #[must_use]
    pub const fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight")
            .field("entry", &self.entry)
            .field("kind", &self.kind)
            .field("age", &self.age)
            .field("waiters", &self.waiters)
            .finish_non_exhaustive()
    }
}

/// Who brings a value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum InFlightKind {
    /// Whoever called [`set_pending`](crate::CacheStore::set_pending).
    Promised,
    /// A task of the store.
    Computing,
    /// The holder of a [`Lease`](crate::Lease), or a computation about to begin.
    Leased,
}

/// The flights of one registry entry that somebody still holds.
pub(crate) struct Airborne<V> {
    flights: Mutex<HashMap<u64, Weak<Flight<V>>>>,
}

impl<V> Airborne<V> {
    pub(crate) fn new() -> Arc<Self> {
        let flights = Mutex::new(HashMap::with_capacity(FEW));
        Arc::new(Self { flights })
    }

    pub(crate) fn add(&self, flight: &Arc<Flight<V>>) {
        let mut flights = self.flights.lock();
        flights.insert(flight.id(), Arc::downgrade(flight));
    }

    pub(crate) fn remove(&self, id: u64) {
        let mut flights = self.flights.lock();
        flights.remove(&id);
        if flights.is_empty() || flights.len() < flights.capacity() / 8 {
            flights.shrink_to(FEW);
        }
    }

    /// Says what is on its way, longest first.
    pub(crate) fn report(&self, now: Duration) -> Vec<InFlight> {
        let flights: Vec<_> = self.flights.lock().values().map(Weak::clone).collect();
        let flights = flights.iter().filter_map(Weak::upgrade);
        let mut report: Vec<_> = flights.filter_map(|flight| flight.report(now)).collect();
        report.sort_by_key(|flight| std::cmp::Reverse(flight.age));
        report
    }
}

/// How many flights there is always room for. Without a least size, what is kept when all have landed would depend on the
/// order in which they did.
const FEW: usize = 3;
