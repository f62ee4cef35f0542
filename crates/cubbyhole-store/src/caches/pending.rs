//! Values on their way: promising, computing, leasing, waiting for them, and failing them.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use cubbyhole_core::{HashedKey, Removed, Retention};

use super::operations::ask;
use super::{Caches, Create, NodeRef, Visit};
use crate::cell::{Answer, Cell, Remote};
use crate::counters::Count;
use crate::error::{CacheError, SharedError};
use crate::flight::{Flight, Kind, Lead, Lists, Outcome, Wait, Waited};
use crate::load_graph::Edge;
use crate::runtime::Runtime;

/// How a lookup that may lead begins.
pub(crate) enum Begun<V> {
    /// The value is there.
    Found(V),
    /// It is on its way.
    Join(Wait<V>),
    /// It is not, and who asked is to bring it.
    Lead(Lead<V>),
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
        let begun = self.at_once(|cell| {
            if let Some(value) = cell.cache.glance(key, || &*self.world.clock)? {
                return Some(Begun::Found(value));
            }
            let flight = cell.flights.find(key)?;
            flight.join(true, Some(waker)).map(Begun::Join)
        })?;
        self.count_beginning(&begun);
        Some(begun)
    }

    /// Finds the value of `key`, or joins those who wait for it, or begins its flight: one step.
    pub(crate) async fn begin(&self, key: HashedKey<'_>) -> Result<Begun<V>, CacheError> {
        let begun = match self.begin_now(key, true)? {
            Begun::Ask(remote) => Box::pin(self.begin_remote(remote, key)).await?,
            begun => begun,
        };
        self.count_beginning(&begun);
        Ok(begun)
    }

    #[inline]
    fn count_beginning(&self, begun: &Begun<V>) {
        self.count_lookup(matches!(begun, Begun::Found(_)));
        if let Begun::Join(_) = begun {
            self.counters.increment(Count::Waits);
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
        let lead = match self.begin_now(key, false)? {
            Begun::Lead(lead) => lead,
            begun => return Ok(begun),
        };
        let Some(value) = ask(&remote, key.as_str(), false).await else {
            return Ok(Begun::Lead(lead));
        };
        self.unlist(lead.flight());
        lead.flight().end(Ok(value.clone()));
        lead.done();
        Ok(Begun::Found(value))
    }

    fn begin_now(&self, key: HashedKey<'_>, look: bool) -> Result<Begun<V>, CacheError> {
        let clock = &*self.world.clock;
        self.here_made(|cell, removed, node| {
            if look {
                match cell.cache.get(key, false, clock, removed) {
                    Answer::Now(Some(value)) => return Begun::Found(value),
                    Answer::Now(None) => {}
                    Answer::Ask(remote) => return Begun::Ask(remote),
                }
            }
            if let Some(wait) = cell
                .flights
                .find(key)
                .and_then(|flight| flight.join(true, None))
            {
                return Begun::Join(wait);
            }
            // Until the computation runs, it is the duty of this caller, whoever else comes and goes.
            let flight = self.list(cell, Kind::Lease, node, key);
            Begun::Lead(Lead::new(flight))
        })
    }

    /// Lists a new flight.
    fn list(
        &self,
        cell: &mut Cell<V>,
        kind: Kind,
        node: NodeRef<'_>,
        key: HashedKey<'_>,
    ) -> Arc<Flight<V>> {
        let flight = Flight::new(kind, self.key.clone(), self.weak(), node.to_arc(), key);
        cell.flights.insert(Arc::clone(&flight));
        flight
    }

    /// Computes the value of a flight, and waits for it as the others do.
    pub(crate) async fn lead<F, Fut, E>(
        &self,
        lead: Lead<V>,
        loader: F,
        finish_in_background: bool,
    ) -> Result<V, CacheError>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let wait = self.compute(lead, loader, finish_in_background)?;
        self.outcome(wait).await
    }

    /// Starts the computation that ends a flight, in a task of its own, in the scope of the running task; returns a
    /// place among those who wait for it.
    fn compute<F, Fut, E>(
        &self,
        lead: Lead<V>,
        loader: F,
        finish_in_background: bool,
    ) -> Result<Wait<V>, CacheError>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let (Some(runtime), Some(this)) = (Runtime::current(), self.weak().upgrade()) else {
            let entry = self.key.clone();
            return Err(CacheError::NoRuntime { entry });
        };
        let flight = Arc::clone(lead.flight());
        let wait = self.expect(flight.join_late())?;
        self.counters.increment(Count::Computations);
        let task = self.world.loads.run(&flight, this.run(lead, loader));
        let leader = flight.leader();
        let handle = runtime.spawn(task);
        flight.computed_by(leader, handle, finish_in_background);
        Ok(wait)
    }

    /// Computes a value and ends the flight with it.
    async fn run<F, Fut, E>(self: Arc<Self>, lead: Lead<V>, loader: F)
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let flight = Arc::clone(lead.flight());
        let computed = catch_panic(async {
            let computed = loader().await.map_err(SharedError::new);
            match computed {
                Ok(value) => {
                    self.publish(&flight, value, Retention::Evictable).await;
                    None
                }
                Err(error) => Some(self.failed(error)),
            }
        })
        .await;
        let error = match computed {
            Ok(error) => error,
            Err(message) => Some(CacheError::Panicked {
                entry: self.key.clone(),
                message,
            }),
        };
        if let Some(error) = error {
            self.unlist(&flight);
            flight.end_from_computation(Err(error));
        }
        lead.done();
    }

    /// Returns the value of `key`, waits for it if it is on its way, or says at once that it is not.
    pub(crate) async fn get_or_wait(&self, key: &str) -> Result<Option<V>, CacheError> {
        let hashed = HashedKey::new(key);
        let clock = &*self.world.clock;
        let begun = self.here_to_read(|cell, removed, _| {
            match cell.cache.get(hashed, false, clock, removed) {
                Answer::Now(Some(value)) => return Some(Begun::Found(value)),
                Answer::Ask(remote) => return Some(Begun::Ask(remote)),
                Answer::Now(None) => {}
            }
            let flight = cell.flights.find(hashed)?;
            flight.join(false, None).map(Begun::Join)
        })?;
        let begun = match begun.flatten() {
            Some(Begun::Ask(remote)) => match ask(&remote, key, false).await {
                Some(value) => Some(Begun::Found(value)),
                None => self
                    .here(|cell, _, _| {
                        let flight = cell.flights.find(hashed)?;
                        flight.join(false, None).map(Begun::Join)
                    })?
                    .flatten(),
            },
            begun => begun,
        };
        let Some(begun) = begun else {
            self.count_lookup(false);
            return Ok(None);
        };
        self.count_beginning(&begun);
        match begun {
            Begun::Found(value) => Ok(Some(value)),
            Begun::Join(wait) => self.outcome(self.expect(wait)?).await.map(Some),
            // It was asked, and nobody who only waits leads.
            Begun::Ask(_) | Begun::Lead(_) => Ok(None),
        }
    }

    /// Waits for the end, for a waiter who cannot lead.
    async fn outcome(&self, wait: Wait<V>) -> Outcome<V> {
        match wait.await {
            Waited::Ended(outcome) => outcome,
            // The lead is granted only to those who said that they can take it; dropped, it goes to the next.
            Waited::Lead(_) => Err(self.abandoned()),
        }
    }

    /// Marks `key` as pending. Returns its flight, with a share in the promise of its value, and whether the flight is
    /// new.
    pub(crate) fn set_pending(&self, key: &str) -> Result<(Arc<Flight<V>>, bool), CacheError> {
        let key = HashedKey::new(key);
        self.here_made(|cell, _, node| {
            if let Some(flight) = cell.flights.find(key).filter(|flight| flight.promise()) {
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

    fn failed(&self, error: SharedError) -> CacheError {
        let entry = self.key.clone();
        CacheError::Failed { entry, error }
    }

    pub(crate) fn abandoned(&self) -> CacheError {
        let entry = self.key.clone();
        CacheError::Abandoned { entry }
    }
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

/// Runs a future to its end, or to its panic, whose message comes back.
async fn catch_panic<F: Future>(future: F) -> Result<F::Output, Arc<str>> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| future.as_mut().poll(cx));
        match std::panic::catch_unwind(poll) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(message(&*panic))),
        }
    })
    .await
}

fn message(panic: &(dyn std::any::Any + Send)) -> Arc<str> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it did not say why").into()
}
