//! A service with an inspector, and a browser of few words.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use cubbyhole_core::ManualClock;
use cubbyhole_inspect::Inspector;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A store whose time is moved by hand, with an entry that everybody shares and one by user.
pub(crate) struct Shop {
    pub(crate) clock: ManualClock,
    pub(crate) store: CacheStore,
    pub(crate) prices: CachedRegistryEntry<u32>,
    pub(crate) baskets: CachedRegistryEntry<u32>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::new();
        let by_user = CachePolicy::keep_all().with_cache_type(CacheType::User);
        let shop = Self {
            store: CacheStore::builder().clock(clock.clone()).build(),
            clock,
            prices: CachedRegistryEntry::new("prices", CachePolicy::lru(2).unwrap()),
            baskets: CachedRegistryEntry::new("baskets", by_user),
        };
        for entry in [&shop.prices, &shop.baskets] {
            shop.store.register(entry).unwrap();
        }
        shop
    }

    /// The shop as an application serves it, at `/cache`, with an inspector that may be told more.
    pub(crate) fn app(&self, tell: impl FnOnce(Inspector) -> Inspector) -> Router {
        let inspector = tell(Inspector::new(self.store.clone()));
        Router::new().nest("/cache", inspector.router())
    }

    pub(crate) async fn set(&self, user: &str, key: &str) {
        let set = self.store.set(&self.baskets, key, 1);
        set.in_scope(user_of(user)).await.unwrap();
    }

    pub(crate) async fn get(&self, user: &str, key: &str) -> Option<u32> {
        let get = self.store.get(&self.baskets, key);
        get.in_scope(user_of(user)).await.unwrap()
    }

    /// Computes a value in so many milliseconds.
    pub(crate) async fn load(&self, key: &str, milliseconds: u64, fails: bool) {
        let clock = self.clock.clone();
        let load = move || async move {
            clock.advance(Duration::from_millis(milliseconds));
            if fails {
                return Err("away");
            }
            Ok(Loaded::new(7).with_tags(["all"]))
        };
        let loaded = self.store.get_or_load(&self.prices, key, load).await;
        assert_eq!(loaded.is_err(), fails);
    }
}

pub(crate) fn user_of(id: &str) -> ScopeContext {
    ScopeContext::new().user(id)
}

/// A response that was read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

pub(crate) async fn get(app: &Router, path: &str) -> Answer {
    send(app, Request::get(path).body(Body::empty()).unwrap()).await
}

/// A visitor with the page open: their cookie, and a token.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) cookie: String,
    pub(crate) token: String,
}

pub(crate) async fn visit(app: &Router) -> Visitor {
    let session = get(app, "/cache/api/session").await;
    let cookie = session.header(SET_COOKIE.as_str());
    Visitor {
        cookie: cookie.split(';').next().unwrap().to_owned(),
        token: session.json()["token"].as_str().unwrap().to_owned(),
    }
}

impl Visitor {
    /// Makes an action as the page would.
    pub(crate) fn request(&self, action: &str, body: &Value) -> Request<Body> {
        Request::post(format!("/cache/api/actions/{action}"))
            .header(HOST, "shop.example")
            .header("origin", "https://shop.example")
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/json")
            .header(COOKIE, &self.cookie)
            .header("x-cubbyhole-token", &self.token)
            .body(Body::from(body.to_string()))
            .unwrap()
    }
}

/// Makes an action as a visitor who may.
pub(crate) async fn act(app: &Router, action: &str, body: Value) -> Answer {
    let visitor = visit(app).await;
    send(app, visitor.request(action, &body)).await
}
