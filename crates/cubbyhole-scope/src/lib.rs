//! Who is asking: the user and session of the running task.
//!
//! **Plain `tokio::spawn` does not carry the scope: a task spawned that way runs as nobody.**
//! Use [`scope::spawn`] and [`scope::spawn_blocking`], or [`in_current_scope`] with any other way
//! of spawning. A task that runs as nobody gets an error where a user or a session is needed
//! ([`MissingScope`]), never what is cached for someone else or for everyone.
//!
//! A [`ScopeContext`] says who is asking: a user id and a session id, both optional. A future
//! carries one with [`in_scope`], in the manner of `tracing::Instrument`, and whatever it calls
//! reads it with [`ScopeContext::current`]: nobody passes an argument, so nobody forgets one. From
//! the context and a [`CacheType`](cubbyhole_policy::CacheType) comes the [`CacheScope`], which is
//! whose values a cache may hand out.
//!
//! # Example
//!
//! ```
//! use cubbyhole_policy::CacheType;
//! use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt, scope};
//!
//! async fn whose() -> Option<CacheScope> {
//!     ScopeContext::current().resolve(CacheType::User).ok()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), tokio::task::JoinError> {
//! let request = async {
//!     let here = whose().await;
//!     let carried = scope::spawn(whose()).await?;
//!     let lost = tokio::spawn(whose()).await?;
//!     Ok((here, carried, lost))
//! };
//! let (here, carried, lost) = request.in_scope(ScopeContext::new().user("ada")).await?;
//!
//! assert_eq!(here, Some(CacheScope::user("ada")));
//! assert_eq!(carried, Some(CacheScope::user("ada")));
//! assert_eq!(lost, None);
//! # Ok(())
//! # }
//! ```
//!
//! # Nesting
//!
//! Scopes nest, and the inner one replaces only what it names. What it does not name comes from
//! where the future is **polled first**, not from where it was made; so a middleware that knows the
//! user can wrap a service that knows the session, in either order, and a future that is made here
//! and given to `tokio::spawn` brings nothing along but what its context names. The first poll
//! settles it: from then on the future has one identity, whoever polls it.
//!
//! | written | user and session of `work` |
//! | --- | --- |
//! | `work.in_scope(session("s1")).in_scope(user("ada"))` | ada, s1 |
//! | as ada: `work.in_scope(session("s1")).await` | ada, s1 |
//! | as ada: `work.in_scope(user("bob")).await` | bob |
//! | as ada: `work.in_scope(ScopeContext::anonymous()).await` | nobody |
//! | as ada: `tokio::spawn(work.in_scope(session("s1")))` | no user, s1 |
//! | as ada: `scope::spawn(work.in_scope(session("s1")))` | ada, s1 |
//! | as ada, awaited as bob: `work.in_current_scope()` | ada |
//!
//! (`user("ada")` stands for `ScopeContext::new().user("ada")`.)
//!
//! # Runtimes inside of a scope
//!
//! A scope is there while its future is polled or its closure runs, for all that runs on the thread
//! meanwhile. Code that runs *other tasks* meanwhile runs them in that scope, also those that
//! were spawned plainly and, for what their own context does not name, those of other people.
//! So put the scope on the inside:
//!
//! | instead of | write |
//! | --- | --- |
//! | `context.enter(\|\| runtime.block_on(work))` | `runtime.block_on(work.in_scope(context))` |
//! | `local_set.run_until(work).in_scope(context)` | `local_set.run_until(work.in_scope(context))` |
//!
//! # Privacy
//!
//! Ids of users and sessions are opaque, and they appear in no output of this crate: `Debug` and
//! `Display` of every type show a short tag such as `#1f3a` in their place, which is another one in
//! every process. Only [`ScopeId::as_str`] gives the text back.
//!
//! # Cancellation
//!
//! A future may be dropped at any time: the scope that was there before is there again, and what is
//! dropped with the future (a guard, a transaction) still sees the scope of the future.
//!
//! # Not here
//!
//! No cache and no policy: see `cubbyhole-store`, which resolves a scope at each operation.
//!
//! [`in_scope`]: ScopeFutureExt::in_scope
//! [`in_current_scope`]: ScopeFutureExt::in_current_scope
#![forbid(unsafe_code)]

mod cache_scope;
mod context;
mod error;
mod future;
mod id;
mod memo;
mod running;
pub mod scope;

pub use cache_scope::CacheScope;
pub use context::ScopeContext;
pub use error::MissingScope;
pub use future::{InScope, ScopeFutureExt};
pub use id::ScopeId;
pub use memo::ScopeMemo;
