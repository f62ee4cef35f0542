//! Storing the value of a flight, and ending the flight with it.

use std::sync::Arc;

use cubbyhole_core::{Removed, Retention, SetOutcome};

use super::operations::{Putting, Stored};
use super::{Caches, Create, NodeRef, Visit};
use crate::cell::{Cell, Remote};
use crate::counters::Count;
use crate::error::CacheError;
use crate::flight::{Flight, Landing, Lists};
use crate::loaded::Loaded;
use crate::terms::Said;

/// What became of the value of a flight.
enum Published<V> {
    /// It was stored, or, without an outcome, it was not.
    Now(Option<SetOutcome>),
    /// Only a remote cache can store it.
    Later(Later<V>),
}

/// The value of a flight on its way to a remote cache, and a copy for those who wait.
struct Later<V> {
    remote: Remote<V>,
    value: V,
    copy: Option<V>,
    retention: Retention,
    is_cached: bool,
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Stores the value of a flight, unless the flight was invalidated, and ends the flight with it.
    ///
    /// Returns `None` if the value was not stored because of that.
    pub(crate) async fn publish(
        &self,
        flight: &Arc<Flight<V>>,
        loaded: Loaded<V>,
    ) -> Option<SetOutcome> {
        match self.publish_now(flight, loaded) {
            Published::Now(outcome) => outcome,
            Published::Later(later) => Box::pin(self.publish_remote(flight, later)).await,
        }
    }

    /// Stores the value of a flight as [`publish`](Self::publish) does, in a cache that can do that at once.
    pub(crate) fn publish_here(
        &self,
        flight: &Arc<Flight<V>>,
        loaded: Loaded<V>,
    ) -> Result<(), CacheError> {
        match self.publish_now(flight, loaded) {
            Published::Now(_) => Ok(()),
            Published::Later(_) => Err(self.unsupported("answer without being waited for")),
        }
    }

    fn publish_now(&self, flight: &Arc<Flight<V>>, loaded: Loaded<V>) -> Published<V> {
        let key = flight.key().hashed();
        let said = loaded.says_more().then(|| {
            let (node, stamp) = (flight.node(), flight.stamp());
            node.with_scope(|cache_type, id| self.said(&loaded, cache_type, id, stamp))
        });
        // Under the lock of the scope, because who joins does it there: whoever joined after the invalidation of a tag is
        // told that the value is older than that.
        let spoil = || {
            if let Some(at) = said.as_ref().and_then(Said::spoiled_at) {
                flight.spoil(at);
            }
        };
        let retention = loaded.retention;
        let is_cached = loaded.is_cached;
        let mut copy = Some(loaded.value.clone());
        let mut value = Some(loaded.value);
        let mut landing = None;
        let attempt = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, node: NodeRef<'_>| {
            spoil();
            if !cell.flights.lists(flight) {
                return None;
            }
            let put = Putting {
                key,
                value: value.take()?,
                retention,
                said: said.as_ref(),
                is_cached,
                is_brought: true,
            };
            let stored = self.store(cell, removed, node, put);
            if let Stored::Now(_) | Stored::Refused(..) = stored {
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
                return Published::Later(Later {
                    remote,
                    value,
                    copy,
                    retention,
                    is_cached,
                });
            }
            Visit::Done(Some(Stored::Refused(..)) | None) | Visit::Absent | Visit::Closed => None,
        };
        if outcome.is_none() {
            self.note_not_stored(flight.node().hash(), key);
        }
        drop(landing);
        if let Some(copy) = copy {
            spoil();
            flight.end_from_computation(Ok(copy));
        }
        Published::Now(outcome)
    }

    /// Stores the value of a flight in a remote cache. A `delete` that comes meanwhile unlists the flight at once, and
    /// goes through the turnstile after this.
    async fn publish_remote(&self, flight: &Arc<Flight<V>>, later: Later<V>) -> Option<SetOutcome> {
        let outcome = {
            let remote = &later.remote;
            let _turn = remote.turnstile.lock().await;
            let key = flight.key().to_text();
            if !self.is_listed(flight) {
                None
            } else if later.is_cached {
                let outcome = remote.cache.set(&key, later.value, later.retention).await;
                self.counters.increment(Count::Sets);
                self.unlist(flight).then_some(outcome)
            } else {
                remote.cache.delete(&key).await;
                self.unlist(flight);
                None
            }
        };
        if let Some(copy) = later.copy {
            flight.end_from_computation(Ok(copy));
        }
        outcome
    }
}
