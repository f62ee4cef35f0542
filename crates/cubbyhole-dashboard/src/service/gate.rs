//! Holds work back until it may go on.

use tokio::sync::watch;

/// Open, unless somebody who checks the service wants everyone to be waiting first.
#[derive(Clone, Debug)]
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(crate) fn open() -> Self {
        Self(watch::Sender::new(true))
    }

    /// Jobs wait here until somebody calls [`release`](Self::release).
    pub(crate) fn closed() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Who comes from now on waits here until somebody calls [`release`](Self::release).
    pub(crate) fn hold(&self) {
        self.0.send_replace(false);
    }

    pub(crate) fn release(&self) {
        self.0.send_replace(true);
    }

    /// How many wait here.
    pub(crate) fn waiting(&self) -> usize {
        self.0.receiver_count()
    }

    pub(crate) async fn passed(&self) {
        // The sender is ours, so that the channel is open.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn first_poll_is_ready(future: impl Future) -> bool {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(future.as_mut().poll(context).is_ready())
        })
        .await
    }

    #[tokio::test]
    async fn an_open_gate_holds_nobody() {
        Gate::open().passed().await;
    }

    #[tokio::test]
    async fn a_closed_gate_holds_until_it_is_released() {
        let gate = Gate::closed();
        let held = tokio::spawn({
            let gate = gate.clone();
            async move { gate.passed().await }
        });
        tokio::task::yield_now().await;
        assert!(!held.is_finished());
        assert_eq!(gate.waiting(), 1);
        gate.release();
        held.await.unwrap();
        assert_eq!(gate.waiting(), 0);
        gate.hold();
        assert!(!first_poll_is_ready(gate.passed()).await);
    }
}
