//! One call of the service for all who ask, whatever becomes of those who ask.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use cubbyhole_policy::CacheType;
use cubbyhole_store::CacheStore;
use cubbyhole_tower::ResponseCacheLayer;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;
use tower::{Layer, ServiceExt, service_fn};

use super::{Body, Cached, entry, full, page};
use crate::support::{NotesDrop, Seen, WatchedBody};

#[tokio::test]
async fn all_who_ask_share_one_call() {
    let site = Cached::new(|_, number| page(number, &[("cache-control", "max-age=60")]));
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let site = site.clone();
        asked.spawn(async move { site.get(&[]).await.body });
    }
    assert_eq!(asked.join_all().await, vec!["page 1"; 50]);
    assert_eq!(site.calls(), 1);
}

#[tokio::test]
async fn what_cannot_be_kept_is_made_for_each() {
    let site = Cached::new(|_, number| page(number, &[("cache-control", "no-store")]));
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let site = site.clone();
        asked.spawn(async move { site.get(&[]).await.body });
    }
    let mut bodies = asked.join_all().await;
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 20, "nobody has another one's");
    assert_eq!(site.calls(), 20);
}

/// A service that waits for a permit, and counts how often it was called.
fn gated(gate: Arc<Semaphore>, calls: Arc<AtomicUsize>) -> super::Site {
    let origin = service_fn(move |_request: Request<String>| {
        let gate = Arc::clone(&gate);
        let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(page(number, &[("cache-control", "max-age=60")]))
        }
    });
    let layer = ResponseCacheLayer::new(CacheStore::new(), entry(CacheType::Global));
    let cached = layer
        .layer(origin)
        .map_response(|response| response.map(BodyExt::boxed_unsync));
    super::Site::new(cached)
}

async fn body_of(response: Response<Body>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn request_that_is_cancelled_takes_nothing_from_those_who_wait() {
    let (gate, calls) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let site = gated(Arc::clone(&gate), Arc::clone(&calls));
    let mut first = Box::pin(site.clone().oneshot(Request::default()));
    let mut second = Box::pin(site.clone().oneshot(Request::default()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    tokio::task::yield_now().await;
    drop(first);
    gate.add_permits(1);
    assert_eq!(body_of(second.await.unwrap()).await, "page 1");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn unsafe_method_beats_a_response_that_was_begun_before_it() {
    let (gate, calls) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let site = gated(Arc::clone(&gate), calls);
    let mut old = Box::pin(site.clone().oneshot(Request::default()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(old.as_mut().poll(&mut context).is_pending());
    tokio::task::yield_now().await;
    let post = Request::post("/").body(String::new()).unwrap();
    let mut change = Box::pin(site.clone().oneshot(post));
    assert!(change.as_mut().poll(&mut context).is_pending());
    gate.add_permits(3);
    // The computation waits for the gate first, and then the change; but the change is polled first.
    body_of(change.await.unwrap()).await;
    body_of(old.await.unwrap()).await;
    let new = site.oneshot(Request::default()).await.unwrap();
    assert_eq!(body_of(new).await, "page 3");
}

#[tokio::test]
async fn panicking_service_is_an_error_and_leaves_the_next_request_alone() {
    let site = Cached::new(|_, number| {
        assert_ne!(number, 1, "the first page breaks");
        page(number, &[("cache-control", "max-age=60")])
    });
    let broken = site.get(&[]).await;
    assert_eq!(
        (broken.status, broken.body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "")
    );
    assert_eq!(site.get(&[]).await.body, "page 2");
    assert_eq!(site.get(&[]).await.body, "page 2");
}

#[tokio::test]
async fn error_of_the_service_goes_to_whose_request_it_was() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let origin = service_fn(move |_request: Request<String>| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            tokio::task::yield_now().await;
            Err::<Response<Body>, _>(number)
        }
    });
    let cached = ResponseCacheLayer::new(CacheStore::new(), entry(CacheType::Global)).layer(origin);
    let (one, two) = tokio::join!(
        cached.clone().oneshot(Request::default()),
        cached.oneshot(Request::default())
    );
    let mut errors = [one.unwrap_err(), two.unwrap_err()];
    errors.sort_unstable();
    assert_eq!(errors, [1, 2]);
}

#[tokio::test]
async fn body_that_is_streamed_through_is_dropped_half_way() {
    let seen = Seen::default();
    let noted = seen.clone();
    let site = Cached::with(
        entry(CacheType::Global),
        |layer| layer.with_body_limit(8),
        move |_, _| {
            let response = Response::builder().header("cache-control", "max-age=60");
            response
                .body(WatchedBody::new(1000, &noted).boxed_unsync())
                .unwrap()
        },
    );
    let mut response = site.site.clone().oneshot(Request::default()).await.unwrap();
    for _ in 0..5 {
        let frame = response.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "-/-;");
    }
    drop(response);
    assert_eq!(seen.all(), ["drop -/-"]);
}

#[tokio::test]
async fn last_who_waits_cancels_the_call() {
    let seen = Seen::default();
    let noted = seen.clone();
    let origin = service_fn(move |_request: Request<String>| {
        let guard = NotesDrop(noted.clone());
        async move {
            let _guard = guard;
            std::future::pending::<Result<Response<Body>, std::convert::Infallible>>().await
        }
    });
    let layer = ResponseCacheLayer::new(CacheStore::new(), entry(CacheType::Global));
    let mut asked = Box::pin(layer.layer(origin).oneshot(Request::default()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(asked.as_mut().poll(&mut context).is_pending());
    tokio::task::yield_now().await;
    drop(asked);
    tokio::task::yield_now().await;
    assert_eq!(seen.all(), ["drop -/-"]);
}

#[test]
fn debug_shows_no_response() {
    let layer = ResponseCacheLayer::new(CacheStore::new(), entry(CacheType::User));
    let shown = format!("{layer:?} {:?}", layer.layer(()));
    assert!(shown.contains("pages"), "{shown}");
    drop(full(""));
}

#[tokio::test]
async fn outside_of_a_runtime_requests_go_through() {
    let site = Cached::new(|_, number| page(number, &[("cache-control", "max-age=60")]));
    let bare = site.clone();
    let thread = std::thread::spawn(move || {
        let mut asked = Box::pin(bare.site.oneshot(Request::default()));
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let std::task::Poll::Ready(response) = asked.as_mut().poll(&mut context) {
                return response.unwrap().status();
            }
        }
    });
    assert_eq!(thread.join().unwrap(), StatusCode::OK);
    assert_eq!(site.calls(), 1);
}
