//! Computing values: starting, ending, and what becomes of those that fail or take too long.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use cubbyhole_core::{Alarm, Removed};
use cubbyhole_policy::PolicyOptions;

use super::{Caches, Create, NodeRef, Visit, Wanted};
use crate::cell::Cell;
use crate::counters::Count;
use crate::deadlines::{Deadlines, Limit};
use crate::error::{CacheError, SharedError};
use crate::flight::{Flight, Lead, Wait, Waited};
use crate::loaded::Loaded;
use crate::runtime::{RunningComputation, Runtime, block_on};
use crate::trace;

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Computes the value of a flight, and waits for it as the others do. An old value will do if the flight offers one,
    /// unless it was asked for `anew`.
    pub(crate) async fn lead<L, F, Fut, E>(
        &self,
        lead: Lead<V>,
        loader: F,
        finish_in_background: bool,
        anew: bool,
    ) -> Result<V, CacheError>
    where
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let wait = self.expect(lead.flight().join_late())?;
        let wait = if anew { wait } else { wait.or_old() };
        let wanted = if anew { Wanted::Anew } else { Wanted::Missing };
        self.start(lead, loader, finish_in_background, wanted)?;
        // Whoever has been here from the beginning is not told to ask again.
        let outcome = self.outcome(wait).await;
        outcome.unwrap_or_else(|| Err(self.abandoned()))
    }

    /// Computes the value of a flight with nobody waiting for it.
    pub(crate) fn refresh<L, F, Fut, E>(&self, lead: Lead<V>, loader: F)
    where
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        // Without a runtime there is nobody to bring a newer value, and the old one was good enough.
        drop(self.start(lead, loader, true, Wanted::Newer));
    }

    /// Starts the computation that ends a flight, in a task of its own, in the scope of the running task.
    fn start<L, F, Fut, E>(
        &self,
        lead: Lead<V>,
        loader: F,
        finish_in_background: bool,
        wanted: Wanted,
    ) -> Result<(), CacheError>
    where
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let (Some(runtime), Some(this)) = (Runtime::current(), self.weak().upgrade()) else {
            let entry = self.key.clone();
            return Err(CacheError::NoRuntime { entry });
        };
        let flight = Arc::clone(lead.flight());
        // With a tier, it may be that nothing has to be computed here.
        if self.tiered.is_none() {
            self.counters.increment(Count::Computations);
        }
        let settings = self.settings();
        let limits = &self.world.limits;
        let turn = limits.of(flight.node(), settings.limit.as_ref());
        flight.begin_at(self.world.tags.now());
        let limited = self.limit_time(&flight, settings.options());
        let run = this.run(lead, loader, wanted, limited);
        let run = {
            let turn = turn.clone();
            async move {
                if let Some(turn) = &turn {
                    turn.begin().await;
                }
                run.await;
            }
        };
        let task = self.world.loads.run(&flight, turn.as_ref(), run);
        let leader = flight.leader();
        let handle = runtime.spawn(task);
        flight.computed_by(leader, handle, finish_in_background);
        Ok(())
    }

    /// Computes a value and ends the flight with it.
    async fn run<L, F, Fut, E>(
        self: Arc<Self>,
        lead: Lead<V>,
        loader: F,
        wanted: Wanted,
        limited: Option<LimitedTime<V>>,
    ) where
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let flight = Arc::clone(lead.flight());
        let began = self.world.clock.now();
        let computed = self
            .catch_panic(async {
                let loaded = {
                    let _limited = limited;
                    if self.tiered.is_some() {
                        Box::pin(self.through_tier(&flight, loader, wanted)).await?
                    } else {
                        self.loaded(loader().await)?
                    }
                };
                self.publish(&flight, loaded).await;
                Ok(())
            })
            .await;
        self.end_computation(lead, began, computed);
    }

    /// Computes a value on this thread and ends the flight with it.
    pub(crate) fn run_here<L, E>(
        &self,
        lead: Lead<V>,
        loader: impl FnOnce() -> Result<L, E>,
    ) -> Result<V, CacheError>
    where
        L: Into<Loaded<V>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let flight = Arc::clone(lead.flight());
        let wait = self.expect(flight.join_late())?.or_old();
        flight.begin_at(self.world.tags.now());
        self.counters.increment(Count::Computations);
        let began = self.world.clock.now();
        let load = || {
            let loaded = self.loaded(loader())?;
            self.publish_here(&flight, loaded)
        };
        let load = || RunningComputation::enter(self.world.loads.computation(&flight), load);
        let outcome = catch_unwind(AssertUnwindSafe(load))
            .unwrap_or_else(|panic| Err(self.panicked(message(&*panic))));
        self.end_computation(lead, began, outcome);
        match block_on(wait) {
            Waited::Ended(outcome) => outcome,
            Waited::Lead(_) | Waited::Again => Err(self.abandoned()),
        }
    }

    /// Waits for a flight on this thread, or takes over its lead.
    pub(crate) fn wait_here(&self, wait: Wait<V>) -> Result<Waited<V>, CacheError> {
        Ok(block_on(self.expect(wait)?))
    }

    fn end_computation(&self, lead: Lead<V>, began: Duration, outcome: Result<(), CacheError>) {
        // With a tier, the loader is timed by itself, if it runs at all.
        if self.tiered.is_none() {
            let took = self.world.clock.now().saturating_sub(began);
            self.count_load(took, outcome.as_ref().err());
        }
        if let Err(error) = outcome {
            let flight = lead.flight();
            flight.disarm();
            self.end_failed(flight, error);
        }
        lead.done();
    }

    /// Counts a computation that has ended, and tells of it.
    pub(super) fn count_load(&self, took: Duration, error: Option<&CacheError>) {
        self.load_timer.count(took, error.is_some());
        trace::ended(&self.key, took, error);
    }

    /// Ends a flight whose computation failed. If it still counts, the failure is remembered as the policy says, and an
    /// old value that may still be served is offered to those who wait.
    fn end_failed(&self, flight: &Arc<Flight<V>>, error: CacheError) {
        let settings = self.settings();
        let clock = &*self.world.clock;
        let key = flight.key().hashed();
        let fail = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
            if cell.flights.unlist(flight) {
                cell.cache.fail(key, &error, clock, settings.options())
            } else if settings.options().stale_if_error().is_some() {
                // Somebody has set a value meanwhile, or invalidated what was there, or both.
                cell.cache.peek(key, clock.now())
            } else {
                None
            }
        };
        let old = self.visit(NodeRef::Shared(flight.node()), &mut Create::No, fail);
        if let Visit::Done(Some(old)) = old {
            flight.offer(old);
        }
        flight.end(Err(error));
    }

    /// Notes the time limits of a computation, if its policy has any, for as long as what comes back is kept.
    fn limit_time(
        &self,
        flight: &Arc<Flight<V>>,
        options: &PolicyOptions,
    ) -> Option<LimitedTime<V>> {
        let limits = [
            (options.soft_timeout(), Limit::Soft),
            (options.hard_timeout(), Limit::Hard),
        ];
        if limits.iter().all(|(after, _)| after.is_none()) {
            return None;
        }
        let deadlines = self
            .deadlines
            .get_or_init(|| Arc::new(Deadlines::new(self.weak())));
        let now = self.world.clock.now();
        let due = limits.map(|(after, limit)| {
            let at = now.checked_add(after?)?;
            let due = (at, flight.id(), limit);
            if deadlines.add(due, Arc::downgrade(flight)) {
                let alarm: Weak<Deadlines<V>> = Arc::downgrade(deadlines);
                self.world.clock.wake_at(at, alarm as Weak<dyn Alarm>);
            }
            Some(due)
        });
        Some(LimitedTime {
            deadlines: Arc::clone(deadlines),
            due,
        })
    }

    /// Sees to a computation that takes too long.
    pub(crate) fn overdue(&self, flight: &Arc<Flight<V>>, limit: Limit) {
        match limit {
            Limit::Soft => {
                let now = self.world.clock.now();
                let key = flight.key().hashed();
                let find = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
                    let listed = cell.flights.lists(flight);
                    listed.then(|| cell.cache.reserve(key, now)).flatten()
                };
                let old = self.visit(NodeRef::Shared(flight.node()), &mut Create::No, find);
                if let Visit::Done(Some(old)) = old {
                    flight.offer_now(old);
                }
            }
            Limit::Hard => {
                let after = self.settings().options().hard_timeout();
                let after = after.unwrap_or_default();
                let entry = self.key.clone();
                let computation = flight.take_computation();
                if flight.outcome().is_none() {
                    let error = CacheError::TimedOut { entry, after };
                    self.count_load(after, Some(&error));
                    self.end_failed(flight, error);
                }
                if let Some(computation) = computation {
                    computation.abort();
                }
            }
        }
    }

    /// Returns what a loader brought, if the cache can keep it as the loader says.
    pub(super) fn loaded<L, E>(&self, brought: Result<L, E>) -> Result<Loaded<V>, CacheError>
    where
        L: Into<Loaded<V>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let loaded = brought.map_err(|error| self.failed(SharedError::new(error)))?;
        let loaded = loaded.into();
        self.check_loaded(&loaded)?;
        Ok(loaded)
    }

    /// Checks that the cache can keep a value as its loader says.
    pub(crate) fn check_loaded(&self, loaded: &Loaded<V>) -> Result<(), CacheError> {
        if self.factory.is_some() && loaded.says_more() {
            return Err(self.unsupported("time to live or tags for a single value"));
        }
        Ok(())
    }

    /// Runs a future to its end; its panic is an error.
    pub(super) async fn catch_panic<T>(
        &self,
        future: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let poll = AssertUnwindSafe(|| future.as_mut().poll(cx));
            catch_unwind(poll)
                .unwrap_or_else(|panic| Poll::Ready(Err(self.panicked(message(&*panic)))))
        })
        .await
    }

    fn panicked(&self, message: Arc<str>) -> CacheError {
        let entry = self.key.clone();
        CacheError::Panicked { entry, message }
    }
}

/// The time limits of a computation; dropped, they are forgotten.
struct LimitedTime<V> {
    deadlines: Arc<Deadlines<V>>,
    due: [Option<(Duration, u64, Limit)>; 2],
}

impl<V> Drop for LimitedTime<V> {
    fn drop(&mut self) {
        for due in self.due.iter().flatten() {
            self.deadlines.remove(due);
        }
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> Arc<str> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it did not say why").into()
}
