//! A cache of responses, as RFC 9111 has it, in a registry entry of the application's.

mod asked;
mod body;
mod cached;
mod directives;
mod exchange;
mod key;
mod load;
mod service;
mod storing;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{Clock, SystemClock};
use cubbyhole_store::{CacheStore, CachedRegistryEntry};
use tower_layer::Layer;

pub use body::CacheBody;
pub use cached::CachedResponse;
pub use service::{ResponseCache, ResponseCacheFuture};

/// The longest body that is kept, unless it is said otherwise: 1 MiB.
const BODY_LIMIT: usize = 1 << 20;

/// Answers `GET` and `HEAD` from a cache, by the rules of RFC 9111.
///
/// Responses are the values of a registry entry, so its policy says how many are kept and whose they are: in an entry of
/// the global type, what everybody may see; in one by user or by session, what that user or session may see. An entry
/// by user whose task has no user keeps nothing, and answers from the service. All who ask for one response at a time
/// share one call of the service, if what comes of it may be shared.
///
/// A response is kept for as long as it says (`s-maxage`, `max-age`). One that says nothing is kept only if there is a
/// [default](Self::with_default_ttl). A cache that more people share keeps nothing that was made for one of them: a
/// request with `Authorization` or `Cookie`, or in the scope of a user or a session, neither leaves a response there nor
/// is answered from there, unless the response says `public` or `s-maxage`.
///
/// The entry needs a policy of the store's: a cache of another make has no lifetimes and no tags, and keeps nothing here.
///
/// Put it inside of `ScopeLayer`. The key is the URI as the layer sees it, so have an entry for each layer, and do not put
/// it where a router has taken off a part of the path. What else a response depends on has to be in its `Vary`.
///
/// Extensions of a response are not kept. The service is called in a task of its own, in the scope of the request; if it
/// panics there, the answer is 500. Requests for what turns out not to be shared wait for the first of them, and then each
/// calls the service.
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_policy::CachePolicy;
/// use cubbyhole_store::{CacheStore, CachedRegistryEntry};
/// use cubbyhole_tower::{CachedResponse, ResponseCacheLayer};
///
/// let entry = CachedRegistryEntry::<CachedResponse>::new("pages", CachePolicy::lru(1000)?);
/// let layer = ResponseCacheLayer::new(CacheStore::new(), entry).with_default_ttl(Duration::from_secs(5));
/// # drop(layer);
/// # Ok::<(), cubbyhole_policy::PolicyError>(())
/// ```
#[derive(Clone)]
pub struct ResponseCacheLayer {
    settings: Arc<Settings>,
}

#[derive(Clone)]
struct Settings {
    store: CacheStore,
    entry: CachedRegistryEntry<CachedResponse>,
    body_limit: usize,
    default_ttl: Duration,
    clock: Arc<dyn Clock>,
}

impl ResponseCacheLayer {
    /// Makes a layer that keeps responses in `entry`.
    #[must_use]
    pub fn new(store: CacheStore, entry: CachedRegistryEntry<CachedResponse>) -> Self {
        let settings = Settings {
            store,
            entry,
            body_limit: BODY_LIMIT,
            default_ttl: Duration::ZERO,
            clock: Arc::new(SystemClock),
        };
        Self {
            settings: Arc::new(settings),
        }
    }

    /// Keeps no body longer than this, in bytes; 1 MiB if it is not said. A longer one is streamed through, and no more
    /// than this and one frame is held of it.
    #[must_use]
    pub fn with_body_limit(self, limit: usize) -> Self {
        self.with(|settings| settings.body_limit = limit)
    }

    /// Keeps responses that do not say how long they are good for, for this long; zero, not at all, if it is not said.
    #[must_use]
    pub fn with_default_ttl(self, ttl: Duration) -> Self {
        self.with(|settings| settings.default_ttl = ttl)
    }

    /// Goes by this clock to know how old a response is. It should be the store's.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        self.with(|settings| settings.clock = Arc::new(clock))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for ResponseCacheLayer {
    type Service = ResponseCache<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ResponseCache::new(inner, Arc::clone(&self.settings))
    }
}

impl fmt::Debug for ResponseCacheLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseCacheLayer")
            .field("entry", &self.settings.entry)
            .field("body_limit", &self.settings.body_limit)
            .field("default_ttl", &self.settings.default_ttl)
            .finish_non_exhaustive()
    }
}
