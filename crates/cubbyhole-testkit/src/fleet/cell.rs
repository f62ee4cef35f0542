//! The cells and the leases of a node.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use cubbyhole_core::{
    TierAnswer, TierCell, TierDone, TierError, TierLanding, TierLease, TierValue,
};

use super::calls::TierCall;
use super::names::{Invalidated, Place, Slot};
use super::port::Port;
use super::state::Answer;

/// A cell that a node has open.
pub(super) struct Cell {
    pub(super) port: Port,
    pub(super) place: Place,
    pub(super) id: u64,
}

impl Cell {
    fn lease(&self, slot: Slot, token: u64) -> Box<dyn TierLease> {
        Box::new(Lease::hold(self.port.clone(), slot, token))
    }

    fn answer(&self, slot: Slot, answer: Answer) -> TierAnswer {
        match answer {
            Answer::Found(value) => TierAnswer::Found(value),
            Answer::Leased(token) => TierAnswer::Leased(self.lease(slot, token)),
            Answer::Busy(id) => TierAnswer::Busy(Box::pin(Waiting {
                port: self.port.clone(),
                id,
            })),
        }
    }

    /// Returns whether this node itself has invalidated a value while the answer was on its way.
    fn has_invalidated(&self, since: u64, slot: &Slot, value: &TierValue) -> bool {
        self.port
            .step(|state, node| state.nodes[node].has_invalidated(since, slot, &value.tags))
    }
}

#[async_trait]
impl TierCell for Cell {
    async fn get(&self, key: &str) -> Result<Option<TierValue>, TierError> {
        let slot = self.place.slot(key);
        let look = self.port.call(TierCall::Get, |state, _| {
            (state.memory.last, state.memory.value(&slot, state.now))
        });
        let (last, found) = look.await?;
        Ok(found.filter(|value| !self.has_invalidated(last, &slot, value)))
    }

    async fn get_or_lease(&self, key: &str) -> Result<TierAnswer, TierError> {
        let slot = self.place.slot(key);
        let look = self.port.call(TierCall::GetOrLease, |state, node| {
            (state.memory.last, state.look(node, &slot))
        });
        let (last, mut answer) = look.await?;
        if let Answer::Found(value) = &answer
            && self.has_invalidated(last, &slot, value)
        {
            answer = self.port.act(|state, node| {
                state.proceed(node)?;
                Ok::<_, TierError>(state.look(node, &slot))
            })?;
        }
        Ok(self.answer(slot, answer))
    }

    async fn try_lease(&self, key: &str) -> Result<Option<Box<dyn TierLease>>, TierError> {
        let slot = self.place.slot(key);
        let take = self.port.call(TierCall::TryLease, |state, node| {
            state.try_lease(node, &slot)
        });
        let token = take.await?;
        Ok(token.map(|token| self.lease(slot, token)))
    }

    async fn take_lease(&self, key: &str) -> Result<Box<dyn TierLease>, TierError> {
        let slot = self.place.slot(key);
        let take = self.port.call(TierCall::TakeLease, |state, node| {
            state.take_lease(node, &slot)
        });
        let token = take.await?;
        Ok(self.lease(slot, token))
    }

    fn delete(&self, key: &str) -> TierDone {
        let what = Invalidated::Key(self.place.slot(key));
        self.port.invalidate(TierCall::Delete, what)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        self.port.step(|state, node| {
            state.nodes[node].cells.retain(|cell| cell.id != self.id);
        });
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("node", &self.port.node)
            .finish_non_exhaustive()
    }
}

/// A lease that is held.
struct Lease {
    port: Port,
    slot: Slot,
    token: u64,
}

impl Lease {
    fn hold(port: Port, slot: Slot, token: u64) -> Self {
        port.step(|state, node| state.hold_lease(node, &slot, token));
        Self { port, slot, token }
    }
}

#[async_trait]
impl TierLease for Lease {
    async fn publish(self: Box<Self>, value: TierValue) -> Result<bool, TierError> {
        let publish = self.port.call(TierCall::Publish, |state, node| {
            state.publish(node, &self.slot, self.token, &value)
        });
        let published = publish.await;
        if published.is_err() {
            self.port.step(|state, node| {
                state.enqueue(node, Invalidated::Key(self.slot.clone()));
                state.retry_later(node);
            });
        }
        published
    }

    async fn fail(self: Box<Self>, message: &str) {
        let fail = self.port.call(TierCall::Fail, |state, node| {
            state.fail(node, &self.slot, self.token, message);
        });
        // Who waits asks again when the lease is dropped, or has run out.
        fail.await.ok();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let port = &self.port;
        port.shared
            .act_quietly(|state| state.drop_lease(port.node, &self.slot, self.token));
    }
}

/// A wait for what another brings.
struct Waiting {
    port: Port,
    id: u64,
}

impl Future for Waiting {
    type Output = TierLanding;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TierLanding> {
        self.port.step(|state, node| {
            let waits = &mut state.nodes[node].waits;
            let Some(wait) = waits.iter_mut().find(|wait| wait.id == self.id) else {
                return Poll::Ready(TierLanding::AskAgain);
            };
            wait.waker = Some(cx.waker().clone());
            wait.landing.clone().map_or(Poll::Pending, Poll::Ready)
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.port.step(|state, node| {
            state.nodes[node].waits.retain(|wait| wait.id != self.id);
        });
    }
}
