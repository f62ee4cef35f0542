//! A response body that is produced in a scope.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cubbyhole_scope::ScopeContext;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// A body that runs in a scope: whoever polls it, and wherever it is dropped.
    ///
    /// A streamed body is produced after the handler has returned, piece by piece, by the server's connection, which is
    /// nobody and may serve other people meanwhile.
    pub struct ScopedBody<B> {
        context: ScopeContext,
        // Taken by drop, and by nothing else.
        #[pin]
        body: Option<B>,
    }

    impl<B> PinnedDrop for ScopedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.context.enter(|| this.body.set(None));
        }
    }
}

impl<B> ScopedBody<B> {
    /// `context` must name or refuse both ids: what it leaves open would come from whoever polls.
    pub(crate) const fn new(body: B, context: ScopeContext) -> Self {
        Self {
            context,
            body: Some(body),
        }
    }
}

impl<B: Body> Body for ScopedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        match this.body.as_pin_mut() {
            Some(body) => this.context.enter(|| body.poll_frame(cx)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        let ended = |body: &B| self.context.enter(|| body.is_end_stream());
        self.body.as_ref().is_none_or(ended)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = |body: &B| self.context.enter(|| body.size_hint());
        self.body.as_ref().map_or_else(SizeHint::default, hint)
    }
}

/// An empty body, for servers that answer without asking the service: nobody's.
impl<B: Default> Default for ScopedBody<B> {
    fn default() -> Self {
        Self::new(B::default(), ScopeContext::anonymous())
    }
}

impl<B> fmt::Debug for ScopedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedBody")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
