//! The future of a store, written by hand as that of a [lookup](crate::lookup), and for the same reason.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use cubbyhole_core::{HashedKey, Retention, SetOutcome};

use crate::error::CacheError;
use crate::lookup::Source;

/// Stores a value when it is polled first.
pub(crate) struct Storing<'a, V> {
    source: Source<'a, V>,
    key: &'a str,
    retention: Retention,
    progress: Progress<'a, V>,
}

enum Progress<'a, V> {
    Ready(V),
    Telling(Telling<'a>),
    Done,
}

/// A remote cache at work.
pub(crate) type Telling<'a> =
    Pin<Box<dyn Future<Output = Result<SetOutcome, CacheError>> + Send + 'a>>;

/// What storing a value comes to.
pub(crate) enum Put<'a> {
    Now(SetOutcome),
    Telling(Telling<'a>),
}

impl<'a, V: Clone + Send + Sync + 'static> Storing<'a, V> {
    #[inline]
    pub(crate) const fn new(
        source: Source<'a, V>,
        key: &'a str,
        value: V,
        retention: Retention,
    ) -> Self {
        Self {
            source,
            key,
            retention,
            progress: Progress::Ready(value),
        }
    }

    /// Stores the value if that needs no detour; gives it back if it does.
    #[inline]
    fn put(&self, value: V) -> Result<SetOutcome, V> {
        match self.source.bound() {
            Some(caches) => caches.put(HashedKey::new(self.key), value, self.retention),
            None => Err(value),
        }
    }

    #[cold]
    fn set(&self, value: V) -> Result<Put<'a>, CacheError> {
        self.source.found()?.set(self.key, value, self.retention)
    }
}

/// No value is ever pinned: one is moved out whole, or it is in the box of the remote cache.
impl<V> Unpin for Storing<'_, V> {}

impl<V: Clone + Send + Sync + 'static> Future for Storing<'_, V> {
    type Output = Result<SetOutcome, CacheError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Progress::Telling(telling) = &mut this.progress {
            return telling.as_mut().poll(cx);
        }
        let Progress::Ready(value) = std::mem::replace(&mut this.progress, Progress::Done) else {
            return Poll::Pending;
        };
        let value = match this.put(value) {
            Ok(outcome) => return Poll::Ready(Ok(outcome)),
            Err(value) => value,
        };
        match this.set(value)? {
            Put::Now(outcome) => Poll::Ready(Ok(outcome)),
            Put::Telling(mut telling) => {
                let poll = telling.as_mut().poll(cx);
                this.progress = Progress::Telling(telling);
                poll
            }
        }
    }
}
