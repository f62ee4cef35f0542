//! Reading, storing and deleting a value.

use std::sync::Arc;

use cubbyhole_core::{CacheMap, HashedKey, Removed, Retention, SetOutcome, SystemClock};

use super::{Caches, Create, NodeRef, Visit};
use crate::cell::{Answer, Cell, Remote};
use crate::counters::Count;
use crate::error::{CacheError, Invalidation};
use crate::flight::{Flight, Kind, Landing, Lists};
use crate::lookup::Looked;
use crate::storing::Put;

/// What became of a value that was to be stored.
enum Stored<V> {
    Now(SetOutcome),
    /// Only a remote cache can store it.
    Later(Remote<V>, V),
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Looks `key` up and counts that, if it needs no detour: the value, or that there is none.
    #[inline]
    pub(crate) fn glance(&self, key: HashedKey<'_>) -> Option<Option<V>> {
        let found = self.at_once(|cell| cell.cache.glance(key, || &*self.world.clock))?;
        self.count_lookup(found.is_some());
        Some(found)
    }

    /// Looks `key` up, for who has found nothing at a [`glance`](Self::glance) or wants the value unpinned.
    pub(crate) fn look<'a>(
        &self,
        key: HashedKey<'a>,
        unpin: bool,
    ) -> Result<Looked<'a, V>, CacheError> {
        let clock = &*self.world.clock;
        let answer =
            self.here_to_read(|cell, removed, _| cell.cache.get(key, unpin, clock, removed))?;
        let remote = match answer {
            None => return Ok(Looked::At(self.counted(None))),
            Some(Answer::Now(value)) => return Ok(Looked::At(self.counted(value))),
            Some(Answer::Ask(remote)) => remote,
        };
        let this = self.weak();
        Ok(Looked::Asking(Box::pin(async move {
            let value = ask(&remote, key.as_str(), unpin).await;
            match this.upgrade() {
                Some(this) => this.counted(value),
                None => value,
            }
        })))
    }

    fn counted(&self, value: Option<V>) -> Option<V> {
        self.count_lookup(value.is_some());
        value
    }

    /// Runs `f` on the cell of the scope of the running task. A cache of another make may hold what this process never
    /// put there, so it is asked even when there is no cell yet.
    #[inline]
    pub(super) fn here_to_read<R>(
        &self,
        f: impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<Option<R>, CacheError> {
        if self.factory.is_some() {
            self.here_made(f).map(Some)
        } else {
            self.here(f)
        }
    }

    #[inline]
    pub(super) fn count_lookup(&self, hit: bool) {
        self.counters
            .increment(if hit { Count::Hits } else { Count::Misses });
    }

    /// Takes a value and stores it, if that needs no detour and nobody waits for it.
    #[inline]
    pub(crate) fn put(
        &self,
        key: HashedKey<'_>,
        value: &mut Option<V>,
        retention: Retention,
    ) -> Option<SetOutcome> {
        let mut removed = Removed::new();
        let outcome = self.at_once(|cell| {
            if !cell.flights.is_empty() {
                return None;
            }
            let map = cell.cache.timeless()?;
            Some(map.set(key, value.take()?, retention, &SystemClock, &mut removed))
        })?;
        self.count_set(key, &removed);
        if removed.entries() > 0 {
            self.account(&removed);
        }
        Some(outcome)
    }

    /// Stores a value, as [`put`](Self::put) does where it can, and wakes who waits for it.
    pub(crate) fn set<'a>(
        &self,
        key: &'a str,
        value: V,
        retention: Retention,
    ) -> Result<Put<'a>, CacheError> {
        let hashed = HashedKey::new(key);
        let mut value = Some(value);
        let mut landing = None;
        let stored = self
            .here_made(|cell, removed, _| {
                // Cloned before anything has changed, because a clone may panic.
                let copy = cell.flights.find(hashed).and_then(|_| value.clone());
                // A visit happens once.
                let stored = self.store(cell, removed, hashed, value.take()?, retention);
                if let Stored::Now(_) = stored {
                    let flight = cell.flights.take(hashed).zip(copy);
                    landing = flight.map(|(flight, copy)| Landing::new(flight, Ok(copy)));
                }
                Some(stored)
            })?
            .unwrap_or(Stored::Now(SetOutcome::NotKept));
        drop(landing);
        let (remote, value) = match stored {
            Stored::Now(outcome) => return Ok(Put::Now(outcome)),
            Stored::Later(remote, value) => (remote, value),
        };
        let this = self.weak().upgrade().ok_or_else(|| self.abandoned())?;
        Ok(Put::Telling(Box::pin(async move {
            this.set_remote(remote, key, value, retention).await
        })))
    }

    /// Stores a value in a remote cache, then wakes who waits for it.
    async fn set_remote(
        &self,
        remote: Remote<V>,
        key: &str,
        value: V,
        retention: Retention,
    ) -> Result<SetOutcome, CacheError> {
        let hashed = HashedKey::new(key);
        let _turn = remote.turnstile.lock().await;
        let outcome = remote.cache.set(key, value.clone(), retention).await;
        self.counters.increment(Count::Sets);
        let flight = self.here(|cell, _, _| cell.flights.take(hashed))?;
        if let Some(flight) = flight.flatten() {
            flight.end(Ok(value));
        }
        Ok(outcome)
    }

    /// Puts a value into the cache of a cell and counts it.
    fn store(
        &self,
        cell: &mut Cell<V>,
        removed: &mut Removed<V>,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
    ) -> Stored<V> {
        let clock = &*self.world.clock;
        match cell.cache.set(key, value, retention, clock, removed) {
            Ok(outcome) => {
                self.count_set(key, removed);
                Stored::Now(outcome)
            }
            Err((remote, value)) => Stored::Later(remote, value),
        }
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<Option<V>, CacheError> {
        let hashed = HashedKey::new(key);
        let clock = &*self.world.clock;
        let mut landing = None;
        let answer = self.here_to_read(|cell, removed, _| {
            // First, because a clock or a cache of another make may panic, and then nothing has happened.
            let answer = cell.cache.delete(hashed, clock, removed);
            let flight = cell.flights.take(hashed);
            // A computation goes on for those who wait for it, and its value is not stored, for it is no longer listed.
            let promise = flight.filter(|flight| flight.kind() == Kind::Promise);
            landing = promise.map(|flight| {
                let entry = self.key.clone();
                let by = Invalidation::Deleted;
                Landing::new(flight, Err(CacheError::Invalidated { entry, by }))
            });
            answer
        })?;
        drop(landing);
        match answer {
            None => Ok(None),
            Some(Answer::Now(value)) => Ok(value),
            Some(Answer::Ask(remote)) => Ok(Box::pin(delete_remote(remote, key)).await),
        }
    }

    /// Stores the value of a flight, unless the flight was invalidated, and ends the flight with it.
    ///
    /// Returns `None` if the value was not stored because of that.
    pub(crate) async fn publish(
        &self,
        flight: &Arc<Flight<V>>,
        value: V,
        retention: Retention,
    ) -> Option<SetOutcome> {
        let text = flight.key().to_text();
        let key = HashedKey::new(&text);
        let mut copy = Some(value.clone());
        let mut value = Some(value);
        let mut landing = None;
        let attempt = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, _: NodeRef<'_>| {
            if !cell.flights.lists(flight) {
                return None;
            }
            let stored = self.store(cell, removed, key, value.take()?, retention);
            if let Stored::Now(_) = stored {
                cell.flights.unlist(flight);
                let flight = Arc::clone(flight);
                flight.disarm();
                landing = copy.take().map(|copy| Landing::new(flight, Ok(copy)));
            }
            Some(stored)
        };
        let node = NodeRef::Shared(flight.node());
        let outcome = match self.visit(node, &mut Create::No, attempt) {
            Visit::Done(Some(Stored::Now(outcome))) => Some(outcome),
            Visit::Done(Some(Stored::Later(remote, value))) => {
                Box::pin(self.publish_remote(remote, flight, value, retention)).await
            }
            Visit::Done(None) | Visit::Absent | Visit::Closed => None,
        };
        drop(landing);
        if let Some(copy) = copy {
            flight.end_from_computation(Ok(copy));
        }
        outcome
    }

    /// Stores the value of a flight in a remote cache. A `delete` that comes meanwhile unlists the flight at once, and
    /// goes through the turnstile after this.
    async fn publish_remote(
        &self,
        remote: Remote<V>,
        flight: &Arc<Flight<V>>,
        value: V,
        retention: Retention,
    ) -> Option<SetOutcome> {
        let _turn = remote.turnstile.lock().await;
        if !self.is_listed(flight) {
            return None;
        }
        let key = flight.key().to_text();
        let outcome = remote.cache.set(&key, value, retention).await;
        self.counters.increment(Count::Sets);
        self.unlist(flight).then_some(outcome)
    }
}

/// Asks a remote cache.
pub(super) async fn ask<V>(remote: &Remote<V>, key: &str, unpin: bool) -> Option<V>
where
    V: Send + 'static,
{
    if unpin {
        remote.cache.get_unpin(key).await
    } else {
        remote.cache.get(key).await
    }
}

async fn delete_remote<V: Send + 'static>(remote: Remote<V>, key: &str) -> Option<V> {
    let _turn = remote.turnstile.lock().await;
    remote.cache.delete(key).await
}
