//! Futures that run in a scope.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::{ScopeContext, running};

/// Gives every future a scope to run in.
///
/// # Examples
///
/// ```
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// async fn who() -> ScopeContext {
///     ScopeContext::current()
/// }
///
/// let ada = ScopeContext::new().user("ada");
/// assert_eq!(who().in_scope(ada.clone()).await, ada);
/// assert_eq!(who().await, ScopeContext::new());
/// # }
/// ```
pub trait ScopeFutureExt: Future {
    /// Runs this future in the scope of `context`, over the scope that it is first polled in.
    ///
    /// What `context` does not name is inherited where the future is **polled first**, not where
    /// this is called, and stays as it is from then on, whoever polls the future later. So:
    ///
    /// - nested calls nest, in whatever order they are made:
    ///   `work.in_scope(session).in_scope(user)` has both;
    /// - a future given to `tokio::spawn` has what `context` names and nothing else. To inherit
    ///   where it is spawned as well, spawn it with [`scope::spawn`](crate::scope::spawn).
    ///
    /// # Cancel safety
    ///
    /// As that of this future. When it is dropped its scope is entered once more, so that what is
    /// dropped with it sees that scope; if it was never polled, that is what `context` names and
    /// nothing else.
    fn in_scope(self, context: ScopeContext) -> InScope<Self>
    where
        Self: Sized,
    {
        InScope {
            context,
            future: Some(self),
        }
    }

    /// Runs this future in the scope that is current now, wherever it is polled.
    ///
    /// The scope replaces the one there wholly: nothing of the two is merged. If nobody is asking
    /// now, nobody will be when it runs. This is what carries a scope through whatever spawns:
    /// `join_set.spawn(work.in_current_scope())`.
    ///
    /// # Cancel safety
    ///
    /// As that of this future. When it is dropped its scope is entered once more, so that what is
    /// dropped with it sees that scope.
    fn in_current_scope(self) -> InScope<Self>
    where
        Self: Sized,
    {
        self.in_scope(ScopeContext::current())
    }
}

impl<F: Future> ScopeFutureExt for F {}

pin_project! {
    /// A future that runs in a scope: made by [`in_scope`](ScopeFutureExt::in_scope) and
    /// [`in_current_scope`](ScopeFutureExt::in_current_scope).
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct InScope<F> {
        // Settled by the first poll.
        context: ScopeContext,
        // Taken by drop, and by nothing else.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for InScope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let context = mem::take(this.context).settled_alone();
            context.enter_exactly(|| this.future.set(None));
        }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !this.context.is_settled() {
            *this.context = mem::take(this.context).settled();
        }
        let Some(future) = this.future.as_pin_mut() else {
            unreachable!("only drop takes the future, and nothing is polled after that");
        };
        running::run_in(this.context, || future.poll(cx))
    }
}

impl<F> fmt::Debug for InScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InScope")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
