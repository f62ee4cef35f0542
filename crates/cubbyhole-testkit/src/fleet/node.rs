//! What a fleet knows of one node.

use std::collections::VecDeque;
use std::sync::Weak;
use std::task::Waker;
use std::time::Duration;

use cubbyhole_core::{CellListener, StoreListener, TierLanding};

use super::calls::Calls;
use super::messages::Message;
use super::names::{Invalidated, Place, Slot};

pub(super) struct Node {
    pub(super) is_connected: bool,
    /// Since when it is connected, or is not.
    pub(super) since: Duration,
    pub(super) disconnects: u64,
    pub(super) store: Option<Weak<dyn StoreListener>>,
    pub(super) cells: Vec<OpenCell>,
    pub(super) inbox: VecDeque<Message>,
    pub(super) holds_messages: bool,
    /// Somebody is telling its listeners something, and goes on until the inbox is empty.
    pub(super) is_being_told: bool,
    pub(super) waits: Vec<Wait>,
    /// Leases that are held, with their tokens.
    pub(super) leases: Vec<(Slot, u64)>,
    /// Invalidations that have still to reach the fleet.
    pub(super) queue: VecDeque<Invalidated>,
    /// What this node itself has invalidated, with the number of the last change before.
    pub(super) own: Vec<(u64, Invalidated)>,
    pub(super) calls: Calls,
    /// When it is to be reminded of what it cannot do now, if it cannot.
    pub(super) reminded: Option<Duration>,
}

/// A cell that is open, and who listens.
pub(super) struct OpenCell {
    pub(super) id: u64,
    pub(super) place: Place,
    pub(super) listener: Weak<dyn CellListener>,
}

/// Somebody who waits for what another brings.
pub(super) struct Wait {
    pub(super) id: u64,
    pub(super) slot: Slot,
    /// The lease that was seen, whose number is that of the change that gave it.
    pub(super) token: u64,
    /// The number of the last change before it began.
    pub(super) since: u64,
    /// When to look whether that lease is still there, should nobody say so.
    pub(super) until: Duration,
    pub(super) landing: Option<TierLanding>,
    pub(super) waker: Option<Waker>,
}

impl Node {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            is_connected: true,
            since: now,
            disconnects: 0,
            store: None,
            cells: Vec::new(),
            inbox: VecDeque::new(),
            holds_messages: false,
            is_being_told: false,
            waits: Vec::new(),
            leases: Vec::new(),
            queue: VecDeque::new(),
            own: Vec::new(),
            calls: Calls::default(),
            reminded: None,
        }
    }

    /// Returns whether its next message can be told now: what the node finds out by itself is not held.
    pub(super) fn can_be_told(&self, may_be: impl Fn(&Message) -> bool) -> bool {
        let next = self.inbox.front().filter(|it| may_be(it));
        !self.is_being_told && next.is_some_and(|it| !self.holds_messages || it.is_local())
    }

    /// Ends the waits that `ends` says how to end, and returns their wakers.
    pub(super) fn land(&mut self, ends: impl Fn(&Wait) -> Option<TierLanding>) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for wait in self.waits.iter_mut().filter(|wait| wait.landing.is_none()) {
            wait.landing = ends(wait);
            if wait.landing.is_some() {
                wakers.extend(wait.waker.take());
            }
        }
        wakers
    }

    pub(super) fn waits_for(&self, slot: &Slot) -> bool {
        self.waits.iter().any(|wait| wait.slot == *slot)
    }

    /// Returns whether this node itself has invalidated a value after the change of this number.
    pub(super) fn has_invalidated(&self, since: u64, slot: &Slot, tags: &[Box<str>]) -> bool {
        let mut after = self.own.iter().filter(|(number, _)| *number >= since);
        after.any(|(_, what)| what.covers(slot, tags))
    }
}
