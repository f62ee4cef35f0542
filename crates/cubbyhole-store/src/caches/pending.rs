//! Values on their way: promising, computing, leasing, waiting for them, and failing them.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Poll, Waker};

use cubbyhole_core::{HashedKey, Removed};

use super::operations::ask;
use super::{Caches, Create, NodeRef, Visit};
use crate::cell::{Answer, Cell, Look, Remote};
use crate::counters::Count;
use crate::error::{CacheError, SharedError};
use crate::flight::{Flight, Kind, Lead, Lists, Outcome, Start, Wait, Waited};
use crate::load_graph::Edge;
use crate::misses::MissReason;
use crate::runtime::RunningComputation;

/// How a lookup that may lead begins.
pub(crate) enum Begun<V> {
    /// The value is there.
    Found(V),
    /// It is on its way.
    Join(Wait<V>),
    /// It is not, and who asked is to bring it.
    Lead(Lead<V>),
    /// The value is there, and who asked is to bring a newer one.
    Refresh(V, Lead<V>),
    /// It is not, and it is too early to try again.
    Failed(CacheError),
    /// Only a remote cache knows.
    Ask(Remote<V>),
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Finds the value of `key`, or joins those who wait for it, if that needs no detour.
    #[inline]
    pub(crate) fn begin_at_a_glance<'a>(
        &'a self,
        key: HashedKey<'a>,
    ) -> impl Future<Output = Option<Begun<V>>> + Send + 'a {
        poll_fn(move |cx| Poll::Ready(self.find_or_join(key, cx.waker())))
    }

    #[inline]
    fn find_or_join(&self, key: HashedKey<'_>, waker: &Waker) -> Option<Begun<V>> {
        let mut why = None;
        let begun = self.at_once(|cell| {
            if let Some(value) = cell.cache.glance_at_fresh(key, || &*self.world.clock)? {
                return Some(Begun::Found(value));
            }
            let flight = cell.flights.find(key)?;
            // One computation that waits for another takes the longer way: it may have to make room for it.
            if RunningComputation::is_any() {
                return None;
            }
            why = cell.cache.why_missing(key);
            let now = self.world.tags.now();
            flight.join(true, Some(waker), now).map(Begun::Join)
        })?;
        self.count_beginning(&begun, key, why);
        Some(begun)
    }

    /// Finds the value of `key`, or joins those who wait for it, or begins its flight: one step. Who `can_refresh` may
    /// be given a value that is there together with the lead.
    pub(crate) async fn begin(
        &self,
        key: HashedKey<'_>,
        can_refresh: bool,
    ) -> Result<Begun<V>, CacheError> {
        let (begun, why) = match self.begin_now(key, true, can_refresh)? {
            (Begun::Ask(remote), why) => {
                let begun = Box::pin(self.begin_remote(remote, key)).await?;
                (begun, why)
            }
            begun => begun,
        };
        self.count_beginning(&begun, key, why);
        Ok(begun)
    }

    /// Begins as [`begin`](Self::begin) does, with a cache that has the answer at once.
    pub(crate) fn begin_here(&self, key: HashedKey<'_>) -> Result<Begun<V>, CacheError> {
        let (begun, why) = self.begin_now(key, true, true)?;
        if let Begun::Ask(_) = begun {
            return Err(self.unsupported("answer without being waited for"));
        }
        self.count_beginning(&begun, key, why);
        Ok(begun)
    }

    #[inline]
    fn count_beginning(&self, begun: &Begun<V>, key: HashedKey<'_>, why: Option<MissReason>) {
        match begun {
            Begun::Found(_) | Begun::Refresh(..) => self.counters.increment(Count::Hits),
            Begun::Join(_) => {
                self.count_miss(key, why);
                self.counters.increment(Count::Waits);
            }
            Begun::Failed(_) => self.count_miss(key, Some(MissReason::FailedRecently)),
            Begun::Lead(_) | Begun::Ask(_) => self.count_miss(key, why),
        }
    }

    /// Notes who waits here.
    pub(crate) fn expect(&self, mut wait: Wait<V>) -> Result<Wait<V>, CacheError> {
        let edge = self.world.loads.wait_for(wait.flight())?;
        wait.waits_as(edge);
        Ok(wait)
    }

    /// Begins with a remote cache. Who is to lead asks it once more: the flight that was there when it was first asked
    /// may have landed meanwhile.
    async fn begin_remote(
        &self,
        remote: Remote<V>,
        key: HashedKey<'_>,
    ) -> Result<Begun<V>, CacheError> {
        if let Some(value) = ask(&remote, key.as_str(), false).await {
            return Ok(Begun::Found(value));
        }
        let lead = match self.begin_now(key, false, false)? {
            (Begun::Lead(lead), _) => lead,
            (begun, _) => return Ok(begun),
        };
        let Some(value) = ask(&remote, key.as_str(), false).await else {
            return Ok(Begun::Lead(lead));
        };
        self.unlist(lead.flight());
        lead.flight().end(Ok(value.clone()));
        lead.done();
        Ok(Begun::Found(value))
    }

    fn begin_now(
        &self,
        key: HashedKey<'_>,
        look: bool,
        can_refresh: bool,
    ) -> Result<(Begun<V>, Option<MissReason>), CacheError> {
        let clock = &*self.world.clock;
        self.here_made(|cell, removed, node| {
            let look = if look {
                cell.cache.look(key, clock, removed)
            } else {
                Look::Nothing(None)
            };
            let (mut why, mut failed) = (None, None);
            match look {
                Look::Found(value) => return (Begun::Found(value), None),
                Look::Ask(remote) => return (Begun::Ask(remote), None),
                Look::Aging(value) => {
                    if !can_refresh || cell.flights.find(key).is_some() {
                        return (Begun::Found(value), None);
                    }
                    let lead = Lead::new(self.list(cell, Kind::Lease, node, key));
                    return (Begun::Refresh(value, lead), None);
                }
                Look::Failed(error) => failed = Some(error),
                Look::Nothing(reason) => why = reason,
            }
            let now = self.world.tags.now();
            let flight = cell.flights.find(key);
            if let Some(wait) = flight.and_then(|flight| flight.join(true, None, now)) {
                return (Begun::Join(wait), why);
            }
            if let Some(error) = failed {
                return (Begun::Failed(error), None);
            }
            // Until the computation runs, it is the duty of this caller, whoever else comes and goes.
            let flight = self.list(cell, Kind::Lease, node, key);
            (Begun::Lead(Lead::new(flight)), why)
        })
    }

    /// Begins to bring the value of `key` anew, whether or not it is there, or joins who does so already.
    pub(crate) fn begin_anew(&self, key: HashedKey<'_>) -> Result<Begun<V>, CacheError> {
        self.here_made(|cell, _, node| {
            let now = self.world.tags.now();
            let flight = cell.flights.find(key).filter(|flight| brings(flight));
            match flight.and_then(|flight| flight.join(true, None, now)) {
                Some(wait) => Begun::Join(wait.or_error()),
                None => Begun::Lead(Lead::new(self.list(cell, Kind::Lease, node, key))),
            }
        })
    }

    /// Lists a new flight.
    pub(super) fn list(
        &self,
        cell: &mut Cell<V>,
        kind: Kind,
        node: NodeRef<'_>,
        key: HashedKey<'_>,
    ) -> Arc<Flight<V>> {
        let start = Start {
            entry: self.key.clone(),
            lists: self.weak(),
            airborne: &self.airborne,
            node: node.to_arc(),
            key,
            now: self.world.clock.now(),
            stamp: self.world.tags.now(),
        };
        let flight = Flight::new(kind, start);
        cell.flights.insert(Arc::clone(&flight));
        flight
    }

    /// Returns the value of `key`, waits for it if it is on its way, or says at once that it is not.
    pub(crate) async fn get_or_wait(&self, key: &str) -> Result<Option<V>, CacheError> {
        let hashed = HashedKey::new(key);
        let clock = &*self.world.clock;
        loop {
            let (mut why, mut fetch) = (None, None);
            let begun = self.here_to_read(|cell, removed, node| {
                match cell.cache.get(hashed, false, clock, removed) {
                    Answer::Now(Some(value)) => return Some(Begun::Found(value)),
                    Answer::Ask(remote) => return Some(Begun::Ask(remote)),
                    Answer::Now(None) => why = cell.cache.why_missing(hashed),
                }
                let begun = self.join_flight(cell, hashed);
                if begun.is_none() {
                    fetch = self.begin_fetch(cell, node, hashed);
                }
                begun
            })?;
            if let Some((cell, lead)) = fetch {
                return self.fetch(hashed, cell, lead, why).await;
            }
            let begun = match begun.flatten() {
                Some(Begun::Ask(remote)) => match ask(&remote, key, false).await {
                    Some(value) => Some(Begun::Found(value)),
                    None => self
                        .here(|cell, _, _| self.join_flight(cell, hashed))?
                        .flatten(),
                },
                begun => begun,
            };
            let Some(begun) = begun else {
                self.count_miss(hashed, why);
                return Ok(None);
            };
            self.count_beginning(&begun, hashed, why);
            let wait = match begun {
                Begun::Found(value) => return Ok(Some(value)),
                Begun::Join(wait) => self.expect(wait)?,
                // It was asked, and nobody who only waits leads.
                _ => return Ok(None),
            };
            if let Some(outcome) = self.outcome(wait).await {
                return outcome.map(Some);
            }
        }
    }

    fn join_flight(&self, cell: &Cell<V>, key: HashedKey<'_>) -> Option<Begun<V>> {
        let flight = cell.flights.find(key).filter(|flight| brings(flight))?;
        let wait = flight.join(false, None, self.world.tags.now())?;
        Some(Begun::Join(wait))
    }

    /// Waits for the end, for a waiter who cannot lead; `None` if that end does not count for who came so late.
    pub(super) async fn outcome(&self, wait: Wait<V>) -> Option<Outcome<V>> {
        match self.wait_out(wait).await {
            Waited::Ended(outcome) => Some(outcome),
            // The lead is granted only to those who said that they can take it; dropped, it goes to the next.
            Waited::Lead(_) => Some(Err(self.abandoned())),
            Waited::Again => None,
        }
    }

    /// Waits for the end. A computation that waits here does not count as running meanwhile.
    pub(crate) async fn wait_out(&self, wait: Wait<V>) -> Waited<V> {
        while_paused(wait).await
    }

    /// Marks `key` as pending. Returns its flight, with a share in the promise of its value, and whether the flight is
    /// new.
    pub(crate) fn set_pending(&self, key: &str) -> Result<(Arc<Flight<V>>, bool), CacheError> {
        let key = HashedKey::new(key);
        self.here_made(|cell, _, node| {
            let flight = cell.flights.find(key).filter(|flight| brings(flight));
            if let Some(flight) = flight.filter(|flight| flight.promise()) {
                return (Arc::clone(flight), false);
            }
            let flight = self.list(cell, Kind::Promise, node, key);
            flight.promise();
            (flight, true)
        })
    }

    /// Ends the flight of `key` with an error. Returns whether there was one.
    pub(crate) fn fail(&self, key: &str, error: SharedError) -> Result<bool, CacheError> {
        let key = HashedKey::new(key);
        let flight = self.here(|cell, _, _| cell.flights.take(key))?.flatten();
        let found = flight.is_some();
        if let Some(flight) = flight {
            flight.end(Err(self.failed(error)));
        }
        Ok(found)
    }

    /// Ends a flight with an error, and frees its key.
    pub(crate) fn fail_flight(&self, flight: &Arc<Flight<V>>, error: SharedError) {
        self.unlist(flight);
        flight.end(Err(self.failed(error)));
    }

    pub(super) fn failed(&self, error: SharedError) -> CacheError {
        let entry = self.key.clone();
        CacheError::Failed { entry, error }
    }

    pub(crate) fn abandoned(&self) -> CacheError {
        let entry = self.key.clone();
        CacheError::Abandoned { entry }
    }
}

