//! The waiters of one flight, in the order in which they came.

use std::collections::VecDeque;
use std::task::{Context, Waker};

use crate::panics::Panics;

/// Those who wait. A place in line costs no allocation of its own: places are reused.
#[derive(Default)]
pub(super) struct Waiters {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Who can lead, longest wait first; places that have been left since are skipped.
    leaders: VecDeque<SlotId>,
    waiting: usize,
}

/// A place in line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SlotId {
    at: u32,
    /// Tells this use of the place from an earlier one.
    turn: u32,
}

#[derive(Default)]
struct Slot {
    turn: u32,
    taken: bool,
    granted: bool,
    waker: Option<Waker>,
}

impl Waiters {
    pub(super) const fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    pub(super) const fn len(&self) -> usize {
        self.waiting
    }

    /// Takes out who is to be woken, outside the lock, without leaving the line.
    pub(super) fn take_wakers(&mut self) -> Vec<Waker> {
        let slots = self.slots.iter_mut();
        slots.filter_map(|slot| slot.waker.take()).collect()
    }

    pub(super) fn join(&mut self, can_lead: bool, waker: Option<Waker>) -> SlotId {
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            // More than four thousand million waiters of one key do not fit into memory.
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let slot = &mut self.slots[at as usize];
        slot.taken = true;
        slot.waker = waker;
        let id = SlotId {
            at,
            turn: slot.turn,
        };
        if can_lead {
            self.leaders.push_back(id);
        }
        self.waiting += 1;
        id
    }

    /// Leaves the line. Says whether the lead had been granted to this place, and returns its waker to be dropped
    /// outside the lock.
    pub(super) fn leave(&mut self, id: SlotId) -> (bool, Option<Waker>) {
        let Some(slot) = self.slot(id) else {
            return (false, None);
        };
        let (granted, waker) = (slot.granted, slot.waker.take());
        *slot = Slot {
            turn: id.turn.wrapping_add(1),
            ..Slot::default()
        };
        self.free.push(id.at);
        self.waiting -= 1;
        (granted, waker)
    }

    /// Grants the lead to the place that has waited longest, and returns its waker, if it has left one yet.
    pub(super) fn grant(&mut self) -> Option<Option<Waker>> {
        while let Some(id) = self.leaders.pop_front() {
            if let Some(slot) = self.slot(id) {
                slot.granted = true;
                return Some(slot.waker.take());
            }
        }
        None
    }

    /// Returns whether the lead was granted to this place; else leaves the waker of `cx` there, and returns the waker
    /// that was there before, to be dropped outside the lock.
    pub(super) fn poll_granted(&mut self, id: SlotId, cx: &Context<'_>) -> (bool, Option<Waker>) {
        let Some(slot) = self.slot(id) else {
            return (false, None);
        };
        let known = slot
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()));
        if slot.granted || known {
            return (slot.granted, None);
        }
        (false, slot.waker.replace(cx.waker().clone()))
    }

    /// Takes everybody out, to be woken outside the lock.
    pub(super) fn take_all(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Wakes everybody, whatever one of the wakers does.
    pub(super) fn wake(self) {
        let mut panics = Panics::default();
        for waker in self.slots.into_iter().filter_map(|slot| slot.waker) {
            panics.hold(|| waker.wake());
        }
        panics.release();
    }

    fn slot(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots
            .get_mut(id.at as usize)
            .filter(|slot| slot.taken && slot.turn == id.turn)
    }
}
