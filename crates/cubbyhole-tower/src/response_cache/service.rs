//! The service that answers from a cache.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use cubbyhole_store::CacheError;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

use super::Settings;
use super::asked::Asked;
use super::body::CacheBody;
use super::cached::{CachedResponse, Fit, empty};
use super::exchange::{Exchange, Progress};
use super::key::{self, Uri};
use super::load::load;

/// A service that answers from a cache: made by [`ResponseCacheLayer`](crate::ResponseCacheLayer).
#[derive(Clone)]
pub struct ResponseCache<S> {
    inner: S,
    settings: Arc<Settings>,
}

/// The future of [`ResponseCache`].
///
/// # Cancel safety
///
/// Dropping it changes nothing for anybody else who waits for the same response.
pub type ResponseCacheFuture<R, E> =
    Pin<Box<dyn Future<Output = Result<Response<CacheBody<R>>, E>> + Send>>;

impl<S> ResponseCache<S> {
    pub(super) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, Q, R> Service<Request<Q>> for ResponseCache<S>
where
    S: Service<Request<Q>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    Q: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send,
{
    type Response = Response<CacheBody<R>>;
    type Error = S::Error;
    type Future = ResponseCacheFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        // The one that is ready serves this request.
        let next = self.inner.clone();
        let service = mem::replace(&mut self.inner, next);
        Box::pin(serve(service, request, Arc::clone(&self.settings)))
    }
}

impl<S: fmt::Debug> fmt::Debug for ResponseCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseCache")
            .field("inner", &self.inner)
            .field("entry", &self.settings.entry)
            .finish_non_exhaustive()
    }
}

type Answer<R, E> = Result<Response<CacheBody<R>>, E>;

async fn serve<S, Q, R>(
    service: S,
    request: Request<Q>,
    settings: Arc<Settings>,
) -> Answer<R, S::Error>
where
    S: Service<Request<Q>, Response = Response<R>> + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    Q: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send,
{
    let (parts, body) = request.into_parts();
    let uri = Uri::of(&parts);
    let asked = Asked::of(&parts, settings.entry.policy().cache_type());
    let is_unsafe = !parts.method.is_safe() && parts.method != Method::CONNECT;
    let request = Request::from_parts(parts, body);
    match asked {
        Some(asked) => answer(service, request, settings, Arc::new(asked), uri).await,
        None if is_unsafe => {
            let response = send(service, request).await?;
            if response.status().is_success() || response.status().is_redirection() {
                settings.store.invalidate_tag(&tag(&settings, &uri));
            }
            Ok(response)
        }
        None => send(service, request).await,
    }
}

/// Hands a request through.
async fn send<S, Q, R>(mut service: S, request: Request<Q>) -> Answer<R, S::Error>
where
    S: Service<Request<Q>, Response = Response<R>>,
    R: Body<Data = Bytes>,
{
    let response = service.call(request).await?;
    Ok(response.map(CacheBody::through))
}

async fn answer<S, Q, R>(
    service: S,
    request: Request<Q>,
    settings: Arc<Settings>,
    asked: Arc<Asked>,
    uri: Uri,
) -> Answer<R, S::Error>
where
    S: Service<Request<Q>, Response = Response<R>> + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    Q: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send,
{
    let (key, found) = look_up(&settings, &asked, &uri).await;
    let fit = found.as_ref().map(|(_, fit)| *fit);
    match &found {
        // Without a body nothing can be computed for others, and who wants no more than the cache gets no more.
        Some((kept, Fit::Answers)) if asked.is_head || asked.only_if_cached() => {
            return Ok(kept.answer(&asked, Some(settings.clock.now())));
        }
        _ if asked.only_if_cached() => return Ok(empty(StatusCode::GATEWAY_TIMEOUT)),
        _ if asked.is_head => return send(service, request).await,
        // What is there is somebody else's, and stays.
        Some((_, Fit::NotTheirs | Fit::OtherVariant)) => return send(service, request).await,
        _ => {}
    }
    let exchange = Arc::new(Exchange::new(service, request));
    let computation = load(
        Arc::clone(&exchange),
        Arc::clone(&asked),
        Arc::clone(&settings),
        tag(&settings, &uri),
    );
    let (store, entry) = (&settings.store, &settings.entry);
    let result = if fit == Some(Fit::TooOld) {
        store.refresh(entry, &key, move || computation).await
    } else {
        store.get_or_load(entry, &key, move || computation).await
    };
    finish(&exchange, result, &settings, &asked).await
}

/// Returns the key under which the response to a request is or would be kept, and what is there now.
///
/// The first response to a URI is kept under the key of the URI, with the names of the headers that it varies by.
/// Those for other values of these headers are kept under keys of their own.
async fn look_up(
    settings: &Settings,
    asked: &Asked,
    uri: &Uri,
) -> (String, Option<(CachedResponse, Fit)>) {
    let Some((first, fit)) = find(settings, asked, &uri.key).await else {
        return (uri.key.clone(), None);
    };
    if fit != Fit::OtherVariant {
        return (uri.key.clone(), Some((first, fit)));
    }
    let key = uri.variant_key(&key::variant(first.vary(), &asked.headers));
    let found = find(settings, asked, &key).await;
    (key, found)
}

/// An error of the store is found again by whoever loads.
async fn find(settings: &Settings, asked: &Asked, key: &str) -> Option<(CachedResponse, Fit)> {
    let found = settings.store.get(&settings.entry, key).await.ok()??;
    let fit = found.fit(asked, settings.clock.now());
    Some((found, fit))
}

/// Makes an answer of what the store has, and what the computation left for us.
async fn finish<S, Q, R>(
    exchange: &Exchange<S, Q, R, S::Error>,
    result: Result<CachedResponse, CacheError>,
    settings: &Settings,
    asked: &Asked,
) -> Answer<R, S::Error>
where
    S: Service<Request<Q>, Response = Response<R>>,
    R: Body<Data = Bytes>,
{
    let now = settings.clock.now();
    if let Ok(found) = &result {
        if exchange.made(found) {
            return Ok(found.answer(asked, None));
        }
        // The request is left where it is: a refresh in the background may be about to send it.
        if found.fit(asked, now) == Fit::Answers {
            return Ok(found.answer(asked, Some(now)));
        }
    }
    match exchange.take() {
        Progress::Unsent(service, request) => send(service, request).await,
        Progress::Through(response) => Ok(response),
        Progress::Kept(ours) => Ok(ours.answer(asked, None)),
        Progress::Failed(error) => Err(error),
        Progress::Sent => Ok(empty(status_of(result.err().as_ref()))),
    }
}

/// The status for a request that was sent and has no response: it panicked, or was given up.
const fn status_of(error: Option<&CacheError>) -> StatusCode {
    match error {
        None | Some(CacheError::TimedOut { .. }) => StatusCode::GATEWAY_TIMEOUT,
        Some(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The tag of all that is kept of a URI. It has the name of the entry, because tags are the whole store's.
fn tag(settings: &Settings, uri: &Uri) -> String {
    let entry = settings.entry.store_key();
    let resource = &uri.resource;
    format!("response:{:?}:{:?}:{resource}", entry.kind(), entry.uid())
}
