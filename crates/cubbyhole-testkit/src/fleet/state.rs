//! All there is of a fleet, and what its nodes do to it: each method is one step, under one lock.
//!
//! Nothing is called from here. What is to be called when the lock is free, wakers and the clock, is collected.

use std::task::Waker;
use std::time::Duration;

use cubbyhole_core::{TierError, TierLanding, TierValue};

use super::calls::{Gate, TierCall, TierFault};
use super::memory::{Memory, Sight};
use super::messages::{Message, News};
use super::names::{Invalidated, Slot};
use super::node::{Node, Wait};
use super::{LEASE, REMINDER};

#[derive(Default)]
pub(super) struct State {
    pub(super) now: Duration,
    pub(super) memory: Memory,
    pub(super) nodes: Vec<Node>,
    pub(super) wakers: Vec<Waker>,
    /// When the clock is to ring.
    pub(super) alarms: Vec<Duration>,
    ids: u64,
}

/// What a cell is answered that asked for a value or the right to bring it.
pub(super) enum Answer {
    Found(TierValue),
    Leased(u64),
    Busy(u64),
}

impl State {
    pub(super) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Begins a call: returns the error that it is to end with although it is done, if it is, and fails if it cannot be
    /// made.
    pub(super) fn begin(
        &mut self,
        node: usize,
        call: TierCall,
    ) -> Result<Option<TierError>, TierError> {
        let it = &mut self.nodes[node];
        it.calls.count(call);
        let fault = if it.is_connected {
            it.calls.take_fault(call)
        } else {
            Some(TierFault::NotDone(TierError::Away))
        };
        match fault {
            Some(TierFault::NotDone(error)) => Err(self.failed(node, error)),
            Some(TierFault::Done(error)) => Ok(Some(self.failed(node, error))),
            None => Ok(None),
        }
    }

    /// Goes on with a call that may have been held: what the node has still to invalidate goes first.
    pub(super) fn proceed(&mut self, node: usize) -> Result<(), TierError> {
        if !self.nodes[node].is_connected {
            return Err(self.failed(node, TierError::Away));
        }
        self.send_queue(node);
        Ok(())
    }

    pub(super) fn failed(&mut self, node: usize, error: TierError) -> TierError {
        self.nodes[node].calls.failures += 1;
        error
    }

    /// Holds a call at a gate, if the test holds that, and returns how it is called from now on.
    pub(super) fn hold(&mut self, node: usize, call: TierCall, gate: Gate) -> Option<u64> {
        let calls = &mut self.nodes[node].calls;
        if !calls.holds(gate) {
            return None;
        }
        self.wakers.append(&mut calls.watchers);
        Some(calls.hold(call))
    }

    /// Lets one call go on. Returns whether one was held.
    pub(super) fn release(&mut self, node: usize, is: impl Fn(TierCall) -> bool) -> bool {
        let Some((call, waker)) = self.nodes[node].calls.release(is) else {
            return false;
        };
        self.wakers.extend(waker);
        if call.goes_on() {
            self.send_queue(node);
        }
        true
    }

    pub(super) fn look(&mut self, node: usize, slot: &Slot) -> Answer {
        match self.memory.sight(slot, self.now) {
            Sight::Value(value) => Answer::Found(value),
            Sight::Lease(token) => Answer::Busy(self.wait(node, slot, token)),
            Sight::Nothing => Answer::Leased(self.give(node, slot)),
        }
    }

    pub(super) fn try_lease(&mut self, node: usize, slot: &Slot) -> Option<u64> {
        let free = self.memory.lease(slot).is_none();
        free.then(|| self.give(node, slot))
    }

    pub(super) fn take_lease(&mut self, node: usize, slot: &Slot) -> u64 {
        if self.memory.take_away(slot) {
            self.ended(node, slot, TierLanding::AskAgain);
        }
        self.give(node, slot)
    }

    /// Gives a lease that runs out unless somebody comes to hold it.
    fn give(&mut self, node: usize, slot: &Slot) -> u64 {
        let runs_out = self.in_time(LEASE);
        self.memory.give(slot, node, runs_out)
    }

    pub(super) fn hold_lease(&mut self, node: usize, slot: &Slot, token: u64) {
        if self.nodes[node].is_connected {
            self.memory.keep(slot, token);
        }
        self.nodes[node].leases.push((slot.clone(), token));
    }

    /// The lease is not held any more.
    pub(super) fn drop_lease(&mut self, node: usize, slot: &Slot, token: u64) {
        self.nodes[node].leases.retain(|(_, it)| *it != token);
        if self.nodes[node].is_connected && self.memory.give_back(slot, token) {
            self.ended(node, slot, TierLanding::AskAgain);
        }
    }

    pub(super) fn publish(
        &mut self,
        node: usize,
        slot: &Slot,
        token: u64,
        value: &TierValue,
    ) -> bool {
        let had = self.memory.lease(slot).is_some_and(|it| it.token == token);
        let stored = self.memory.publish(slot, token, value, self.now);
        if stored {
            self.broadcast(node, News::Set(slot.clone()));
        } else if had {
            self.ended(node, slot, TierLanding::AskAgain);
        }
        stored
    }

    pub(super) fn fail(&mut self, node: usize, slot: &Slot, token: u64, message: &str) {
        if self.memory.give_back(slot, token) {
            self.ended(node, slot, TierLanding::Failed(message.to_owned()));
        }
    }

