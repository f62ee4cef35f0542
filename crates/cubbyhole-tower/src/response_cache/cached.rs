//! A response at rest, and what becomes of it when it is asked for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, DATE, ETAG, EXPIRES, HeaderName,
    LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Body;
use sha2::{Digest, Sha256};

use super::asked::Asked;
use super::body::CacheBody;
use super::key;
use super::storing::{Terms, remove_hop_by_hop};

/// A response that [`ResponseCacheLayer`](crate::ResponseCacheLayer) keeps: the type of the values of its registry
/// entry.
///
/// A clone costs one reference count.
#[derive(Clone)]
pub struct CachedResponse(Option<Arc<Kept>>);

struct Kept {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    terms: Terms,
    /// Which request the response was made for, in the headers that it varies by.
    variant: String,
    kept_at: Duration,
}

/// What a response is to a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fit {
    Answers,
    /// It answers a request with other headers.
    OtherVariant,
    /// It is too old for who asks.
    TooOld,
    /// It is for people in general, and must not be shown to one in particular.
    NotTheirs,
    /// It was handed through, and is not here.
    NotKept,
}

impl CachedResponse {
    pub(super) const NOT_KEPT: Self = Self(None);

    pub(super) fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        body: Bytes,
        terms: Terms,
        asked: &Asked,
        now: Duration,
    ) -> Self {
        remove_hop_by_hop(&mut headers);
        if status != StatusCode::NO_CONTENT {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        if status.is_success() && !headers.contains_key(ETAG) {
            headers.extend(etag_of(&body).map(|etag| (ETAG, etag)));
        }
        Self(Some(Arc::new(Kept {
            variant: key::variant(&terms.vary, &asked.headers),
            status,
            headers,
            body,
            terms,
            kept_at: now,
        })))
    }

    /// Returns the status; `None` for a response that was handed through.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.as_ref().map(|kept| kept.status)
    }

    /// Returns the length of the body, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |kept| kept.body.len())
    }

    /// Returns whether the body is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both are one and the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The names of the headers that it varies by.
    pub(super) fn vary(&self) -> &[HeaderName] {
        self.0.as_ref().map_or(&[], |kept| &kept.terms.vary)
    }

    pub(super) fn fit(&self, asked: &Asked, now: Duration) -> Fit {
        let Some(kept) = &self.0 else {
            return Fit::NotKept;
        };
        let age = kept.age(now);
        let is_stale = age >= kept.terms.lifetime;
        if key::variant(&kept.terms.vary, &asked.headers) != kept.variant {
            Fit::OtherVariant
        } else if asked.is_shared && asked.is_somebodys && !kept.terms.is_public {
            Fit::NotTheirs
        } else if !asked.accepts(age, kept.terms.lifetime)
            || (is_stale && kept.terms.must_revalidate)
        {
            Fit::TooOld
        } else {
            Fit::Answers
        }
    }

    /// The answer to a request that it fits; `now` if it comes from the cache, and not from its origin.
    pub(super) fn answer<B: Body>(
        &self,
        asked: &Asked,
        now: Option<Duration>,
    ) -> Response<CacheBody<B>> {
        let Some(kept) = &self.0 else {
            return empty(StatusCode::BAD_GATEWAY);
        };
        let (status, mut headers) = kept.head(asked);
        let age = now.map_or(kept.terms.age, |now| kept.age(now));
        if now.is_some() || !age.is_zero() {
            headers.insert(AGE, HeaderValue::from(age.as_secs()));
        }
        let has_body = !asked.is_head && status == kept.status;
        let body = if has_body {
            kept.body.clone()
        } else {
            Bytes::new()
        };
        let mut response = Response::new(CacheBody::whole(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

impl Kept {
    fn age(&self, now: Duration) -> Duration {
        self.terms.age + now.saturating_sub(self.kept_at)
    }

    /// Who has the representation already gets 304, with what RFC 9110, section 15.4.5, asks for.
    fn head(&self, asked: &Asked) -> (StatusCode, HeaderMap) {
        let (etag, modified) = (self.headers.get(ETAG), self.headers.get(LAST_MODIFIED));
        if !self.status.is_success() || !asked.has(etag, modified) {
            return (self.status, self.headers.clone());
        }
        let mut headers = HeaderMap::new();
        for name in [CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, VARY] {
            for value in self.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        (StatusCode::NOT_MODIFIED, headers)
    }
}

impl fmt::Debug for CachedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedResponse")
            .field("status", &self.status())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// An answer of the cache's own.
pub(super) fn empty<B: Body>(status: StatusCode) -> Response<CacheBody<B>> {
    let mut response = Response::new(CacheBody::whole(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A strong tag: two bodies do not share it.
fn etag_of(body: &[u8]) -> Option<HeaderValue> {
    let hash = Sha256::digest(body);
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::try_from(format!("\"{digits}\"")).ok()
}
