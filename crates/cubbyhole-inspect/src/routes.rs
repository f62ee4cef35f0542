//! The routes, and the headers that every response has.

mod acting;
mod data;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;

use crate::guard::Guard;
use crate::inspector::Acting;
use crate::problem::Problem;
use crate::watch::Watch;

/// What the routes know.
#[derive(Clone)]
pub(crate) struct Inspected {
    watch: Arc<Watch>,
    visible_to: Option<Guard>,
    acting: Option<Arc<Acting>>,
}

pub(crate) fn router<S>(
    watch: Arc<Watch>,
    visible_to: Option<Guard>,
    acting: Option<Acting>,
) -> Router<S> {
    let mut router = Router::new()
        .route("/", get(page::door))
        .route("/page", get(page::page))
        .route("/app.js", get(page::script))
        .route("/style.css", get(page::style))
        .route("/icon.svg", get(page::icon))
        .route("/api/snapshot", get(data::snapshot))
        .route("/api/events", get(data::events));
    if acting.is_some() {
        router = router
            .route("/api/session", get(acting::session))
            .route("/api/actions/{name}", post(acting::act));
    }
    if let Some(guard) = visible_to.clone() {
        router = router.layer(from_fn_with_state(guard, only_if_visible));
    }
    let inspected = Inspected {
        watch,
        visible_to,
        acting: acting.map(Arc::new),
    };
    router
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(map_response(with_headers))
        .with_state(inspected)
}

async fn only_if_visible(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if guard.allows(&parts) {
        next.run(Request::from_parts(parts, body)).await
    } else {
        Problem::forbidden("this page is not for you").into_response()
    }
}

/// Sets the headers that every response has. What it says about caching, it may have said before.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Returns a response of JSON.
pub(crate) fn json(data: &impl Serialize) -> Response {
    match serde_json::to_vec(data) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        // There is nothing in our data that JSON does not have.
        Err(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// How long the body of an action may be, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
