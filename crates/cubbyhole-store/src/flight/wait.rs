//! Waiting for a flight to end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::waiters::SlotId;
use super::{Flight, Lead, Outcome};
use crate::load_graph::Edge;
use crate::sync::Ordering;
use crate::tags::Stamp;

/// A place among those who wait for a flight. Dropping it gives the place up, and changes nothing for the others.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Wait<V> {
    flight: Arc<Flight<V>>,
    slot: Option<SlotId>,
    /// The waker of the first poll is there already: this wait was made in the same poll.
    expected: bool,
    /// Who waits here, if it is a computation: what a circle is recognised by.
    edge: Option<Edge>,
    /// When this waiter came; one that came for this very flight has always been here.
    joined: Stamp,
    /// Whether an old value will do.
    takes_old: bool,
}

/// What a wait comes to.
pub(crate) enum Waited<V> {
    /// The flight has ended.
    Ended(Outcome<V>),
    /// The duty to end the flight came to this waiter.
    Lead(Lead<V>),
    /// The value was invalidated by a tag before this waiter came: another one is needed.
    Again,
}

impl<V> Wait<V> {
    pub(super) const fn new(flight: Arc<Flight<V>>, slot: SlotId, expected: bool) -> Self {
        Self {
            flight,
            slot: Some(slot),
            expected,
            edge: None,
            joined: 0,
            takes_old: false,
        }
    }

    /// Says when this waiter came, and that an old value will do if the flight says so.
    pub(super) const fn joined_at(mut self, now: Stamp) -> Self {
        self.joined = now;
        self.takes_old = true;
        self
    }

    /// Says that an old value will do if the flight says so.
    pub(crate) const fn or_old(mut self) -> Self {
        self.takes_old = true;
        self
    }

    /// Says that an old value will not do.
    pub(crate) const fn or_error(mut self) -> Self {
        self.takes_old = false;
        self
    }

    pub(crate) const fn flight(&self) -> &Arc<Flight<V>> {
        &self.flight
    }

    /// Notes which computation waits here, for as long as it does.
    pub(crate) fn waits_as(&mut self, edge: Option<Edge>) {
        self.edge = edge;
    }
}

impl<V: Clone> Future for Wait<V> {
    type Output = Waited<V>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Waited<V>> {
        let this = &mut *self;
        if this.flight.outcome.get().is_none() {
            if let Some(old) = this.old() {
                return Poll::Ready(Waited::Ended(Ok(old)));
            }
            if std::mem::take(&mut this.expected) {
                return Poll::Pending;
            }
            let mut state = this.flight.state.lock();
            // Whoever ends the flight does it under this lock, so it has not ended, or it wakes this waker.
            if this.flight.outcome.get().is_none() {
                let Some(slot) = this.slot else {
                    return Poll::Pending;
                };
                let (granted, former) = state.waiters.poll_granted(slot, cx);
                if !granted {
                    drop(state);
                    drop(former);
                    // Whoever offers an old value does it before taking that lock to see who is to be woken.
                    return match this.old() {
                        Some(old) => Poll::Ready(Waited::Ended(Ok(old))),
                        None => Poll::Pending,
                    };
                }
                // The waker went when the lead was granted.
                let _ = state.waiters.leave(slot);
                // Whatever was at work before has gone.
                state.computation = None;
                drop(state);
                this.slot = None;
                this.edge = None;
                return Poll::Ready(Waited::Lead(Lead::new(Arc::clone(&this.flight))));
            }
        }
        this.slot = None;
        this.edge = None;
        match this.flight.outcome.get() {
            Some(outcome) => Poll::Ready(this.end(outcome)),
            None => Poll::Pending,
        }
    }
}

impl<V: Clone> Wait<V> {
    /// Returns the old value that the flight offers, if that will do.
    fn old(&self) -> Option<V> {
        let old = self.flight.old.get().filter(|_| self.takes_old);
        old.cloned()
    }

    /// Returns what the end of the flight is to this waiter.
    fn end(&self, outcome: &Outcome<V>) -> Waited<V> {
        match outcome {
            Err(_) => match self.old() {
                Some(old) => Waited::Ended(Ok(old)),
                None => Waited::Ended(outcome.clone()),
            },
            Ok(_) => {
                let spoiled = self.flight.spoiled.load(Ordering::Acquire);
                if spoiled > 0 && self.joined >= spoiled {
                    Waited::Again
                } else {
                    Waited::Ended(outcome.clone())
                }
            }
        }
    }
}

impl<V> Unpin for Wait<V> {}

impl<V> Drop for Wait<V> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.flight.leave(slot);
        }
    }
}
