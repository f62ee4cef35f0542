//! The cache of responses, held to RFC 9111: a site whose pages count how often they were made.

mod freshness; // how long a response is good for, and who wants it fresher
mod invalidating; // unsafe methods
mod privacy; // who is shown what was made for whom
mod sharing; // one call for all, cancelled, panicking
mod storing; // what may be kept
mod validating; // entity tags and conditions
mod varying; // one URI, many responses

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cubbyhole_core::ManualClock;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_store::{CacheStore, CachedRegistryEntry};
use cubbyhole_tower::{CachedResponse, ResponseCacheLayer};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt, service_fn};

type Body = UnsyncBoxBody<Bytes, Infallible>;
type Site = BoxCloneSyncService<Request<String>, Response<Body>, Infallible>;

/// A page that answers with `headers`, and whose body says the how manieth it is.
fn page(number: usize, headers: &[(&'static str, &'static str)]) -> Response<Body> {
    let mut response = Response::new(full(&format!("page {number}")));
    for &(name, value) in headers {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

fn full(text: &str) -> Body {
    Full::from(text.to_owned()).boxed_unsync()
}

/// A site with a cache before it.
#[derive(Clone)]
struct Cached {
    site: Site,
    calls: Arc<AtomicUsize>,
    clock: ManualClock,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

fn entry(cache_type: CacheType) -> CachedRegistryEntry<CachedResponse> {
    let policy = CachePolicy::lru(100).unwrap().with_cache_type(cache_type);
    CachedRegistryEntry::new("pages", policy)
}

impl Cached {
    fn new(
        make: impl Fn(&Request<String>, usize) -> Response<Body> + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::with(entry(CacheType::Global), |layer| layer, make)
    }

    fn with(
        entry: CachedRegistryEntry<CachedResponse>,
        change: impl FnOnce(ResponseCacheLayer) -> ResponseCacheLayer,
        make: impl Fn(&Request<String>, usize) -> Response<Body> + Clone + Send + Sync + 'static,
    ) -> Self {
        let (calls, clock) = (Arc::new(AtomicUsize::new(0)), ManualClock::new());
        let store = CacheStore::builder().clock(clock.clone()).build();
        let counter = Arc::clone(&calls);
        let origin = service_fn(move |request: Request<String>| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let response = make(&request, number);
            async move {
                tokio::task::yield_now().await;
                Ok::<_, Infallible>(response)
            }
        });
        let layer = ResponseCacheLayer::new(store, entry).with_clock(clock.clone());
        let cached = change(layer).layer(origin);
        let boxed = cached.map_response(|response| response.map(BodyExt::boxed_unsync));
        Self {
            site: BoxCloneSyncService::new(boxed),
            calls,
            clock,
        }
    }

    async fn send(&self, request: Request<String>) -> Answer {
        let response = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn ask(&self, method: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri("/page")
            .header("host", "a.example");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        self.send(request.body(String::new()).unwrap()).await
    }

    async fn get(&self, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", headers).await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Whether a second request of this kind is answered from the cache.
    async fn keeps(&self, headers: &[(&str, &str)]) -> bool {
        let before = self.calls();
        let (first, second) = (self.get(headers).await, self.get(headers).await);
        assert_eq!(first.status, second.status);
        let is_kept = first.body == second.body;
        assert_eq!(self.calls() - before, if is_kept { 1 } else { 2 });
        assert!(
            !is_kept || second.header("age").is_some(),
            "what is from the cache has an age"
        );
        is_kept
    }
}

/// Whether a response with these headers is kept.
async fn is_kept(headers: &'static [(&'static str, &'static str)]) -> bool {
    Cached::new(move |_, number| page(number, headers))
        .keeps(&[])
        .await
}
