//! The scope of a request, from the request: for tower, and so for axum, hyper and tonic.
//!
//! [`ScopeLayer`] runs each request in the scope of whoever it is from, which it learns from an extension that the
//! authentication layer set, from a signed cookie, or from whatever the application says ([`IdentifyRequest`]). Handlers
//! then use the store as if there were one user in the world. [`StoreLayer`] hands them the store.
//!
//! # Example
//!
//! ```
//! use cubbyhole_policy::{CachePolicy, CacheType};
//! use cubbyhole_scope::ScopeContext;
//! use cubbyhole_store::{CacheStore, CachedRegistryEntry};
//! use cubbyhole_tower::{ScopeLayer, StoreLayer};
//! use http::{Request, Response};
//! use http_body_util::BodyExt;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! /// Set by the authentication layer.
//! #[derive(Clone)]
//! struct Account(&'static str);
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let policy = CachePolicy::lru(10)?.with_cache_type(CacheType::User);
//! let visits = CachedRegistryEntry::<u32>::new("visits", policy);
//! let handler = service_fn(move |request: Request<()>| {
//!     let visits = visits.clone();
//!     async move {
//!         let store = request.extensions().get::<CacheStore>().ok_or("no store")?;
//!         let count = store.get(&visits, "home").await?.unwrap_or(0) + 1;
//!         store.set(&visits, "home", count).await?;
//!         Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Response::new(count.to_string()))
//!     }
//! });
//! let scoped = ScopeLayer::from_extension(|account: &Account| ScopeContext::new().user(account.0));
//! let service = StoreLayer::new(CacheStore::new()).layer(scoped.layer(handler));
//!
//! for (name, expected) in [("ada", "1"), ("bob", "1"), ("ada", "2")] {
//!     let request = Request::builder().extension(Account(name)).body(())?;
//!     let response = service.clone().oneshot(request).await?;
//!     let body = response.into_body().collect().await?.to_bytes();
//!     assert_eq!(body, expected);
//! }
//! let of_nobody = Request::new(());
//! assert!(service.oneshot(of_nobody).await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # What runs in the scope
//!
//! | | |
//! | --- | --- |
//! | the call of the service within, and its future, to their end, a panic or a cancellation | in the scope |
//! | the body of the response, whoever polls it and wherever it is dropped: streams, server-sent events | in the scope |
//! | an upgraded connection: web sockets | with [`carry_scope`], or `scope::spawn` in the handler |
//! | what a handler spawns | with `scope::spawn`, and not with `tokio::spawn` |
//! | becoming ready, before there is a request | as nobody |
//!
//! # The order of layers
//!
//! The authentication layer is outside, then [`ScopeLayer`], then whatever uses the store. A request that was not
//! identified, for whatever reason, runs as nobody: it fails closed, with `MissingScope`, where a user or a session is
//! needed. [`ScopeSource`] says why, and [`ScopeRejection`] makes a 401 or a 500 of it.
//!
//! With axum's `Router::layer`, the layer added last is outermost.
//!
//! # Cancellation
//!
//! A request may be dropped at any time, and so may a body half-way: what is dropped with them sees their scope, and the
//! scope that was there before is there again.
//!
//! # Not here
//!
//! No authentication: who a caller is has to be found out before. No session store and no setting of cookies.
//!
//! # Features
//!
//! | feature | brings |
//! | --- | --- |
//! | `axum` | the extractors `Store`, `StateStore` and `ScopeSource`; `ScopeRejection` as a response |
//! | `response-cache` | `ResponseCacheLayer`: a cache of responses in a registry entry, by the rules of RFC 9111 |
//! | `signed-cookie` | `HmacCookie`: cookies signed with HMAC-SHA256 |
#![cfg_attr(feature = "response-cache", doc = "")]
#![cfg_attr(feature = "response-cache", doc = include_str!("../rfc9111.md"))]
#![forbid(unsafe_code)]

mod body;
mod cookie;
#[cfg(feature = "axum")]
mod extract;
#[cfg(feature = "signed-cookie")]
mod hmac_cookie;
mod identify;
mod layer;
mod record;
mod rejection;
#[cfg(feature = "response-cache")]
mod response_cache;
mod source;
mod store;
mod upgrade;

pub use body::ScopedBody;
pub use cookie::{VerifyCookie, cookie_values};
#[cfg(feature = "axum")]
pub use extract::{MissingScopeLayer, MissingStore, StateStore, Store};
#[cfg(feature = "signed-cookie")]
pub use hmac_cookie::{HmacCookie, SignError};
pub use identify::IdentifyRequest;
pub use layer::{ScopeFuture, ScopeLayer, ScopeService};
pub use rejection::{ScopeFault, ScopeRejection};
#[cfg(feature = "response-cache")]
pub use response_cache::{
    CacheBody, CachedResponse, ResponseCache, ResponseCacheFuture, ResponseCacheLayer,
};
pub use source::{ExpectedExtension, MissingIdentity, ScopeSource};
pub use store::{StoreLayer, StoreService};
pub use upgrade::carry_scope;