/// Waits for something. If a computation does, it does not count as running meanwhile.
pub(super) async fn while_paused<F: Future>(wait: F) -> F::Output {
    let Some(turn) = RunningComputation::get().and_then(|running| running.turn()) else {
        return wait.await;
    };
    Box::pin(async move {
        let paused = turn.pause();
        let waited = wait.await;
        paused.end().await;
        waited
    })
    .await
}

/// Returns whether a flight brings a value that was not there: one that only looks may end with none, and for that it is
/// not waited for.
fn brings<V>(flight: &Flight<V>) -> bool {
    flight.kind() != Kind::Fetch
}

impl<V: Clone + Send + Sync + 'static> Lists<V> for Caches<V> {
    fn unlist(&self, flight: &Arc<Flight<V>>) -> bool {
        let attempt = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
            cell.flights.unlist(flight)
        };
        let node = NodeRef::Shared(flight.node());
        matches!(
            self.visit(node, &mut Create::No, attempt),
            Visit::Done(true)
        )
    }

    fn is_listed(&self, flight: &Arc<Flight<V>>) -> bool {
        let attempt = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
            cell.flights.lists(flight)
        };
        let node = NodeRef::Shared(flight.node());
        matches!(
            self.visit(node, &mut Create::No, attempt),
            Visit::Done(true)
        )
    }

    fn edge(&self, flight: &Flight<V>) -> Result<Option<Edge>, CacheError> {
        self.world.loads.wait_for(flight)
    }
}
