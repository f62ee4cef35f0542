//! Snapshots: one at a time, and as they come.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};

use super::{Inspected, json};
use crate::guard::Permit;

pub(super) async fn snapshot(State(inspected): State<Inspected>) -> Response {
    inspected.watch.begin();
    json(&inspected.watch.snapshot())
}

pub(super) async fn events(State(inspected): State<Inspected>, request: Request) -> Response {
    inspected.watch.begin();
    let (parts, _) = request.into_parts();
    let permit = Permit::of(inspected.visible_to.as_ref(), parts);
    let events = Body::new(inspected.watch.events(permit));
    // Whatever is in between is not to wait for more.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    let headers = [(CONTENT_TYPE, "text/event-stream"), unbuffered];
    (headers, events).into_response()
}
