//! One value on its way, whoever brings it, and everybody who waits for it.
//!
//! A flight is born when a key is marked pending, when a computation begins, or when a lease is given out. It is
//! *listed* in the cell of its scope, under its key, until its value is stored or it is invalidated; only a listed
//! flight is joined, and only a listed flight may store its value. That is the whole of "an invalidation beats what
//! began before it". It *ends* exactly once, with a value or an error, and then wakes all who wait, once each.
//!
//! Somebody always has the duty to end a flight ([`Lead`]). When that is dropped undone, the duty goes to the waiter
//! who has waited longest and can lead; if there is none, the flight ends with [`CacheError::Abandoned`]. So no waiter
//! waits for ever.
//!
//! Lock order: the lock of a scope, then the lock of a flight. No waker runs and no value is cloned or dropped under
//! either.

mod lead;
mod listed;
mod wait;
mod waiters;

use std::future::Future;
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::time::Duration;

use crate::runtime::Stop;
use cubbyhole_core::{HashedKey, StoredKey};

pub(crate) use self::lead::{Landing, Lead};
pub(crate) use self::listed::Flights;
pub(crate) use self::wait::{Wait, Waited};
use self::waiters::{SlotId, Waiters};
use crate::entry::StoreKey;
use crate::error::CacheError;
use crate::in_flight::{Airborne, InFlight, InFlightKind};
use crate::load_graph::Edge;
use crate::node::ScopeNode;
use crate::panics::Panics;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering};
use crate::tags::Stamp;

/// How a flight ends.
pub(crate) type Outcome<V> = Result<V, CacheError>;

/// A value on its way.
pub(crate) struct Flight<V> {
    /// A number of its own within the process.
    id: u64,
    home: Home<V>,
    /// When it began, by the clock of the store.
    began: Duration,
    /// When its computation began, for the tags that its value may have.
    stamp: AtomicU64,
    /// When a tag of its value was invalidated meanwhile; 0 if none was. Who joined later wants a newer value.
    spoiled: AtomicU64,
    /// An old value, for those who would rather have that than wait any longer, or than an error.
    old: OnceLock<V>,
    /// Another process is being waited for: nothing has been read or computed yet.
    elsewhere: AtomicBool,
    /// Set once, under the lock of `state`.
    outcome: OnceLock<Outcome<V>>,
    state: Mutex<State>,
}

/// Where a flight is listed.
struct Home<V> {
    entry: StoreKey,
    lists: Weak<dyn Lists<V>>,
    airborne: Weak<Airborne<V>>,
    node: Arc<ScopeNode>,
    key: StoredKey,
    hash: u32,
}

/// Where and when a flight begins.
pub(crate) struct Start<'a, V> {
    pub(crate) entry: StoreKey,
    pub(crate) lists: Weak<dyn Lists<V>>,
    pub(crate) airborne: &'a Arc<Airborne<V>>,
    pub(crate) node: Arc<ScopeNode>,
    pub(crate) key: HashedKey<'a>,
    pub(crate) now: Duration,
    pub(crate) stamp: Stamp,
}

/// Whoever lists flights under their keys.
pub(crate) trait Lists<V>: Send + Sync {
    /// Takes this very flight off the list; `false` if it is not on it.
    fn unlist(&self, flight: &Arc<Flight<V>>) -> bool;

    /// Returns whether this very flight is on the list.
    fn is_listed(&self, flight: &Arc<Flight<V>>) -> bool;

    /// Notes that the running computation, if one is running, waits for a flight.
    fn edge(&self, flight: &Flight<V>) -> Result<Option<Edge>, CacheError>;
}

struct State {
    waiters: Waiters,
    /// Nobody joins any more: it is about to end with nobody to hear it.
    doomed: bool,
    /// Counts those who have led, one after the other.
    leader: u64,
    /// How many of those who promised the value by `set_pending` are still there.
    promises: usize,
    /// How to stop the computation that brings the value; unset for flights of other kinds.
    computation: Option<Stop>,
    /// Whether the computation runs on when nobody waits.
    finish_in_background: bool,
    kind: Kind,
}

/// Who brings the value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Somebody who called `set_pending`.
    Promise,
    /// A task of our own.
    Computation,
    /// Whoever holds the lead: the holder of a lease, or a caller about to start a computation.
    Lease,
    /// A lookup that asks the tier, and computes nothing.
    Fetch,
}

