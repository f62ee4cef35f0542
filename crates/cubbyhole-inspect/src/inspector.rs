//! What to show of a store, and to whom.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use cubbyhole_store::CacheStore;

use crate::csrf::Tokens;
use crate::feed::Feed;
use crate::guard::Guard;
use crate::redaction::{Private, Redaction};
use crate::routes;
use crate::snapshot::Snapshot;
use crate::watch::{View, Watch};

/// Shows what a [`CacheStore`] does: a page, a JSON API and a stream of events, as a [`Router`] to be mounted.
///
/// Made once, told what it may show and do, and turned into a [router](Self::router). It keeps the store alive.
#[must_use = "an inspector shows nothing until its router is mounted"]
pub struct Inspector {
    view: View,
    visible_to: Option<Guard>,
    actions: Option<Acting>,
    origins: Vec<String>,
    feed: Arc<Feed>,
}

/// What acting takes: who may, and how it is known that they mean it.
pub(crate) struct Acting {
    pub(crate) guard: Guard,
    pub(crate) tokens: Tokens,
    /// The origins that the page has in browsers; none if that is what the request says.
    pub(crate) origins: Vec<String>,
}

impl Inspector {
    /// Makes an inspector that hides keys, ids and values, does nothing, and takes a snapshot every two seconds.
    pub fn new(store: CacheStore) -> Self {
        Self {
            view: View {
                store,
                redaction: Redaction::default(),
                refresh: Duration::from_secs(2),
                has_actions: false,
            },
            visible_to: None,
            actions: None,
            origins: Vec::new(),
            feed: Feed::new(),
        }
    }

    /// Says what to show of keys, ids and values, which are hidden otherwise: `None` hides one after all.
    ///
    /// It is called for each value on its way, so it should be quick; for a value at rest when somebody who
    /// [may act](Self::actions) asks for it. Keys and ids are cut after 200 characters, values after 4000; if it panics,
    /// nothing is shown.
    ///
    /// ```
    /// use cubbyhole_inspect::{Inspector, Private};
    /// use cubbyhole_store::CacheStore;
    ///
    /// let inspector = Inspector::new(CacheStore::new()).redact(|private| match private {
    ///     Private::Key { entry, key } if entry.uid() == "forecast" => Some(key.to_owned()), // names of cities
    ///     Private::Value { value, .. } => value.downcast_ref::<f64>().map(f64::to_string), // and of no other type
    ///     Private::Scope(scope) => Some(scope.to_string()), // a tag, which changes with each process
    ///     _ => None,
    /// });
    /// # drop(inspector);
    /// ```
    pub fn redact(
        mut self,
        shows: impl Fn(Private<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.view.redaction = Redaction::of(shows);
        self
    }

    /// Sets how long it is between two snapshots, from a tenth of a second to a minute; what is beyond is brought back
    /// within.
    pub fn refresh(mut self, every: Duration) -> Self {
        self.view.refresh = every.clamp(Duration::from_millis(100), Duration::from_secs(60));
        self
    }

    /// Refuses every request that `guard` does not allow, with 403.
    ///
    /// A stream of events asks again before each event but the first, about the request that opened it, and ends when
    /// the answer is no. So a guard that looks up what the cookie stands for, and does not go by an extension alone, also
    /// ends the streams of whoever signs out.
    ///
    /// An application that has authentication as a layer puts that around the router instead, or has it in front and
    /// looks at the extension that it left. A guard that panics has refused.
    pub fn visible_to(mut self, guard: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.visible_to = Some(Guard::of(guard));
        self
    }

    /// Turns the actions on: invalidating a key, a tag, a scope; clearing; exchanging a policy. Without this they do not
    /// exist.
    ///
    /// `guard` says of each request whether whoever made it may act. It MUST decide by what the application knows of
    /// the request: an extension that an authentication layer has set, a header that a proxy sets and strips from what
    /// comes from outside. It is asked after it is known that the request was made by the page itself, just before the
    /// action happens, so it is also the place to write down who did what. A guard that panics has refused.
    ///
    /// ```
    /// use axum::http::request::Parts;
    /// use cubbyhole_inspect::Inspector;
    /// use cubbyhole_store::CacheStore;
    ///
    /// /// Set by the authentication layer.
    /// #[derive(Clone)]
    /// struct Operator;
    ///
    /// let inspector = Inspector::new(CacheStore::new())
    ///     .actions(|request: &Parts| request.extensions.get::<Operator>().is_some());
    /// # drop(inspector);
    /// ```
    pub fn actions(mut self, guard: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.view.has_actions = true;
        self.actions = Some(Acting {
            guard: Guard::of(guard),
            tokens: Tokens::new(),
            origins: Vec::new(),
        });
        self
    }

    /// Names an origin that the page has in browsers, `https://ops.example.org`; more than once, if there are several.
    /// Actions are then refused to pages of any other.
    ///
    /// Without it, the origin has to be that of the `Host` that a request was sent to. Name it if a proxy sends another
    /// `Host`; and if the guard lets whoever reaches it act, on a loopback address for one, because another site can give
    /// its own name that address (DNS rebinding).
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.origins.push(origin.trim_end_matches('/').to_owned());
        self
    }

    /// Returns a handle that ends the streams of events, which otherwise keep a server from shutting down gracefully.
    #[must_use]
    pub fn handle(&self) -> InspectorHandle {
        InspectorHandle {
            feed: Arc::downgrade(&self.feed),
        }
    }

    /// Returns the router, to be nested under any path.
    ///
    /// Whoever mounts it protects it: anybody who reaches it sees the names and policies of all registry entries and
    /// what they do, if there is no [guard](Self::visible_to) and no layer around it.
    ///
    /// Snapshots are taken by a task that begins with the first request at the latest and ends with the last clone of
    /// the router. It needs a tokio runtime with its time enabled.
    pub fn router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let mut acting = self.actions;
        if let Some(acting) = &mut acting {
            acting.origins = self.origins;
        }
        routes::router(Watch::new(self.view, self.feed), self.visible_to, acting)
    }

    /// Returns what the page would show now, without a past.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.view.snapshot(Duration::ZERO)
    }
}

impl fmt::Debug for Inspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector")
            .field("store", &self.view.store)
            .field("refresh", &self.view.refresh)
            .field("is_guarded", &self.visible_to.is_some())
            .field("has_actions", &self.actions.is_some())
            .finish_non_exhaustive()
    }
}

/// Ends the streams of events of an [`Inspector`].
#[derive(Clone, Debug)]
pub struct InspectorHandle {
    feed: Weak<Feed>,
}

impl InspectorHandle {
    /// Ends every stream of events, and each that is opened from now on after its first event.
    ///
    /// Call it when a graceful shutdown begins: `with_graceful_shutdown(async move { signal.await; handle.close() })`.
    pub fn close(&self) {
        if let Some(feed) = self.feed.upgrade() {
            feed.close();
        }
    }
}