    /// Puts an invalidation in the queue of a node. From here on the node is not given what it covers.
    pub(super) fn enqueue(&mut self, node: usize, what: Invalidated) {
        let last = self.memory.last;
        self.nodes[node].own.push((last, what.clone()));
        self.nodes[node].queue.push_back(what);
    }

    /// Tries again later what a node could not tell the fleet.
    pub(super) fn retry_later(&mut self, node: usize) {
        let at = self.in_time(REMINDER);
        self.nodes[node].reminded.get_or_insert(at);
    }

    /// Lets everything that a node has still to invalidate reach the fleet.
    pub(super) fn send_queue(&mut self, node: usize) {
        while let Some(what) = self.nodes[node].queue.pop_front() {
            self.memory.invalidate(&what);
            self.broadcast(node, News::Invalidated(what));
        }
    }

    pub(super) fn wait(&mut self, node: usize, slot: &Slot, token: u64) -> u64 {
        let (id, until, since) = (self.id(), self.in_time(LEASE), self.memory.last);
        self.nodes[node].waits.push(Wait {
            id,
            slot: slot.clone(),
            token,
            since,
            until,
            landing: None,
            waker: None,
        });
        id
    }

    pub(super) fn disconnect(&mut self, node: usize) {
        if !self.nodes[node].is_connected {
            return;
        }
        let runs_out = self.in_time(LEASE);
        self.memory.orphan(node, runs_out);
        let it = &mut self.nodes[node];
        (it.is_connected, it.since) = (false, self.now);
        it.disconnects += 1;
        it.inbox.clear();
        let cut = it.calls.cut();
        let landed = it.land(|_| Some(TierLanding::AskAgain));
        self.wakers.extend(cut.into_iter().chain(landed));
        self.distrust(node);
    }

    pub(super) fn reconnect(&mut self, node: usize) {
        if self.nodes[node].is_connected {
            return;
        }
        let it = &mut self.nodes[node];
        (it.is_connected, it.since, it.reminded) = (true, self.now, None);
        for (slot, token) in &it.leases {
            self.memory.keep(slot, *token);
        }
        self.send_queue(node);
        self.find_out(node, News::CaughtUp);
    }

    pub(super) fn distrust(&mut self, node: usize) {
        self.find_out(node, News::Distrusted);
        let at = self.in_time(REMINDER);
        self.nodes[node].reminded = Some(at);
    }

    fn find_out(&mut self, node: usize, news: News) {
        let number = self.memory.last;
        self.nodes[node].inbox.push_back(Message { number, news });
    }

    /// Does what is due: leases run out, waits look again, nodes are reminded.
    pub(super) fn tick(&mut self) {
        for slot in self.memory.run_out(self.now) {
            self.end_waits_everywhere(&slot);
        }
        for node in 0..self.nodes.len() {
            self.look_after_waits(node);
            if self.nodes[node].reminded.is_some_and(|at| at <= self.now) {
                self.remind(node);
            }
        }
    }

    pub(super) fn lose_lease(&mut self, slot: &Slot) -> bool {
        let had = self.memory.take_away(slot);
        if had {
            self.end_waits_everywhere(slot);
        }
        had
    }

    /// Each node knows by itself when a lease has run out.
    fn end_waits_everywhere(&mut self, slot: &Slot) {
        for node in &mut self.nodes {
            let ends = |wait: &Wait| (wait.slot == *slot).then_some(TierLanding::AskAgain);
            self.wakers.extend(node.land(ends));
        }
    }

    fn look_after_waits(&mut self, node: usize) {
        let (now, memory) = (self.now, &self.memory);
        let is_there = |wait: &Wait| {
            memory
                .lease(&wait.slot)
                .is_some_and(|it| it.token == wait.token)
        };
        let ends =
            |wait: &Wait| (wait.until <= now && !is_there(wait)).then_some(TierLanding::AskAgain);
        let wakers = self.nodes[node].land(ends);
        self.wakers.extend(wakers);
        for wait in self.nodes[node]
            .waits
            .iter_mut()
            .filter(|it| it.until <= now)
        {
            wait.until = now.saturating_add(LEASE);
            self.alarms.push(wait.until);
        }
    }

    fn remind(&mut self, node: usize) {
        self.nodes[node].reminded = None;
        if !self.nodes[node].is_connected {
            self.distrust(node);
        } else if !self.nodes[node].calls.holds_requests {
            self.send_queue(node);
        } else {
            self.retry_later(node);
        }
    }

    /// Tells those who wait for a key that the lease they saw has ended.
    pub(super) fn ended(&mut self, from: usize, slot: &Slot, landing: TierLanding) {
        self.broadcast(from, News::Ended(slot.clone(), landing));
    }

    /// Tells all nodes but the one it comes from, where only those hear of it who wait.
    fn broadcast(&mut self, from: usize, news: News) {
        let message = Message {
            number: self.memory.last,
            news,
        };
        let landed = self.nodes[from].land(|wait| message.lands(wait));
        self.wakers.extend(landed);
        for (number, node) in self.nodes.iter_mut().enumerate() {
            if number != from && node.is_connected && message.news.is_for(node) {
                node.inbox.push_back(message.clone());
            }
        }
    }

    /// Has the clock ring as soon as it moves.
    pub(super) fn ring_soon(&mut self) {
        self.alarms.push(self.now);
    }

    fn in_time(&mut self, time: Duration) -> Duration {
        let at = self.now.saturating_add(time);
        self.alarms.push(at);
        at
    }
}