impl<V> Flight<V> {
    pub(crate) fn new(kind: Kind, start: Start<'_, V>) -> Arc<Self> {
        let flight = Arc::new(Self {
            id: next_id(),
            home: Home {
                entry: start.entry,
                lists: start.lists,
                airborne: Arc::downgrade(start.airborne),
                node: start.node,
                key: start.key.into(),
                hash: start.key.hash(),
            },
            began: start.now,
            stamp: AtomicU64::new(start.stamp),
            spoiled: AtomicU64::new(0),
            old: OnceLock::new(),
            elsewhere: AtomicBool::new(false),
            outcome: OnceLock::new(),
            state: Mutex::new(State {
                waiters: Waiters::default(),
                doomed: false,
                leader: 0,
                promises: 0,
                computation: None,
                finish_in_background: false,
                kind,
            }),
        });
        start.airborne.add(&flight);
        flight
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) const fn entry(&self) -> &StoreKey {
        &self.home.entry
    }

    pub(crate) const fn key(&self) -> &StoredKey {
        &self.home.key
    }

    pub(crate) const fn hash(&self) -> u32 {
        self.home.hash
    }

    pub(crate) const fn node(&self) -> &Arc<ScopeNode> {
        &self.home.node
    }

    /// Notes that the running computation, if one is running, waits for this flight.
    pub(crate) fn edge(&self) -> Result<Option<Edge>, CacheError> {
        self.home
            .lists
            .upgrade()
            .map_or(Ok(None), |lists| lists.edge(self))
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome<V>> {
        self.outcome.get()
    }

    /// Returns when the computation began, for the tags that its value may have.
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp.load(Ordering::Acquire)
    }

    /// Notes that the computation begins only now.
    pub(crate) fn begin_at(&self, stamp: Stamp) {
        self.stamp.store(stamp, Ordering::Release);
    }

    /// Notes that a tag of the value was invalidated at this time, after its computation had begun.
    pub(crate) fn spoil(&self, at: Stamp) {
        self.spoiled.store(at, Ordering::Release);
    }

    /// Offers an old value to those who would take it in place of an error.
    pub(crate) fn offer(&self, old: V) {
        // The first one stays; another is dropped here, where no lock is held.
        let _ = self.old.set(old);
    }

    /// Offers an old value to those who would rather have that than wait on, and lets the computation go on without
    /// them.
    pub(crate) fn offer_now(&self, old: V) {
        self.offer(old);
        let waiters = {
            let mut state = self.state.lock();
            state.finish_in_background = true;
            state.waiters.take_wakers()
        };
        let mut panics = Panics::default();
        for waker in waiters {
            panics.hold(|| waker.wake());
        }
        panics.release();
    }

    /// Notes that another process is waited for, for as long as that takes.
    pub(crate) async fn while_elsewhere<F: Future>(&self, wait: F) -> F::Output {
        let _away = Elsewhere::new(&self.elsewhere);
        wait.await
    }

