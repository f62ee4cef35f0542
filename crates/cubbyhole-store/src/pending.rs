//! A promise that a value will come.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::entry::StoreKey;
use crate::error::CacheError;
use crate::flight::{Flight, Wait, Waited};
use crate::sync::Mutex;

/// A value that was promised by [`set_pending`](crate::CacheStore::set_pending) and has not come yet.
///
/// It comes with a [`set`](crate::CacheStore::set) of its key, or ends with a [`fail`](crate::CacheStore::fail); until
/// then whoever [waits](crate::CacheStore::get_or_wait) for the key waits.
///
/// # Whose promise it is
///
/// This handle *is* the promise: keep it as long as you work on the value. When the one who made the key pending drops
/// it without a value, and so has everybody who joined the promise, those who wait get [`CacheError::Abandoned`], or
/// the next of them who can compute the value does. Nobody waits for ever.
///
/// Who marks a key that is pending already joins: the handle says so ([`is_joined`](Self::is_joined)) and is a share
/// in the promise, until it [waits](Self::wait) itself.
#[must_use = "dropping the promise without having set the value fails those who wait for it"]
pub struct PendingValue<V> {
    flight: Arc<Flight<V>>,
    joined: bool,
    share: Mutex<Option<Arc<Share<V>>>>,
}

/// A share in the promise of a value.
struct Share<V>(Arc<Flight<V>>);

impl<V> Drop for Share<V> {
    fn drop(&mut self) {
        self.0.unpromise();
    }
}

impl<V: Clone + Send + Sync + 'static> PendingValue<V> {
    /// Takes over the share in the promise that the flight has just been given.
    pub(crate) fn new(flight: Arc<Flight<V>>, joined: bool) -> Self {
        let share = Share(Arc::clone(&flight));
        Self {
            flight,
            joined,
            share: Mutex::new(Some(Arc::new(share))),
        }
    }

    /// Waits until the value comes, and returns it.
    ///
    /// The future is `'static`: it does not borrow this handle. A handle that made the key pending keeps its promise
    /// while it waits (somebody else sets the value for it); one that joined gives its share up.
    ///
    /// # Errors
    ///
    /// What the value was failed with; [`CacheError::Abandoned`] if everybody who promised it has gone;
    /// [`CacheError::Invalidated`] if its key was deleted, or its scope or store was dropped or cleared;
    /// [`CacheError::Cycle`] if the running computation is the one that is to bring the value.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing for anybody else who waits.
    pub fn wait(&self) -> WaitForPending<V> {
        let mut wait = self.flight.join_late();
        let share = {
            let mut share = self.share.lock();
            if self.joined {
                share.take()
            } else {
                share.clone()
            }
        };
        let error = match self.flight.edge() {
            Ok(edge) => {
                wait.waits_as(edge);
                None
            }
            Err(error) => Some(error),
        };
        let share = share.filter(|_| !self.joined);
        WaitForPending { wait, error, share }
    }

    /// Returns whether the key was pending already, so that this handle joined a promise.
    #[must_use]
    pub const fn is_joined(&self) -> bool {
        self.joined
    }

    /// Returns whether the value has not come yet.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.flight.outcome().is_none()
    }

    /// Returns the registry entry that the value belongs to.
    #[must_use]
    pub fn store_key(&self) -> &StoreKey {
        self.flight.entry()
    }
}

impl<V> fmt::Debug for PendingValue<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingValue")
            .field("entry", self.flight.entry())
            .field("pending", &self.flight.outcome().is_none())
            .finish_non_exhaustive()
    }
}

/// Waiting for a [`PendingValue`].
#[must_use = "futures do nothing unless polled"]
pub struct WaitForPending<V> {
    wait: Wait<V>,
    error: Option<CacheError>,
    /// Keeps the promise of a handle that waits for somebody else to keep it.
    share: Option<Arc<Share<V>>>,
}

impl<V: Clone + Send + Sync + 'static> Future for WaitForPending<V> {
    type Output = Result<V, CacheError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(error) = this.error.take() {
            return Poll::Ready(Err(error));
        }
        match Pin::new(&mut this.wait).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Waited::Ended(outcome)) => {
                this.share = None;
                Poll::Ready(outcome)
            }
            // Only a waiter who can lead is given the lead, and this one has said that it cannot; nor does it mind how old
            // the value is.
            Poll::Ready(Waited::Lead(_) | Waited::Again) => {
                let entry = this.wait.flight().entry().clone();
                Poll::Ready(Err(CacheError::Abandoned { entry }))
            }
        }
    }
}

impl<V> Unpin for WaitForPending<V> {}

impl<V> fmt::Debug for WaitForPending<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForPending")
            .field("entry", self.wait.flight().entry())
            .finish_non_exhaustive()
    }
}
