//! axum: the store, the order of layers, streams.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::FromRef;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::Extensions};
use cubbyhole_policy::CacheType;
use cubbyhole_store::{CacheError, CacheStore};
use cubbyhole_tower::{MissingStore, ScopeRejection, ScopeSource, StateStore, Store, StoreLayer};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tokio_stream::StreamExt;
use tower::ServiceExt;
use tower::util::MapRequestLayer;

use crate::support::{Account, by_account, entry, who};

/// Stands for the authentication of an application: it believes a token that the test sends.
fn authentication() -> MapRequestLayer<fn(Request<Body>) -> Request<Body>> {
    MapRequestLayer::new(|mut request| {
        let token = request.headers().get("x-token").cloned();
        if let Some(name) = token.as_ref().and_then(|token| token.to_str().ok()) {
            request.extensions_mut().insert(Account(name.to_owned()));
        }
        request
    })
}

fn request_with(token: Option<&str>) -> Request<Body> {
    let request = token.into_iter().fold(Request::get("/"), |request, token| {
        request.header("x-token", token)
    });
    request.body(Body::empty()).unwrap()
}

async fn answer(router: &Router, token: Option<&str>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request_with(token)).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn ok(text: &str) -> (StatusCode, String) {
    (StatusCode::OK, text.to_owned())
}

async fn count(store: &CacheStore) -> Result<String, CacheError> {
    let entry = entry(CacheType::User);
    let seen = store.get(&entry, "seen").await?.unwrap_or_default();
    store
        .set(&entry, "seen", format!("{seen}{} ", who()))
        .await?;
    Ok(seen)
}

async fn counting(store: Store, extensions: Extensions) -> Response {
    match count(&store).await {
        Ok(seen) => seen.into_response(),
        Err(error) => ScopeRejection::new(&error, &extensions)
            .unwrap()
            .into_response(),
    }
}

#[tokio::test]
async fn two_users_of_one_router_keep_apart() {
    let router = Router::new()
        .route("/", get(counting))
        .layer(by_account())
        .layer(authentication())
        .layer(StoreLayer::new(CacheStore::new()));
    assert_eq!(answer(&router, Some("ada")).await, ok(""));
    assert_eq!(answer(&router, Some("bob")).await, ok(""));
    assert_eq!(answer(&router, Some("ada")).await, ok("ada/- "));
    assert_eq!(answer(&router, Some("bob")).await, ok("bob/- "));
    let (status, text) = answer(&router, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(text.contains("sign in"), "{text}");
}

#[tokio::test]
async fn authentication_on_the_wrong_side_is_a_500_that_leaks_nothing() {
    let router = Router::new()
        .route("/", get(counting))
        .layer(authentication())
        .layer(by_account())
        .layer(StoreLayer::new(CacheStore::new()));
    let (status, text) = answer(&router, Some("ada")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!text.contains("ada"), "{text}");
    assert_eq!(answer(&router, None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn store_comes_from_the_state() {
    #[derive(Clone)]
    struct AppState(CacheStore);
    impl FromRef<AppState> for CacheStore {
        fn from_ref(state: &AppState) -> Self {
            state.0.clone()
        }
    }
    async fn handler(store: StateStore) -> String {
        count(&store)
            .await
            .unwrap_or_else(|error| error.to_string())
    }
    let store = CacheStore::new();
    let router = Router::new()
        .route("/", get(handler))
        .layer(by_account())
        .layer(authentication())
        .with_state(AppState(store.clone()));
    assert_eq!(answer(&router, Some("ada")).await, ok(""));
    assert_eq!(answer(&router, Some("ada")).await, ok("ada/- "));
    assert_eq!(store.stats().entries.len(), 1, "it is the one of the state");
}

#[tokio::test]
async fn missing_store_is_rejected_with_what_to_do() {
    let router = Router::new().route("/", get(counting));
    let (status, text) = answer(&router, None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(text, MissingStore.to_string());
    assert!(text.contains("StoreLayer"), "{text}");
}

#[tokio::test]
async fn source_is_an_extractor() {
    async fn source(source: ScopeSource) -> String {
        format!("{source:?}")
    }
    let bare = Router::new().route("/", get(source));
    let (status, text) = answer(&bare, None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text.contains("ScopeLayer"), "{text}");
    let router = bare.layer(by_account()).layer(authentication());
    assert_eq!(answer(&router, Some("ada")).await, ok("Extension"));
}

#[tokio::test]
async fn server_sent_events_are_produced_in_the_scope() {
    async fn events() -> impl IntoResponse {
        let events =
            tokio_stream::iter(0..2).map(|_| Ok::<_, Infallible>(Event::default().data(who())));
        Sse::new(events)
    }
    let router = Router::new()
        .route("/", get(events))
        .layer(by_account())
        .layer(authentication());
    assert_eq!(
        answer(&router, Some("ada")).await,
        ok("data: ada/-\n\ndata: ada/-\n\n")
    );
}

#[tokio::test]
async fn panicking_handler_leaves_no_scope_to_the_next_request() {
    async fn panicking() -> String {
        panic!("as {}", who())
    }
    let router = Router::new()
        .route("/", get(panicking))
        .route("/who", get(|| async { who() }))
        .layer(by_account())
        .layer(authentication());
    let failed = tokio::spawn(router.clone().oneshot(request_with(Some("ada")))).await;
    assert!(failed.unwrap_err().is_panic());
    let next = Request::get("/who").body(Body::empty()).unwrap();
    let response = router.oneshot(next).await.unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "-/-"
    );
}
