//! One node of a fleet: the tier that a store is given, and what a test does to it.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::Poll;

use cubbyhole_core::{
    CellListener, SharedTier, StoreListener, TierCell, TierDone, TierError, TierInvalidation,
    TierPlace, TierState, TierStatus,
};

use super::calls::{TierCall, TierFault};
use super::cell::Cell;
use super::names::{Invalidated, Place};
use super::node::OpenCell;
use super::port::Port;
use super::state::State;

/// One node of a [`ManualFleet`](crate::ManualFleet): the tier of one simulated process, in the hands of a test.
#[derive(Debug)]
pub struct ManualTier {
    pub(super) port: Port,
}

/// What is told to it.
impl ManualTier {
    /// Holds messages back from here on: the node is told nothing of others until the test delivers it.
    ///
    /// Each change that another node makes is one message, and so is the end of a lease that somebody here waits for.
    pub fn hold_messages(&self) {
        self.port
            .step(|state, node| state.nodes[node].holds_messages = true);
    }

    /// Returns how many messages are held.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.port.step(|state, node| state.nodes[node].inbox.len())
    }

    /// Delivers the message that has been held for longest. Returns whether one was.
    #[must_use = "a message that was not held was not delivered"]
    pub fn deliver_one(&self) -> bool {
        self.port.shared.deliver_one(self.port.node)
    }

    /// Delivers all messages that are held, and holds none any more.
    pub fn deliver_all(&self) {
        self.port
            .act(|state, node| state.nodes[node].holds_messages = false);
    }
}

/// What becomes of its connection.
impl ManualTier {
    /// Cuts the node off: messages on their way to it are lost, calls end with [`TierError::Away`], and its store is told
    /// [`Distrusted`](cubbyhole_core::StoreEvent::Distrusted), again every [`REMINDER`](crate::ManualFleet::REMINDER).
    ///
    /// For the others it is as if it had died: its leases run out after [`LEASE`](crate::ManualFleet::LEASE).
    pub fn disconnect(&self) {
        self.port.act(State::disconnect);
    }

    /// Connects the node again: what it has invalidated meanwhile reaches the fleet, then its store is told
    /// [`CaughtUp`](cubbyhole_core::StoreEvent::CaughtUp). It keeps the leases that have not run out.
    pub fn reconnect(&self) {
        self.port.act(State::reconnect);
    }
}

/// What becomes of its calls.
impl ManualTier {
    /// Holds calls back from here on, before they have any effect, until the test lets them go.
    ///
    /// Whichever goes first takes all with it that the node has still to invalidate: it keeps the order of its calls.
    pub fn hold_calls(&self) {
        self.port
            .step(|state, node| state.nodes[node].calls.holds_requests = true);
    }

    /// Holds the answers of calls back from here on: calls have their effect, and do not end until the test lets them go.
    ///
    /// Invalidations are not held so: nobody waits for what they answer.
    pub fn hold_answers(&self) {
        self.port
            .step(|state, node| state.nodes[node].calls.holds_answers = true);
    }

    /// Lets the call of this kind go on that has been held for longest. Returns whether one was.
    #[must_use = "a call that was not held was not let go"]
    pub fn release(&self, call: TierCall) -> bool {
        self.port
            .act(|state, node| state.release(node, |it| it == call))
    }

    /// Lets all calls go on, now and from now on.
    pub fn release_all(&self) {
        self.port.act(|state, node| {
            let calls = &mut state.nodes[node].calls;
            (calls.holds_requests, calls.holds_answers) = (false, false);
            while state.release(node, |_| true) {}
        });
    }

    /// Returns how many calls are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.port.step(|state, node| state.nodes[node].calls.held())
    }

    /// Waits until so many calls are held at the same time. Polls nothing meanwhile.
    pub async fn until_held(&self, number: usize) {
        poll_fn(|cx| {
            self.port.step(|state, node| {
                let calls = &mut state.nodes[node].calls;
                if calls.held() >= number {
                    return Poll::Ready(());
                }
                calls.watchers.push(cx.waker().clone());
                Poll::Pending
            })
        })
        .await;
    }

    /// Lets the next call of this kind go wrong, after those that were said before. It is not held.
    pub fn fail_next(&self, call: TierCall, fault: TierFault) {
        self.port
            .step(|state, node| state.nodes[node].calls.fail(call, fault));
    }

    /// Returns how many calls of this kind were made, those that failed included.
    #[must_use]
    pub fn calls(&self, call: TierCall) -> u64 {
        self.port
            .step(|state, node| state.nodes[node].calls.made(call))
    }

    /// Returns which node of its fleet it is, from zero.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.port.node
    }
}

impl SharedTier for ManualTier {
    fn attach(&self, store: Weak<dyn StoreListener>) {
        self.port.act(|state, node| {
            state.nodes[node].store = Some(store);
            if !state.nodes[node].is_connected {
                state.distrust(node);
            }
        });
    }

    fn open(&self, place: TierPlace<'_>, listener: Weak<dyn CellListener>) -> Arc<dyn TierCell> {
        let place = Place::new(place);
        let id = self.port.step(|state, node| {
            let id = state.id();
            let place = place.clone();
            state.nodes[node].cells.push(OpenCell {
                id,
                place,
                listener,
            });
            id
        });
        let port = self.port.clone();
        Arc::new(Cell { port, place, id })
    }

    fn invalidate(&self, what: TierInvalidation<'_>) -> TierDone {
        match Invalidated::new(what) {
            Some(what) => self.port.invalidate(TierCall::Invalidate, what),
            None => Box::pin(std::future::ready(Err(TierError::Refused(
                "an invalidation that the fleet does not know".to_owned(),
            )))),
        }
    }

    fn status(&self) -> TierStatus {
        self.port.step(|state, node| {
            let node = &state.nodes[node];
            let mut status = TierStatus::default();
            if node.is_connected {
                status.state = TierState::Connected;
            }
            status.lasting = state.now.saturating_sub(node.since);
            status.queued = node.queue.len();
            status.calls = node.calls.all();
            status.failures = node.calls.failures;
            status.disconnects = node.disconnects;
            status
        })
    }
}
