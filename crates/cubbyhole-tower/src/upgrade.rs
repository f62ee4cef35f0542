//! Keeping the scope on a connection that is no longer HTTP.

use cubbyhole_scope::{InScope, ScopeContext, ScopeFutureExt};

/// Makes a callback that runs in the scope that is current now, wherever it is called: for upgraded connections.
///
/// An upgrade outlives its request: the server goes on with the connection in a task that it spawned itself, which is
/// nobody. Call this in the handler, where the scope of the request is current:
///
/// - axum's web sockets: `upgrade.on_upgrade(carry_scope(|socket| chat(socket)))`
/// - hyper: `scope::spawn(async move { serve(hyper::upgrade::on(request).await?).await })`, which needs no callback.
///
/// ```
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
/// use cubbyhole_tower::carry_scope;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), tokio::task::JoinError> {
/// let ada = ScopeContext::new().user("ada");
/// let callback = ada.enter(|| carry_scope(|_socket: ()| async { ScopeContext::current() }));
/// // The server calls it in a task of its own.
/// assert_eq!(tokio::spawn(async { callback(()).await }).await?, ada);
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// As that of the callback's future; what is dropped with it sees the scope.
pub fn carry_scope<A, F, Fut>(callback: F) -> impl FnOnce(A) -> InScope<Fut>
where
    F: FnOnce(A) -> Fut,
    Fut: Future,
{
    let context = ScopeContext::current();
    move |argument| {
        let future = context.enter(|| callback(argument));
        future.in_scope(context)
    }
}
