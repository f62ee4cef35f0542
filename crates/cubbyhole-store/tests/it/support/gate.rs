//! Gates that a test opens by hand, and flags that tell what has happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

/// Where a computation, or a cache that is elsewhere, waits until the test lets it go on.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub(crate) fn opened() -> Self {
        let gate = Self::closed();
        gate.open();
        gate
    }

    pub(crate) async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }

    /// Lets one through.
    pub(crate) fn step(&self) {
        self.0.add_permits(1);
    }

    /// Lets everybody through from now on.
    pub(crate) fn open(&self) {
        self.0.add_permits(1_000_000);
    }

    /// Lets nobody through from now on.
    pub(crate) fn close(&self) {
        self.0.forget_permits(usize::MAX >> 4);
    }
}

/// Counts what has happened. Clones share one count.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<AtomicUsize>);

impl Seen {
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Notes it when the guard is dropped.
    pub(crate) fn on_drop(&self) -> impl Send + Sync + 'static {
        struct OnDrop(Seen);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                self.0.note();
            }
        }
        OnDrop(self.clone())
    }
}
