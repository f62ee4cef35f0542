//! The future of a lookup, written by hand: a hit is most of what a store is asked for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cubbyhole_core::HashedKey;

use crate::caches::Caches;
use crate::entry::CachedRegistryEntry;
use crate::error::CacheError;
use crate::store::{CacheStore, Found};

/// Looks a value up when it is polled first, because only then is it known who asks.
///
/// What the compiler makes of an `async fn` keeps the state of the detour to a remote cache beside that of the hit, and
/// takes about a quarter of the time of a hit to step around it.
pub(crate) struct Lookup<'a, V> {
    source: Source<'a, V>,
    key: &'a str,
    unpin: bool,
    /// Under way only with a remote cache.
    asking: Option<Asking<'a, V>>,
}

/// Where the value is looked up.
pub(crate) enum Source<'a, V> {
    Entry(&'a CacheStore, &'a CachedRegistryEntry<V>),
    Caches(&'a Arc<Caches<V>>),
}

impl<'a, V> Source<'a, V> {
    /// Returns the caches, if they are at hand.
    #[inline]
    pub(crate) fn bound(&self) -> Option<&'a Arc<Caches<V>>> {
        match self {
            Self::Entry(store, entry) => store.bound(entry),
            Self::Caches(caches) => Some(caches),
        }
    }
}

impl<'a, V: Clone + Send + Sync + 'static> Source<'a, V> {
    /// Returns the caches, and makes them if there are none yet.
    pub(crate) fn found(&self) -> Result<Found<'a, V>, CacheError> {
        match self {
            Self::Entry(store, entry) => store.caches(entry),
            Self::Caches(caches) => Ok(Found::Bound(caches)),
        }
    }
}

/// What a remote cache or a shared tier says, when it says it.
pub(crate) type Asking<'a, V> =
    Pin<Box<dyn Future<Output = Result<Option<V>, CacheError>> + Send + 'a>>;

impl<'a, V: Clone + Send + Sync + 'static> Lookup<'a, V> {
    #[inline]
    pub(crate) const fn new(source: Source<'a, V>, key: &'a str, unpin: bool) -> Self {
        Self {
            source,
            key,
            unpin,
            asking: None,
        }
    }

    /// Finds what can be found at a glance.
    #[inline]
    fn glance(&self) -> Option<Option<V>> {
        if self.unpin || self.asking.is_some() {
            return None;
        }
        self.source.bound()?.glance(HashedKey::new(self.key))
    }

    #[cold]
    fn look(&self) -> Result<Looked<'a, V>, CacheError> {
        let key = HashedKey::new(self.key);
        self.source.found()?.look(key, self.unpin)
    }
}

/// What a lookup comes to that is no plain hit.
pub(crate) enum Looked<'a, V> {
    At(Option<V>),
    Asking(Asking<'a, V>),
}

impl<V: Clone + Send + Sync + 'static> Future for Lookup<'_, V> {
    type Output = Result<Option<V>, CacheError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(found) = this.glance() {
            return Poll::Ready(Ok(found));
        }
        loop {
            if let Some(asking) = &mut this.asking {
                return asking.as_mut().poll(cx);
            }
            match this.look()? {
                Looked::At(value) => return Poll::Ready(Ok(value)),
                Looked::Asking(asking) => this.asking = Some(asking),
            }
        }
    }
}
