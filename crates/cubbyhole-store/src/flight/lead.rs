//! The duty to end a flight, and an end that is due.

use std::sync::Arc;

use super::{Flight, Outcome};

/// The end of a flight that is off the list: it comes when this is dropped, by a panic too.
pub(crate) struct Landing<V> {
    flight: Arc<Flight<V>>,
    outcome: Option<Outcome<V>>,
}

impl<V> Landing<V> {
    pub(crate) const fn new(flight: Arc<Flight<V>>, outcome: Outcome<V>) -> Self {
        Self {
            flight,
            outcome: Some(outcome),
        }
    }
}

impl<V> Drop for Landing<V> {
    fn drop(&mut self) {
        if let Some(outcome) = self.outcome.take() {
            self.flight.end(outcome);
        }
    }
}

/// The duty to end a flight. Dropping it undone passes it on.
pub(crate) struct Lead<V> {
    flight: Arc<Flight<V>>,
    done: bool,
}

impl<V> Lead<V> {
    pub(crate) const fn new(flight: Arc<Flight<V>>) -> Self {
        Self {
            flight,
            done: false,
        }
    }

    pub(crate) const fn flight(&self) -> &Arc<Flight<V>> {
        &self.flight
    }

    /// The duty is done.
    pub(crate) fn done(mut self) {
        self.done = true;
    }
}

impl<V> Drop for Lead<V> {
    fn drop(&mut self) {
        if !self.done {
            self.flight.abandon();
        }
    }
}
