//! The body of a response runs in the scope of its request, whoever reads it.

use std::convert::Infallible;
use std::pin::pin;

use bytes::Bytes;
use cubbyhole_scope::ScopeFutureExt;
use cubbyhole_tower::ScopedBody;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Channel, Full};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{Seen, WatchedBody, by_account, request_of, user, who};

async fn watched(name: &str, frames: u32, seen: &Seen) -> ScopedBody<WatchedBody> {
    let handler = service_fn(|_request: Request<String>| async {
        Ok::<_, Infallible>(Response::new(WatchedBody::new(frames, seen)))
    });
    let response = by_account().layer(handler).oneshot(request_of(name)).await;
    response.unwrap().into_body()
}

async fn text(body: ScopedBody<WatchedBody>) -> String {
    let collected = body.collect().await.unwrap().to_bytes();
    String::from_utf8(collected.to_vec()).unwrap()
}

#[tokio::test]
async fn body_read_after_the_handler_has_returned_is_in_the_scope() {
    let seen = Seen::default();
    let body = watched("ada", 2, &seen).await;
    assert_eq!(text(body).await, "ada/-;ada/-;");
    assert_eq!(seen.all(), ["drop ada/-"]);
    assert_eq!(who(), "-/-");
}

#[tokio::test]
async fn body_read_by_another_task_of_another_person_stays_whose_it_was() {
    let seen = Seen::default();
    let body = watched("ada", 2, &seen).await;
    let read = tokio::spawn(text(body).in_scope(user("eve").session("s9")));
    assert_eq!(read.await.unwrap(), "ada/-;ada/-;");
    assert_eq!(seen.all(), ["drop ada/-"]);
}

#[tokio::test]
async fn body_dropped_half_way_is_dropped_in_the_scope() {
    let seen = Seen::default();
    let mut body = Box::pin(watched("ada", 3, &seen).await);
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "ada/-;");
    user("eve").enter(|| {
        drop(body);
        assert_eq!(who(), "eve/-");
    });
    assert_eq!(seen.all(), ["drop ada/-"]);
    assert_eq!(who(), "-/-");
}

#[tokio::test]
async fn body_never_read_is_dropped_in_the_scope() {
    let seen = Seen::default();
    drop(watched("ada", 3, &seen).await);
    assert_eq!(seen.all(), ["drop ada/-"]);
}

#[tokio::test]
async fn two_bodies_read_in_turn_keep_apart() {
    let seen = Seen::default();
    let (mut ada, mut bob) = (
        Box::pin(watched("ada", 2, &seen).await),
        Box::pin(watched("bob", 2, &seen).await),
    );
    for _ in 0..2 {
        assert_eq!(
            ada.frame().await.unwrap().unwrap().into_data().unwrap(),
            "ada/-;"
        );
        assert_eq!(
            bob.frame().await.unwrap().unwrap().into_data().unwrap(),
            "bob/-;"
        );
    }
    assert!(ada.frame().await.is_none());
}

#[tokio::test]
async fn body_of_nobody_is_nobodys_whoever_reads_it() {
    let handler = service_fn(|_request: Request<String>| async {
        Ok::<_, Infallible>(Response::new(WatchedBody::new(1, &Seen::default())))
    });
    let nobodys = by_account()
        .layer(handler)
        .oneshot(Request::default())
        .await;
    let read = text(nobodys.unwrap().into_body()).in_scope(user("eve"));
    assert_eq!(read.await, "-/-;");
}

#[tokio::test]
async fn size_and_end_are_those_of_the_body_within() {
    let handler = service_fn(|_request: Request<String>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"seven b"))))
    });
    let response = by_account().layer(handler).oneshot(request_of("ada")).await;
    let mut body = response.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(7));
    assert!(!body.is_end_stream());
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn trailers_come_through() {
    let handler = service_fn(|_request: Request<String>| async {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(2);
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", http::HeaderValue::from_static("9"));
        sender
            .send(Frame::data(Bytes::from_static(b"data")))
            .await
            .unwrap();
        sender.send(Frame::trailers(trailers)).await.unwrap();
        Ok::<_, Infallible>(Response::new(body))
    });
    let response = by_account().layer(handler).oneshot(request_of("ada")).await;
    let collected = pin!(response.unwrap().into_body().collect()).await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "9");
    assert_eq!(collected.to_bytes(), "data");
}

#[test]
fn default_body_is_nobodys_and_debug_shows_no_id() {
    let body = ScopedBody::<Full<Bytes>>::default();
    let shown = format!("{body:?}");
    assert!(shown.contains("nobody"), "{shown}");
    assert!(body.is_end_stream());
}
