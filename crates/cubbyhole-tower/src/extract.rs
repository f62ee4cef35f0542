//! Extractors of axum.

use std::convert::Infallible;
use std::ops::Deref;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use cubbyhole_store::CacheStore;
use http::StatusCode;
use http::request::Parts;
use thiserror::Error;

use crate::rejection::ScopeRejection;
use crate::source::ScopeSource;

/// The store that [`StoreLayer`](crate::StoreLayer) handed to the request.
///
/// Where the store is part of the router's state, take [`StateStore`].
///
/// # Rejection
///
/// [`MissingStore`], a 500, if there is no such layer.
#[derive(Clone, Debug)]
pub struct Store(pub CacheStore);

impl<S: Send + Sync> FromRequestParts<S> for Store {
    type Rejection = MissingStore;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let store = parts.extensions.get::<CacheStore>();
        store.cloned().map(Self).ok_or(MissingStore)
    }
}

impl Deref for Store {
    type Target = CacheStore;

    fn deref(&self) -> &CacheStore {
        &self.0
    }
}

/// The store that is the router's state, or a part of it (`impl FromRef<AppState> for CacheStore`).
///
/// Never rejects: without a store in the state the router does not compile. A state that is an `Arc` of something is not
/// a type of the application's own, so that `FromRef` cannot be implemented for it: take [`Store`], or have a struct
/// around the `Arc`.
#[derive(Clone, Debug)]
pub struct StateStore(pub CacheStore);

impl<S> FromRequestParts<S> for StateStore
where
    S: Send + Sync,
    CacheStore: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(CacheStore::from_ref(state)))
    }
}

impl Deref for StateStore {
    type Target = CacheStore;

    fn deref(&self) -> &CacheStore {
        &self.0
    }
}

/// The request has no store.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the request has no store: add `StoreLayer` to the router, outside of this route")]
pub struct MissingStore;

impl IntoResponse for MissingStore {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

impl IntoResponse for ScopeRejection {
    fn into_response(self) -> Response {
        self.to_response::<Body>()
    }
}

/// Extracts where the scope came from.
///
/// # Rejection
///
/// [`MissingScopeLayer`], a 500, if the request did not pass through a [`ScopeLayer`](crate::ScopeLayer).
impl<S: Send + Sync> FromRequestParts<S> for ScopeSource {
    type Rejection = MissingScopeLayer;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get().copied().ok_or(MissingScopeLayer)
    }
}

/// The request did not pass through a [`ScopeLayer`](crate::ScopeLayer).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the request has no scope: add `ScopeLayer` to the router, outside of this route")]
pub struct MissingScopeLayer;

impl IntoResponse for MissingScopeLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
