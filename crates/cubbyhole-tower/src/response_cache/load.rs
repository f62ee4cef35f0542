//! One computation of a response, for all who ask for it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cubbyhole_store::Loaded;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use thiserror::Error;
use tower_service::Service;

use super::Settings;
use super::asked::{Asked, unconditional};
use super::body::{CacheBody, Collected, collect};
use super::cached::CachedResponse;
use super::exchange::{Exchange, Progress};
use super::storing::Terms;

/// The service failed, or nobody is there any more to send the request for; the error itself is in the exchange.
#[derive(Debug, Error)]
#[error("the service has no response")]
pub(super) struct NoResponse;

/// Sends the request, and keeps the response if that is allowed.
pub(super) async fn load<S, Q, R>(
    exchange: Arc<Exchange<S, Q, R, S::Error>>,
    asked: Arc<Asked>,
    settings: Arc<Settings>,
    tag: String,
) -> Result<Loaded<CachedResponse>, NoResponse>
where
    S: Service<Request<Q>, Response = Response<R>>,
    R: Body<Data = Bytes>,
{
    let Progress::Unsent(mut service, mut request) = exchange.take() else {
        return Err(NoResponse);
    };
    unconditional(request.headers_mut());
    let response = match service.call(request).await {
        Ok(response) => response,
        Err(error) => {
            exchange.put(Progress::Failed(error));
            return Err(NoResponse);
        }
    };
    let (head, body) = response.into_parts();
    let through = |body| {
        let response = Response::from_parts(head.clone(), body);
        exchange.put(Progress::Through(response));
        Ok(Loaded::new(CachedResponse::NOT_KEPT).uncached())
    };
    let Some(terms) = Terms::of(&asked, &head, settings.default_ttl) else {
        return through(CacheBody::through(body));
    };
    let body = match collect(body, settings.body_limit).await {
        Collected::Whole(body) if is_complete(&head.headers, &body) => body,
        Collected::Whole(body) => return through(CacheBody::whole(body)),
        Collected::NotKept(body) => return through(body),
    };
    let ttl = terms
        .lifetime
        .saturating_sub(terms.age)
        .max(Duration::from_nanos(1));
    let now = settings.clock.now();
    let kept = CachedResponse::new(head.status, head.headers.clone(), body, terms, &asked, now);
    exchange.put(Progress::Kept(kept.clone()));
    Ok(Loaded::new(kept).with_ttl(ttl).with_tags([tag]))
}

/// Whether the body is as long as was said (RFC 9111, section 3.3).
fn is_complete(headers: &HeaderMap, body: &Bytes) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    length.is_none_or(|length| {
        length
            .to_str()
            .is_ok_and(|text| text.parse() == Ok(body.len()))
    })
}
