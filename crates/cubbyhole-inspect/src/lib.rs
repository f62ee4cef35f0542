//! A page, a JSON API and a stream of events that show what a [`CacheStore`](cubbyhole_store::CacheStore) does: a router
//! of axum, to be mounted in the service itself.
//!
//! The page lists every registry entry with its policy, its hit ratio over time, why lookups miss, how long loads take,
//! what it holds, and what is on its way. It needs nothing from elsewhere and follows the light or dark of the browser.
//!
//! # Example
//!
//! ```
//! use axum::Router;
//! use axum::body::Body;
//! use axum::http::{Request, StatusCode};
//! use cubbyhole_inspect::Inspector;
//! use cubbyhole_store::CacheStore;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = CacheStore::new();
//! let inspector = Inspector::new(store)
//!     .visible_to(|request| request.headers.get("x-staff").is_some()); // set by the proxy, and by nobody else
//! let app: Router = Router::new().nest("/ops/cache", inspector.router());
//!
//! let get = |staff: bool| {
//!     let mut request = Request::get("/ops/cache/api/snapshot");
//!     if staff {
//!         request = request.header("x-staff", "yes");
//!     }
//!     request.body(Body::empty())
//! };
//! assert_eq!(app.clone().oneshot(get(true)?).await?.status(), StatusCode::OK);
//! assert_eq!(app.oneshot(get(false)?).await?.status(), StatusCode::FORBIDDEN);
//! # Ok(())
//! # }
//! ```
//!
//! `cargo run -p cubbyhole-inspect --example inspector` serves one that has something to show.
//!
//! # Mounting
//!
//! Under any path: `nest("/ops/cache", …)`, `nest("/ops/cache/", …)`, within other routers that are nested, or
//! `merge(…)` for the root. The mount itself sends to the page, by a relative link, so a proxy may put another path in
//! front. Where both `/ops/cache` and `/ops/cache/` are to work, use `nest_service`: the one knows the other there.
//!
//! **The application protects the mount.** Without a layer around the router, or [`Inspector::visible_to`], everybody who
//! reaches it sees the names and policies of all registry entries, and how much they are used. Guards see the request as
//! it is when it comes here, with the extensions and headers that layers outside have set, and go by nothing else. A stream
//! of events goes on only as long as the guard allows it.
//!
//! # What is hidden
//!
//! Keys may say what somebody asked for, scopes who, and values what they got: they are hidden, on the page, in the API
//! and in events, until the application says with [`Inspector::redact`] what to show in their place. A value is shown
//! even then only to whoever may [act](Inspector::actions), and asks for it by its key and whose it is.
//! Kinds, uids and policies are the application's own words, and are shown.
//!
//! # Acting
//!
//! There are no actions until [`Inspector::actions`] turns them on with a guard. Each takes a token that is bound to the
//! visitor by a cookie (`HttpOnly`, `SameSite=Strict`, only for the folder of the API), is good for ten minutes, and is
//! compared in constant time; and a request that a browser says was made by another origin is refused. What is typed
//! into a form goes into the body of a `POST` and is not repeated in any answer.
//!
//! The cookie is not marked `Secure`, because a service does not know what its proxy speaks; it is worth nothing without
//! the guard. Serve the page over HTTPS where the network is not trusted.
//!
//! # What it costs
//!
//! Nothing on the paths of the store: it counts in any case, and is asked every two seconds
//! ([`Inspector::refresh`]). The counts of the last 120 times are kept, and all who watch share one text.
//!
//! # Cancellation
//!
//! A stream of events may be dropped at any time. It ends by itself with the last clone of the router, or when
//! [`InspectorHandle::close`] says so, as a graceful shutdown should.
//!
//! # Not here
//!
//! Authentication, TLS, and a history that outlives the process (`cubbyhole-metrics`). Keys of values at rest are not listed.
#![doc = ""]
#![doc = include_str!("../api.md")]
#![forbid(unsafe_code)]

mod actions;
mod csrf;
mod events;
mod feed;
mod guard;
mod history;
mod inspector;
mod origin;
mod problem;
mod redaction;
mod routes;
mod snapshot;
mod taking;
mod watch;

pub use inspector::{Inspector, InspectorHandle};
pub use redaction::Private;
pub use snapshot::{
    EntrySnapshot, FlightSnapshot, LoadBucket, LoadsSnapshot, MissCount, Moment, SharedSnapshot,
    Snapshot, TierSnapshot,
};
