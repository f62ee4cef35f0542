//! Spawning that carries the scope along, which plain `tokio::spawn` does not.
//!
//! For other ways of spawning (a `JoinSet`, a `LocalSet`, another runtime), spawn
//! `future.in_current_scope()`.

use tokio::task::JoinHandle;

use crate::{ScopeContext, ScopeFutureExt};

/// Spawns `future` in the scope that is current now, as `tokio::spawn` otherwise.
///
/// The task has exactly this scope, also after whoever spawned it has ended.
///
/// # Panics
///
/// Outside of a tokio runtime, as [`tokio::spawn`].
///
/// # Cancel safety
///
/// The task goes on when the handle is dropped. When it is aborted, what is dropped with it still
/// sees its scope.
///
/// # Examples
///
/// ```
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt, scope};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tokio::task::JoinError> {
/// let ada = ScopeContext::new().user("ada");
/// let who = async { scope::spawn(async { ScopeContext::current() }).await };
/// assert_eq!(who.in_scope(ada.clone()).await?, ada);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.in_current_scope())
}

/// Calls `f` on a thread where blocking is acceptable, in the scope that is current now; as
/// `tokio::task::spawn_blocking` otherwise.
///
/// # Panics
///
/// Outside of a tokio runtime, as [`tokio::task::spawn_blocking`].
///
/// # Cancel safety
///
/// Once `f` has begun it runs to its end, whether the handle is dropped or aborted.
///
/// # Examples
///
/// ```
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt, scope};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tokio::task::JoinError> {
/// let ada = ScopeContext::new().user("ada");
/// let who = async { scope::spawn_blocking(ScopeContext::current).await };
/// assert_eq!(who.in_scope(ada.clone()).await?, ada);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let context = ScopeContext::current();
    tokio::task::spawn_blocking(move || context.enter_exactly(f))
}
