//! The calls of a node: counted, held at a gate, let go one by one, and gone wrong where a test says so.

use std::collections::BTreeMap;
use std::task::Waker;

use cubbyhole_core::TierError;

/// A call that a node makes to its fleet.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum TierCall {
    /// [`TierCell::get`](cubbyhole_core::TierCell::get).
    Get,
    /// [`TierCell::get_or_lease`](cubbyhole_core::TierCell::get_or_lease).
    GetOrLease,
    /// [`TierCell::try_lease`](cubbyhole_core::TierCell::try_lease).
    TryLease,
    /// [`TierCell::take_lease`](cubbyhole_core::TierCell::take_lease).
    TakeLease,
    /// [`TierCell::delete`](cubbyhole_core::TierCell::delete).
    Delete,
    /// [`TierLease::publish`](cubbyhole_core::TierLease::publish).
    Publish,
    /// [`TierLease::fail`](cubbyhole_core::TierLease::fail).
    Fail,
    /// [`SharedTier::invalidate`](cubbyhole_core::SharedTier::invalidate).
    Invalidate,
}

/// How a call goes wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TierFault {
    /// It has no effect, and ends with this error.
    NotDone(TierError),
    /// It has its effect, and ends with this error all the same: its answer was lost.
    Done(TierError),
}

/// Where a call may be held.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Gate {
    /// On its way to the fleet: it has had no effect yet.
    Request,
    /// On its way back.
    Answer,
}

/// The calls of one node.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) holds_requests: bool,
    pub(super) holds_answers: bool,
    faults: Vec<(TierCall, TierFault)>,
    held: Vec<Held>,
    made: BTreeMap<TierCall, u64>,
    pub(super) failures: u64,
    /// Who waits for calls to be held.
    pub(super) watchers: Vec<Waker>,
    last: u64,
}

struct Held {
    id: u64,
    call: TierCall,
    state: HeldState,
    waker: Option<Waker>,
    /// Nobody waits for it any more, but it goes on: an invalidation.
    is_alone: bool,
}

/// What becomes of a call that is held.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum HeldState {
    Waits,
    /// It goes on.
    Released,
    /// The node has been cut off meanwhile.
    Cut,
}

impl Calls {
    pub(super) fn count(&mut self, call: TierCall) {
        *self.made.entry(call).or_default() += 1;
    }

    pub(super) fn made(&self, call: TierCall) -> u64 {
        self.made.get(&call).copied().unwrap_or_default()
    }

    pub(super) fn all(&self) -> u64 {
        self.made.values().sum()
    }

    pub(super) fn fail(&mut self, call: TierCall, fault: TierFault) {
        self.faults.push((call, fault));
    }

    pub(super) fn take_fault(&mut self, call: TierCall) -> Option<TierFault> {
        let at = self.faults.iter().position(|(other, _)| *other == call)?;
        Some(self.faults.remove(at).1)
    }

    pub(super) const fn holds(&self, gate: Gate) -> bool {
        match gate {
            Gate::Request => self.holds_requests,
            Gate::Answer => self.holds_answers,
        }
    }

    /// Holds a call, and returns how it is called from now on.
    pub(super) fn hold(&mut self, call: TierCall) -> u64 {
        self.last += 1;
        self.held.push(Held {
            id: self.last,
            call,
            state: HeldState::Waits,
            waker: None,
            is_alone: false,
        });
        self.last
    }

    /// Returns how a call is that was held, and forgets it if it is not any more.
    pub(super) fn poll(&mut self, id: u64, waker: &Waker) -> HeldState {
        let Some(at) = self.held.iter().position(|held| held.id == id) else {
            return HeldState::Released;
        };
        let state = self.held[at].state;
        if state == HeldState::Waits {
            self.held[at].waker = Some(waker.clone());
        } else {
            self.held.remove(at);
        }
        state
    }

    /// Forgets a call that nobody waits for any more.
    pub(super) fn forget(&mut self, id: u64) {
        self.held.retain(|held| held.id != id);
    }

    /// Lets a call go on that nobody waits for any more.
    pub(super) fn leave_alone(&mut self, id: u64) {
        for held in self.held.iter_mut().filter(|held| held.id == id) {
            (held.is_alone, held.waker) = (true, None);
        }
        self.sweep();
    }

    /// Lets the call go on that was held first and that `is` one of those meant. Returns which that was, and its waker.
    pub(super) fn release(
        &mut self,
        is: impl Fn(TierCall) -> bool,
    ) -> Option<(TierCall, Option<Waker>)> {
        let waits = |held: &&mut Held| held.state == HeldState::Waits && is(held.call);
        let held = self.held.iter_mut().find(waits)?;
        held.state = HeldState::Released;
        let released = (held.call, held.waker.take());
        self.sweep();
        Some(released)
    }

    /// Ends all calls that are held, because they cannot be answered any more.
    pub(super) fn cut(&mut self) -> Vec<Waker> {
        let waiting = self.held.iter_mut();
        let waiting = waiting.filter(|held| held.state == HeldState::Waits);
        let wakers = waiting.filter_map(|held| {
            held.state = HeldState::Cut;
            held.waker.take()
        });
        let wakers = wakers.collect();
        self.sweep();
        wakers
    }

    pub(super) fn held(&self) -> usize {
        let waits = |held: &&Held| held.state == HeldState::Waits;
        self.held.iter().filter(waits).count()
    }

    fn sweep(&mut self) {
        self.held
            .retain(|held| held.state == HeldState::Waits || !held.is_alone);
    }
}

impl TierCall {
    /// Returns whether the call is one that goes on although nobody waits for it.
    pub(super) const fn goes_on(self) -> bool {
        matches!(self, Self::Delete | Self::Invalidate)
    }
}
