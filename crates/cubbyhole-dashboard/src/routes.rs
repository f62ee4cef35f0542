//! The addresses of the service.
//!
//! | address | what |
//! | --- | --- |
//! | `GET /` | the dashboard |
//! | `GET`, `POST /sign-in`; `POST /sign-out`, `/erase` | people |
//! | `POST /taste`, `/role`, `/station`, `/monthly/forget`, `/trend`, `/trend/forget`, `/report`, `/report/collect` | the forms of the cards |
//! | `GET /api/me`, `/api/right-now`, `/api/extremes`, `/api/overview`, `/api/monthly`, `/api/window`, `/api/good-days`, `/api/good-days/stream`, `/api/transitions`, `/api/store` | the same as JSON |
//! | `GET`, `POST /api/trend`, `/api/report`, `/api/station`; `POST /api/taste`, `/api/role`, `/api/monthly/forget`, `/api/report/collect` | the same as JSON |
//! | `GET /metrics` | for Prometheus, on this machine |
//! | `/cache` | the inspector, on this machine: for analysts to look at, for operators to act on |
//! | `GET /healthz`, `/style.css`, `/icon.svg` | for anybody |

mod api;
mod failure;
mod forms;
mod guard;
mod home;
mod identity;
mod inspector;
mod operations;
mod people;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use cubbyhole::inspect::InspectorHandle;

use self::identity::{authenticate, scope};
use crate::page::{STYLE, message};
use crate::service::Service;

/// All addresses, and what ends the streams that have no end of their own. Every request runs in the scope of whoever sent
/// it, but those that are for whoever runs the service.
pub(crate) fn router(service: Arc<Service>) -> (Router, InspectorHandle) {
    let (operations, inspector) = operations::router(&service);
    let router = Router::new()
        .route("/", get(home::home))
        .route("/taste", post(forms::taste))
        .route("/role", post(forms::role))
        .route("/station", post(forms::station))
        .route("/monthly/forget", post(forms::forget_monthly))
        .route("/trend", post(forms::start_trend))
        .route("/trend/forget", post(forms::forget_trend))
        .route("/report", post(forms::order_report))
        .route("/report/collect", post(forms::collect_report))
        .route("/sign-in", get(people::ask_name).post(people::sign_in))
        .route("/sign-out", post(people::sign_out))
        .route("/erase", post(people::erase))
        .nest("/api", api::router())
        // The one that was added last is outermost.
        .layer(scope())
        .layer(from_fn_with_state(Arc::clone(&service), authenticate))
        .merge(operations)
        .route("/healthz", get(|| async { "ok" }))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(not_found)
        .layer(from_fn(guard::refuse_other_sites))
        .layer(from_fn(guard::protect))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(service);
    (router, inspector)
}

async fn style() -> impl IntoResponse {
    (public("text/css; charset=utf-8"), STYLE)
}

async fn icon() -> impl IntoResponse {
    (public("image/svg+xml"), include_str!("page/icon.svg"))
}

/// The same for everyone, and so for any cache in between.
const fn public(content_type: &'static str) -> [(HeaderName, &'static str); 2] {
    [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=300"),
    ]
}

async fn not_found() -> impl IntoResponse {
    let page = message("Nothing here", "There is no page at this address.");
    (StatusCode::NOT_FOUND, page)
}

/// A form is small.
const LARGEST_BODY: usize = 16 * 1024;
