//! The lock around a fleet, and what is called once it is free: wakers, the clock, listeners.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use cubbyhole_core::{Alarm, Clock};

use super::messages::{Delivery, Message};
use super::state::State;

/// What all handles of a fleet share.
pub(super) struct Shared {
    clock: Box<dyn Clock>,
    state: Mutex<State>,
    me: Weak<Self>,
}

impl Shared {
    pub(super) fn new(clock: Box<dyn Clock>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            clock,
            state: Mutex::default(),
            me: Weak::clone(me),
        })
    }

    /// Does one step, and tells nobody of it: for who is called under the locks of others.
    pub(super) fn step<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let now = self.clock.now();
        let (outcome, wakers, alarms) = {
            let mut state = self.lock();
            state.now = state.now.max(now);
            state.tick();
            let outcome = act(&mut state);
            let wakers = std::mem::take(&mut state.wakers);
            (outcome, wakers, std::mem::take(&mut state.alarms))
        };
        wakers.into_iter().for_each(Waker::wake);
        for at in alarms {
            let me: Weak<Self> = Weak::clone(&self.me);
            self.clock.wake_at(at, me);
        }
        outcome
    }

    /// Does one step, and tells the nodes of it whose messages are not held.
    pub(super) fn act<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let outcome = self.step(act);
        self.deliver_while(|_| true);
        outcome
    }

    /// Does one step that ends leases, and tells those who wait, but no listener: for who may be called under a lock that
    /// listeners take as well.
    pub(super) fn act_quietly<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let outcome = self.step(act);
        self.deliver_while(Message::is_quiet);
        outcome
    }

    fn deliver_while(&self, may_be: impl Fn(&Message) -> bool) {
        while let Some(delivery) = self.next(&may_be) {
            self.deliver(&delivery);
        }
    }

    /// Tells a node the first message that waits for it, held or not. Returns whether there was one.
    pub(super) fn deliver_one(&self, node: usize) -> bool {
        let delivery = {
            let mut state = self.lock();
            let it = &mut state.nodes[node];
            if it.is_being_told {
                return false;
            }
            Delivery::take(node, it)
        };
        let Some(delivery) = delivery else {
            return false;
        };
        self.deliver(&delivery);
        // What came meanwhile and is not held was left to us.
        self.act(|_| ());
        true
    }

    fn next(&self, may_be: impl Fn(&Message) -> bool) -> Option<Delivery> {
        let mut state = self.lock();
        let mut nodes = state.nodes.iter_mut().enumerate();
        let (number, node) = nodes.find(|(_, node)| node.can_be_told(&may_be))?;
        Delivery::take(number, node)
    }

    /// Tells listeners first, then those who wait.
    fn deliver(&self, delivery: &Delivery) {
        let _told = Told(self, delivery);
        delivery.tell();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alarm for Shared {
    fn ring(&self) -> Option<Duration> {
        self.act(|_| ());
        None
    }
}

/// A node is being told something; when this is dropped it has been, or a listener has panicked.
struct Told<'a>(&'a Shared, &'a Delivery);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.0.step(|state| {
            let node = &mut state.nodes[self.1.node];
            node.is_being_told = false;
            let landed = node.land(|wait| self.1.message.lands(wait));
            state.wakers.extend(landed);
        });
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Fleet")
            .field("nodes", &state.nodes.len())
            .finish_non_exhaustive()
    }
}
