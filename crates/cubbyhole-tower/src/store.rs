//! Giving the store to whoever serves a request.

use std::task::{Context, Poll};

use cubbyhole_store::CacheStore;
use http::Request;
use tower_layer::Layer;
use tower_service::Service;

/// Puts a store in the extensions of every request.
///
/// A handler finds it with the extractor `Store` (feature `axum`), anybody else with
/// `request.extensions().get::<CacheStore>()`.
#[derive(Clone, Debug)]
pub struct StoreLayer {
    store: CacheStore,
}

impl StoreLayer {
    /// Makes a layer that hands out `store`.
    #[must_use]
    pub const fn new(store: CacheStore) -> Self {
        Self { store }
    }
}

impl<S> Layer<S> for StoreLayer {
    type Service = StoreService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        StoreService {
            inner,
            store: self.store.clone(),
        }
    }
}

/// A service whose requests have a store: made by [`StoreLayer`].
#[derive(Clone, Debug)]
pub struct StoreService<S> {
    inner: S,
    store: CacheStore,
}

impl<S, B> Service<Request<B>> for StoreService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.store.clone());
        self.inner.call(request)
    }
}
