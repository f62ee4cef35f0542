//! What is for whoever runs the service: nobody's scope, nobody's name.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::get;
use cubbyhole::inspect::InspectorHandle;

use super::{guard, inspector};
use crate::service::Service;

/// Whatever shows the service from within belongs here, inside of the guard.
pub(super) fn router(service: &Arc<Service>) -> (Router<Arc<Service>>, InspectorHandle) {
    let (inspector, handle) = inspector::router(service);
    let router = Router::new()
        .route("/metrics", get(metrics))
        .merge(inspector)
        .layer(from_fn(guard::refuse_from_afar));
    (router, handle)
}

async fn metrics(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, EXPOSITION)], service.exposition.text())
}

/// The format of the text, by its version.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";
