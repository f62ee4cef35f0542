//! The stream, and its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cubbyhole_inspect::Inspector;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::{advance, sleep, timeout};
use tower::ServiceExt;

use crate::support::{Shop, get};

/// A stream that somebody reads.
struct Stream(Body);

impl Stream {
    async fn open(app: &Router) -> Self {
        let request = Request::get("/cache/api/events")
            .body(Body::empty())
            .unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body())
    }

    /// Reads the next event, as it is; `None` at the end.
    async fn text(&mut self) -> Option<String> {
        // Longer than any refresh: a stream that neither goes on nor ends is a mistake.
        let frame = timeout(Duration::from_secs(100), self.0.frame());
        let frame = frame.await.expect("an event or the end");
        let frame = frame?.unwrap().into_data().unwrap();
        Some(String::from_utf8(frame.to_vec()).unwrap())
    }

    /// Reads the snapshot of the next event.
    async fn next(&mut self) -> Option<Value> {
        let text = self.text().await?;
        let text = text.strip_prefix("retry: 2000\n").unwrap_or(&text);
        let data = text.strip_prefix("event: snapshot\ndata: ").unwrap();
        let data = data.strip_suffix("\n\n").unwrap();
        assert!(!data.contains('\n'), "one line");
        Some(serde_json::from_str(data).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_event_comes_at_once_and_with_the_past() {
    let shop = Shop::new();
    let app = shop.app(|inspector| inspector.refresh(Duration::from_secs(1)));
    shop.store.get(&shop.prices, "a").await.unwrap();
    sleep(Duration::from_millis(3500)).await;
    let mut stream = Stream::open(&app).await;
    let first = stream.next().await.unwrap();
    let past = first["past"].as_array().unwrap();
    assert_eq!(past.len(), 4, "at 0, 1, 2 and 3 seconds");
    assert_eq!(past[3]["lookups"], serde_json::json!([[0, 1], [0, 0]]));
    assert_eq!(first["entries"][0]["misses"], 1);
    let second = stream.next().await.unwrap();
    assert_eq!(second["past"], serde_json::json!([]));
    assert_eq!(
        (&first["refresh"], &second["at"]),
        (&1.0.into(), &4.0.into())
    );
}

#[tokio::test(start_paused = true)]
async fn the_past_is_bounded() {
    let app = Shop::new().app(|inspector| inspector.refresh(Duration::from_millis(100)));
    sleep(Duration::from_secs(60)).await;
    let snapshot = get(&app, "/cache/api/snapshot").await.json();
    let past = snapshot["past"].as_array().unwrap();
    assert_eq!(past.len(), 120);
    assert!(past[0]["at"].as_f64().unwrap() > 47.0, "the latest ones");
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_gets_the_latest_and_no_other() {
    let shop = Shop::new();
    let app = shop.app(|inspector| inspector.refresh(Duration::from_secs(1)));
    let mut stream = Stream::open(&app).await;
    stream.next().await.unwrap();
    for _ in 0..50 {
        shop.store.get(&shop.prices, "a").await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    sleep(Duration::from_millis(500)).await;
    let next = stream.next().await.unwrap();
    assert!(
        next["entries"][0]["misses"].as_u64().unwrap() == 50,
        "{next}"
    );
    let after = timeout(Duration::from_millis(400), stream.next()).await;
    assert!(after.is_err(), "none was kept");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_last_router() {
    let app = Shop::new().app(|inspector| inspector);
    let other = app.clone();
    let mut stream = Stream::open(&app).await;
    stream.next().await.unwrap();
    drop(app);
    assert!(stream.next().await.is_some(), "there is another");
    drop(other);
    assert!(stream.next().await.is_none());
    assert!(stream.next().await.is_none(), "and stays at its end");
}

#[tokio::test(start_paused = true)]
async fn a_closed_inspector_ends_every_stream_now_and_later() {
    let inspector = Inspector::new(Shop::new().store);
    let handle = inspector.handle();
    let app = Router::new().nest("/cache", inspector.router());
    let mut stream = Stream::open(&app).await;
    stream.next().await.unwrap();
    handle.clone().close();
    assert!(stream.next().await.is_none());
    sleep(Duration::from_secs(10)).await;
    let mut late = Stream::open(&app).await;
    assert!(late.next().await.is_some());
    assert!(late.next().await.is_none());
    drop(app);
    handle.close();
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_who_reads_it_may_not_any_more() {
    let may_look = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&may_look);
    let app = Shop::new().app(|inspector| {
        inspector.visible_to(move |request| {
            assert_eq!(request.uri.path(), "/api/events", "about the same request");
            asked.load(Ordering::Relaxed)
        })
    });
    let mut stream = Stream::open(&app).await;
    for _ in 0..3 {
        assert!(stream.next().await.is_some());
    }
    may_look.store(false, Ordering::Relaxed);
    assert!(stream.next().await.is_none());
    may_look.store(true, Ordering::Relaxed);
    assert!(stream.next().await.is_none(), "and stays at its end");
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_panics_later_ends_a_stream() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let app = Shop::new().app(|inspector| {
        inspector.visible_to(move |_| {
            assert_eq!(counted.fetch_add(1, Ordering::Relaxed), 0, "once is enough");
            true
        })
    });
    let mut stream = Stream::open(&app).await;
    assert!(stream.next().await.is_some());
    assert!(stream.next().await.is_none());
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn the_store_goes_with_the_last_router_and_its_values_with_it() {
    let shop = Shop::new();
    let value = Arc::new(());
    let entry = cubbyhole_store::CachedRegistryEntry::new(
        "held",
        cubbyhole_policy::CachePolicy::keep_all(),
    );
    shop.store
        .set(&entry, "k", Arc::clone(&value))
        .await
        .unwrap();
    let app = shop.app(|inspector| inspector);
    let mut stream = Stream::open(&app).await;
    stream.next().await.unwrap();
    drop(shop);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(app);
    advance(Duration::from_secs(5)).await;
    assert_eq!(
        Arc::strong_count(&value),
        1,
        "a stream that nobody reads holds nothing"
    );
    drop(stream);
}

#[test]
fn a_router_that_is_made_outside_of_a_runtime_begins_with_the_first_request() {
    let shop = Shop::new();
    let app = shop.app(|inspector| inspector.refresh(Duration::from_secs(1)));
    for _ in 0..2 {
        // Each runtime takes the task of the one before with it.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.unwrap().block_on(async {
            let mut stream = Stream::open(&app).await;
            assert!(stream.next().await.is_some());
            assert!(stream.next().await.is_some());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn refresh_is_kept_within_bounds() {
    for (asked, expected) in [(0, 0.1), (5, 5.0), (3600, 60.0)] {
        let inspector = Inspector::new(Shop::new().store).refresh(Duration::from_secs(asked));
        assert_eq!(inspector.snapshot().refresh, expected);
    }
}
