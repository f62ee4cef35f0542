//! Waiting for a flight to end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::waiters::SlotId;
use super::{Flight, Lead, Outcome};
use crate::load_graph::Edge;

/// A place among those who wait for a flight. Dropping it gives the place up, and changes nothing for the others.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Wait<V> {
    flight: Arc<Flight<V>>,
    slot: Option<SlotId>,
    /// The waker of the first poll is there already: this wait was made in the same poll.
    expected: bool,
    /// Who waits here, if it is a computation: what a circle is recognised by.
    edge: Option<Edge>,
}

/// What a wait comes to.
pub(crate) enum Waited<V> {
    /// The flight has ended.
    Ended(Outcome<V>),
    /// The duty to end the flight came to this waiter.
    Lead(Lead<V>),
}

impl<V> Wait<V> {
    pub(super) const fn new(flight: Arc<Flight<V>>, slot: SlotId, expected: bool) -> Self {
        Self {
            flight,
            slot: Some(slot),
            expected,
            edge: None,
        }
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
                    return Poll::Pending;
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
            Some(outcome) => Poll::Ready(Waited::Ended(outcome.clone())),
            None => Poll::Pending,
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
