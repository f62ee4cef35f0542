//! What is for whoever runs the service: nobody's scope, nobody's name.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::get;

use super::guard;
use crate::service::Service;

/// Whatever shows the service from within belongs here, inside of the guard.
pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/metrics", get(metrics))
        .layer(from_fn(guard::refuse_from_afar))
}

async fn metrics(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, EXPOSITION)], service.exposition.text())
}

/// The format of the text, by its version.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";
