//! The future of a store, written by hand as that of a [lookup](crate::lookup), and for the same reason.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use cubbyhole_core::{HashedKey, Retention, SetOutcome};

use crate::error::CacheError;
use crate::loaded::Loaded;
use crate::lookup::Source;

/// Stores a value when it is polled first.
pub(crate) struct Storing<'a, V> {
    source: Source<'a, V>,
    key: &'a str,
    retention: Retention,
    /// Until it is stored, or handed over.
    value: Option<V>,
    /// Under way only with a remote cache.
    telling: Option<Telling<'a>>,
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
            value: Some(value),
            telling: None,
        }
    }

    /// Stores the value if that needs no detour.
    #[inline]
    fn put(&mut self) -> Option<SetOutcome> {
        let caches = self.source.bound()?;
        caches.put(HashedKey::new(self.key), &mut self.value, self.retention)
    }

    #[cold]
    fn set(&self, value: V) -> Result<Put<'a>, CacheError> {
        let loaded = Loaded {
            retention: self.retention,
            ..Loaded::new(value)
        };
        self.source.found()?.set(self.key, loaded)
    }
}

/// No value is ever pinned: one is moved out whole, or it is in the box of the remote cache.
impl<V> Unpin for Storing<'_, V> {}

impl<V: Clone + Send + Sync + 'static> Future for Storing<'_, V> {
    type Output = Result<SetOutcome, CacheError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if let Some(telling) = &mut this.telling {
                return telling.as_mut().poll(cx);
            }
            if let Some(outcome) = this.put() {
                return Poll::Ready(Ok(outcome));
            }
            let Some(value) = this.value.take() else {
                return Poll::Pending;
            };
            match this.set(value)? {
                Put::Now(outcome) => return Poll::Ready(Ok(outcome)),
                Put::Telling(telling) => this.telling = Some(telling),
            }
        }
    }
}
