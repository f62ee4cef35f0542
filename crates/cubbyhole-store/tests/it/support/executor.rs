//! Polling by hand: a test says when a future is polled, with which waker, and when it is dropped.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A future in the hand.
pub(crate) struct Hand<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    wakes: Arc<Wakes>,
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl<'a, T> Hand<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self {
            future: Box::pin(future),
            wakes: Arc::default(),
        }
    }

    /// As [`new`](Self::new), polled once, which is not enough.
    pub(crate) fn waiting(future: impl Future<Output = T> + Send + 'a) -> Self {
        let mut hand = Self::new(future);
        assert!(hand.poll().is_pending(), "it should wait");
        hand
    }

    pub(crate) fn poll(&mut self) -> Poll<T> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// How often the present waker was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.count()
    }

    /// From now on polls with another waker; returns the former.
    pub(crate) fn switch_waker(&mut self) -> Arc<Wakes> {
        std::mem::take(&mut self.wakes)
    }

    /// Polls once more, which is enough.
    pub(crate) fn ready(mut self) -> T {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it still waits"),
        }
    }

    /// Polls until it is ready, and lets the runtime run other tasks in between; gives up after a while.
    pub(crate) async fn finish(mut self) -> T {
        for _ in 0..10_000 {
            if let Poll::Ready(output) = self.poll() {
                return output;
            }
            tokio::task::yield_now().await;
        }
        panic!("it waits for ever");
    }
}

/// Polls a future once, which is enough.
pub(crate) fn now<T>(future: impl Future<Output = T> + Send) -> T {
    Hand::new(future).ready()
}

/// Lets all tasks of this runtime run until they wait.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Runs what should panic.
pub(crate) fn panics<R>(f: impl FnOnce() -> R) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    assert!(outcome.is_err(), "it should panic");
}
