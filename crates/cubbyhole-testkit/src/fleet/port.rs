//! How a node makes its calls: through gates at which the test may hold them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cubbyhole_core::{TierDone, TierError};

use super::calls::{Gate, HeldState, TierCall};
use super::names::Invalidated;
use super::shared::Shared;
use super::state::State;

/// A node, as what belongs to it knows it.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub(super) shared: Arc<Shared>,
    pub(super) node: usize,
}

impl Port {
    pub(super) fn act<T>(&self, act: impl FnOnce(&mut State, usize) -> T) -> T {
        self.shared.act(|state| act(state, self.node))
    }

    pub(super) fn step<T>(&self, act: impl FnOnce(&mut State, usize) -> T) -> T {
        self.shared.step(|state| act(state, self.node))
    }

    /// Makes a call: a step, with a gate before it and one after it. One that is to go wrong is not held.
    pub(super) async fn call<T>(
        &self,
        call: TierCall,
        step: impl FnOnce(&mut State, usize) -> T,
    ) -> Result<T, TierError> {
        let lost = self.step(|state, node| state.begin(node, call))?;
        if lost.is_none() {
            self.pass(call, Gate::Request).await?;
        }
        let answer = self.act(|state, node| {
            state.proceed(node)?;
            Ok(step(state, node))
        })?;
        if let Some(error) = lost {
            return Err(error);
        }
        self.pass(call, Gate::Answer).await?;
        Ok(answer)
    }

    /// Begins an invalidation. Whatever becomes of the call, the node is not given what it covers from here on.
    ///
    /// It may be called under a lock that listeners take as well: they are told when the future is polled or dropped or, if
    /// it is put aside, when the clock moves.
    pub(super) fn invalidate(&self, call: TierCall, what: Invalidated) -> TierDone {
        let begun = self.step(|state, node| {
            state.ring_soon();
            begin(state, node, call, what)
        });
        let tells = Tells(self.clone());
        let passage = begun.map(|held| held.map(|held| Passage::goes_on(self.clone(), held)));
        Box::pin(async move {
            drop(tells);
            match passage? {
                Some(passage) => passage.await,
                None => Ok(()),
            }
        })
    }

    /// Waits at a gate, if the test holds it.
    async fn pass(&self, call: TierCall, gate: Gate) -> Result<(), TierError> {
        let held = self.step(|state, node| state.hold(node, call, gate));
        match held {
            None => Ok(()),
            Some(held) => Passage::of_a_call(self.clone(), held).await,
        }
    }
}

/// Returns the number of the call if it is held.
fn begin(
    state: &mut State,
    node: usize,
    call: TierCall,
    what: Invalidated,
) -> Result<Option<u64>, TierError> {
    state.enqueue(node, what.clone());
    let begun = state.begin(node, call);
    if !matches!(begun, Ok(None)) {
        state.retry_later(node);
    }
    if let Some(error) = begun? {
        // It is done, and nobody knows: it is done again.
        state.send_queue(node);
        state.enqueue(node, what);
        return Err(error);
    }
    let held = state.hold(node, call, Gate::Request);
    if held.is_none() {
        state.send_queue(node);
    }
    Ok(held)
}

/// Tells the fleet what has happened, when it is dropped.
struct Tells(Port);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0.act(|_, _| ());
    }
}

/// A call that is held at a gate.
struct Passage {
    port: Port,
    held: u64,
    /// It goes on when nobody waits for it.
    goes_on: bool,
}

impl Passage {
    const fn of_a_call(port: Port, held: u64) -> Self {
        Self {
            port,
            held,
            goes_on: false,
        }
    }

    const fn goes_on(port: Port, held: u64) -> Self {
        Self {
            port,
            held,
            goes_on: true,
        }
    }
}

impl Future for Passage {
    type Output = Result<(), TierError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let held = self.held;
        self.port.step(
            |state, node| match state.nodes[node].calls.poll(held, cx.waker()) {
                HeldState::Waits => Poll::Pending,
                HeldState::Released => Poll::Ready(Ok(())),
                HeldState::Cut => Poll::Ready(Err(state.failed(node, TierError::Away))),
            },
        )
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let (held, goes_on) = (self.held, self.goes_on);
        self.port.step(|state, node| {
            let calls = &mut state.nodes[node].calls;
            if goes_on {
                calls.leave_alone(held);
            } else {
                calls.forget(held);
            }
        });
    }
}
