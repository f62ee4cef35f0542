//! Users, sessions, and polling by hand.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use cubbyhole_scope::{ScopeContext, ScopeId};

/// Names the user, inherits the session.
pub(crate) fn user(id: impl Into<ScopeId>) -> ScopeContext {
    ScopeContext::new().user(id)
}

/// Names the session, inherits the user.
pub(crate) fn session(id: &str) -> ScopeContext {
    ScopeContext::new().session(id)
}

/// What equals the current context outside of every scope.
pub(crate) fn nobody() -> ScopeContext {
    ScopeContext::new()
}

pub(crate) fn current() -> ScopeContext {
    ScopeContext::current()
}

/// The current context, asked for at the first poll.
pub(crate) async fn who() -> ScopeContext {
    current()
}

/// The current context before, and after, the future has been suspended once.
pub(crate) async fn who_twice() -> [ScopeContext; 2] {
    let before = current();
    tokio::task::yield_now().await;
    [before, current()]
}

pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
