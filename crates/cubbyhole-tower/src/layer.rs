//! The layer that sets the scope of a request, and its service.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use cubbyhole_scope::{InScope, ScopeContext, ScopeFutureExt};
use http::request::Parts;
use http::{HeaderName, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::body::ScopedBody;
use crate::cookie::{FromCookie, VerifyCookie};
use crate::identify::{FromExtension, FromFn, FromHeader, IdentifyRequest};
use crate::record::ScopeRecord;
use crate::source::{MissingIdentity, ScopeSource};

/// Runs each request, and the body of its response, in the scope of whoever it is from.
///
/// Put it inside of whatever authenticates, and outside of whatever uses the store. A request that nobody was
/// identified for goes on as nobody's: what needs no user and no session works, and the first operation of the store
/// that needs one fails with `MissingScope`. [`ScopeSource`] in the extensions of the request says why, and
/// [`ScopeRejection`](crate::ScopeRejection) makes a response of the two.
///
/// Nothing is inherited: not from the scope in which the service is called, and not from a layer of this kind further
/// out, whose identity the inner one replaces as a whole.
///
/// ```
/// use cubbyhole_scope::ScopeContext;
/// use cubbyhole_tower::ScopeLayer;
///
/// /// Set by the authentication layer.
/// #[derive(Clone)]
/// struct Account { name: String }
///
/// let layer = ScopeLayer::from_extension(|account: &Account| ScopeContext::new().user(account.name.as_str()));
/// # drop(layer);
/// ```
#[derive(Clone)]
pub struct ScopeLayer {
    identify: Arc<dyn IdentifyRequest>,
}

impl ScopeLayer {
    /// Makes a layer that asks `identify` who a request is from.
    pub fn new(identify: impl IdentifyRequest) -> Self {
        Self {
            identify: Arc::new(identify),
        }
    }

    /// Makes a layer that asks a closure who a request is from: see [`IdentifyRequest`] for what it should believe.
    pub fn from_fn(
        identify: impl Fn(&Parts) -> Result<ScopeContext, MissingIdentity> + Send + Sync + 'static,
    ) -> Self {
        Self::new(FromFn(identify))
    }

    /// Makes a layer that goes by an extension of the request, which the authentication layer sets.
    ///
    /// That layer has to be outside of this one. If it is inside, the extension comes too late, the request runs as
    /// nobody's, and [`ScopeRejection`](crate::ScopeRejection) says so.
    pub fn from_extension<T: Send + Sync + 'static>(
        identify: impl Fn(&T) -> ScopeContext + Send + Sync + 'static,
    ) -> Self {
        Self::new(FromExtension::new(identify))
    }

    /// Makes a layer that goes by a cookie, of which `verifier` says whether it is genuine and whose it is.
    ///
    /// A cookie that is sent twice is refused: a neighbouring domain can set one of the same name.
    pub fn from_signed_cookie(name: impl Into<Box<str>>, verifier: impl VerifyCookie) -> Self {
        let name = name.into();
        Self::new(FromCookie { name, verifier })
    }

    /// Makes a layer that believes a header.
    ///
    /// **Anybody can send any header.** This is safe only behind a proxy that authenticates the caller, sets the header
    /// itself and removes it from what clients send, and only if there is no other way to the service. Whoever reaches
    /// it otherwise becomes any user they name. A header that is sent twice is refused: a proxy that adds and does not
    /// replace would let the client's through.
    pub fn from_header_i_trust(
        name: HeaderName,
        identify: impl Fn(&str) -> ScopeContext + Send + Sync + 'static,
    ) -> Self {
        Self::new(FromHeader { name, identify })
    }
}

impl<S> Layer<S> for ScopeLayer {
    type Service = ScopeService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ScopeService {
            inner,
            identify: Arc::clone(&self.identify),
        }
    }
}

impl fmt::Debug for ScopeLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeLayer")
            .field("source", &self.identify.source())
            .finish_non_exhaustive()
    }
}

/// A service whose requests run in the scope of whoever they are from: made by [`ScopeLayer`].
#[derive(Clone)]
pub struct ScopeService<S> {
    inner: S,
    identify: Arc<dyn IdentifyRequest>,
}

impl<S> ScopeService<S> {
    fn identify(&self, parts: &Parts) -> (ScopeContext, ScopeSource) {
        let missing = |why| (ScopeContext::anonymous(), ScopeSource::Missing { why });
        match self.identify.identify(parts) {
            Ok(context) if context == ScopeContext::anonymous() => missing(MissingIdentity::Nobody),
            Ok(context) => (exactly(&context), self.identify.source()),
            Err(why) => missing(why),
        }
    }
}

impl<S, B, R> Service<Request<B>> for ScopeService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ScopedBody<R>>;
    type Error = S::Error;
    type Future = ScopeFuture<S::Future>;

    /// Becoming ready serves no request yet, so it is nobody's.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        ScopeContext::anonymous().enter(|| self.inner.poll_ready(cx))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let (context, source) = self.identify(&parts);
        parts.extensions.insert(source);
        parts.extensions.insert(ScopeRecord::new(source, &context));
        let request = Request::from_parts(parts, body);
        let future = context.enter(|| self.inner.call(request));
        ScopeFuture {
            future: future.in_scope(context.clone()),
            context,
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for ScopeService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeService")
            .field("inner", &self.inner)
            .field("source", &self.identify.source())
            .finish()
    }
}

/// The same ids, and nothing left to inherit.
fn exactly(context: &ScopeContext) -> ScopeContext {
    let mut exact = ScopeContext::anonymous();
    if let Some(user) = context.user_id() {
        exact = exact.user(user.clone());
    }
    if let Some(session) = context.session_id() {
        exact = exact.session(session.clone());
    }
    exact
}

pin_project! {
    /// The future of [`ScopeService`].
    ///
    /// # Cancel safety
    ///
    /// As that of the service within. What is dropped with it sees the scope of the request.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ScopeFuture<F> {
        #[pin]
        future: InScope<F>,
        context: ScopeContext,
    }
}

impl<F, R, E> Future for ScopeFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ScopedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.future.poll(cx));
        Poll::Ready(
            result.map(|response| response.map(|body| ScopedBody::new(body, this.context.clone()))),
        )
    }
}

impl<F> fmt::Debug for ScopeFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeFuture")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