    /// Returns whether another process is waited for.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere.load(Ordering::Acquire)
    }

    /// Returns how to stop the computation, which nobody else can do from now on.
    pub(crate) fn take_computation(&self) -> Option<Stop> {
        self.state.lock().computation.take()
    }

    /// Says what is going on.
    pub(crate) fn report(&self, now: Duration) -> Option<InFlight> {
        let (kind, waiters) = {
            let state = self.state.lock();
            (state.kind, state.waiters.len())
        };
        let kind = match kind {
            Kind::Promise => InFlightKind::Promised,
            Kind::Computation => InFlightKind::Computing,
            Kind::Lease => InFlightKind::Leased,
            // It looks, and brings nothing that is not there.
            Kind::Fetch => return None,
        };
        self.outcome.get().is_none().then(|| InFlight {
            entry: self.entry().clone(),
            kind,
            age: now.saturating_sub(self.began),
            waiters,
            scope: self.node().scope(),
            key: self.key().to_text().into(),
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.state.lock().kind
    }

    /// Joins those who wait; `None` if the flight is about to end with nobody to hear it.
    ///
    /// Who `can_lead` may be given the duty to end the flight instead of its end. The `waker` of whoever is going to
    /// poll the wait at once may be left here, which spares that poll the lock. A value that had been invalidated by a
    /// tag at `now` does not count.
    pub(crate) fn join(
        self: &Arc<Self>,
        can_lead: bool,
        waker: Option<&Waker>,
        now: Stamp,
    ) -> Option<Wait<V>> {
        let mut state = self.state.lock();
        if state.doomed {
            return None;
        }
        let slot = state.waiters.join(can_lead, waker.cloned());
        let wait = Wait::new(Arc::clone(self), slot, waker.is_some());
        Some(wait.joined_at(now))
    }

    /// Joins those who wait as [`join`](Self::join) does, even to hear of an end that has come or is about to.
    pub(crate) fn join_late(self: &Arc<Self>) -> Wait<V> {
        let slot = self.state.lock().waiters.join(false, None);
        Wait::new(Arc::clone(self), slot, false)
    }

    /// Takes part in the promise of the value; `false` if it is too late.
    pub(crate) fn promise(&self) -> bool {
        let mut state = self.state.lock();
        state.promises += usize::from(!state.doomed);
        !state.doomed
    }

    /// Takes the promise back. With the last one, what nobody else brings or wants is abandoned.
    pub(crate) fn unpromise(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.promises -= 1;
        if state.promises == 0 && state.kind == Kind::Promise {
            // Under the same lock: nobody joins a promise that is being abandoned.
            self.pass_on(state);
        } else {
            self.stop_if_unwanted(state);
        }
    }

    /// Says how to stop the computation that was begun by the leader of this number, and stops it at once if nobody
    /// wants it any more.
    pub(crate) fn computed_by(&self, leader: u64, computation: Stop, finish_in_background: bool) {
        let mut state = self.state.lock();
        if state.leader != leader {
            return; // It has gone already, with its runtime, and somebody else leads.
        }
        state.kind = Kind::Computation;
        state.finish_in_background = finish_in_background;
        if state.doomed || (self.outcome.get().is_some() && !finish_in_background) {
            drop(state);
            computation.abort();
        } else {
            state.computation = Some(computation);
        }
    }

    /// Returns the number of the one who leads now.
    pub(crate) fn leader(&self) -> u64 {
        self.state.lock().leader
    }

    /// Ends the flight and wakes all who wait. The first end counts.
    ///
    /// The caller has unlisted the flight, and stored the value if it is to be stored.
    pub(crate) fn end(&self, outcome: Outcome<V>) {
        let (waiters, computation) = {
            let mut state = self.state.lock();
            if self.outcome.get().is_some() {
                return; // What came too late is dropped when the lock is free.
            }
            let _ = self.outcome.set(outcome);
            state.doomed = true;
            let unwanted = !state.finish_in_background;
            let computation = state.computation.take().filter(|_| unwanted);
            (state.waiters.take_all(), computation)
        };
        if let Some(computation) = computation {
            computation.abort();
        }
        waiters.wake();
    }

    /// Ends the flight as [`end`](Self::end) does, from within its computation, which is not stopped.
    pub(crate) fn end_from_computation(&self, outcome: Outcome<V>) {
        self.disarm();
        self.end(outcome);
    }

    /// Lets the computation run on, whoever ends the flight.
    pub(crate) fn disarm(&self) {
        drop(self.state.lock().computation.take());
    }

    /// Hands the duty to end the flight to the next waiter who can lead; without one, leaves it to those who promise
    /// the value; without them, ends it with [`CacheError::Abandoned`].
    pub(crate) fn abandon(self: &Arc<Self>) {
        self.pass_on(self.state.lock());
    }

    fn pass_on(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if state.doomed {
            return;
        }
        state.computation = None;
        state.leader += 1;
        let Some(waker) = state.waiters.grant() else {
            if state.promises > 0 {
                state.kind = Kind::Promise;
                drop(state);
                self.end_if_unlisted();
            } else {
                state.doomed = true;
                drop(state);
                self.give_up();
            }
            return;
        };
        state.kind = Kind::Lease;
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ends a promise that nobody would find to keep it. Who unlists a promise ends it, so one that is listed now is
    /// seen to.
    fn end_if_unlisted(self: &Arc<Self>) {
        let lists = self.home.lists.upgrade();
        if !lists.is_some_and(|lists| lists.is_listed(self)) {
            let entry = self.entry().clone();
            self.end(Err(CacheError::Abandoned { entry }));
        }
    }

    /// Ends a doomed flight: unlists it first, so that whoever asks next begins anew.
    fn give_up(self: &Arc<Self>) {
        if let Some(lists) = self.home.lists.upgrade() {
            lists.unlist(self);
        }
        let entry = self.entry().clone();
        self.end(Err(CacheError::Abandoned { entry }));
    }

    /// Takes a waiter out who will not come back.
    fn leave(self: &Arc<Self>, slot: SlotId) {
        let mut state = self.state.lock();
        if self.outcome.get().is_some() {
            return;
        }
        let (granted, waker) = state.waiters.leave(slot);
        if granted {
            self.pass_on(state);
        } else {
            self.stop_if_unwanted(state);
        }
        drop(waker);
    }

    /// Stops the computation if nobody waits for its value, nor promises it, nor wants it to finish all the same.
    fn stop_if_unwanted(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let wanted = !state.waiters.is_empty() || state.promises > 0 || state.finish_in_background;
        if wanted || state.doomed {
            return;
        }
        // Before it has been said how to stop the computation, whoever begins it is about to join.
        if let Some(computation) = state.computation.take() {
            state.doomed = true;
            drop(state);
            computation.abort();
            self.give_up();
        }
    }
}

/// Notes that another process is waited for, until it is dropped.
struct Elsewhere<'a>(&'a AtomicBool);

impl<'a> Elsewhere<'a> {
    fn new(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Release);
        Self(flag)
    }
}

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<V> Drop for Flight<V> {
    fn drop(&mut self) {
        if let Some(airborne) = self.home.airborne.upgrade() {
            airborne.remove(self.id);
        }
    }
}

fn next_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
