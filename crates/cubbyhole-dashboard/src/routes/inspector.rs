//! The cache from within: who may look at it, who may act, and what is shown of whom.
//!
//! It runs in nobody's scope, as all that is for whoever runs the service: what an operator does to a cache is done to the
//! scope that they name, and never to their own for want of another.

use std::any::Any;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use cubbyhole::StoreKey;
use cubbyhole::inspect::{Inspector, InspectorHandle, Private};
use serde::Serialize;

use super::identity::{authenticate, token};
use crate::analytics::{Overview, Transitions, Trend};
use crate::page::message;
use crate::people::Role;
use crate::service::{Entries, Kept, Service};
use crate::station::Reading;

/// The inspector at `/cache`, and what ends its streams.
pub(super) fn router(service: &Arc<Service>) -> (Router<Arc<Service>>, InspectorHandle) {
    let inspector = inspector(service);
    let handle = inspector.handle();
    let router = Router::new()
        .nest_service("/cache", inspector.router())
        .layer(from_fn(explain))
        .layer(from_fn_with_state(Arc::clone(service), authenticate));
    (router, handle)
}

fn inspector(service: &Arc<Service>) -> Inspector {
    let of_everyone = keys_of_everyone(&service.entries);
    Inspector::new(service.store.clone())
        .refresh(BETWEEN_LOOKS)
        .redact(move |private| shown(private, &of_everyone))
        .visible_to(allows(service, Role::may_look))
        .actions(allows(service, Role::may_act))
}

/// Asks anew each time, and not what was found when a request came: a session may have ended since, and a role changed,
/// while a stream of events goes on. It is no sign of life, so that a page that was left open keeps no session open.
fn allows(service: &Arc<Service>, may: fn(Role) -> bool) -> impl Fn(&Parts) -> bool + use<> {
    let service = Arc::downgrade(service);
    move |request| role(&service, &request.headers).is_some_and(may)
}

/// The role of whoever sends these headers; none of nobody.
fn role(service: &Weak<Service>, headers: &HeaderMap) -> Option<Role> {
    let service = service.upgrade()?;
    let identity = service.sessions.peek(token(headers)?, Instant::now())?;
    Some(service.roles.of(identity.user.as_str()))
}

/// What is for everyone is the same for all and tells of nobody, values and their keys; of the rest, a key says what
/// somebody asked for, and a value what they got. Of a scope its type is shown.
fn shown(private: Private<'_>, of_everyone: &[StoreKey]) -> Option<String> {
    match private {
        Private::Key { entry, key } if of_everyone.contains(entry) => Some(key.to_owned()),
        Private::Value { entry, value } if of_everyone.contains(entry) => text(value),
        Private::Scope(scope) => Some(format!("one {}", scope.cache_type())),
        _ => None,
    }
}

/// A value of one of the entries that are for everyone, as JSON.
fn text(value: &dyn Any) -> Option<String> {
    let text = text_of::<Overview>(value).or_else(|| text_of::<Reading>(value));
    let text = text.or_else(|| text_of::<Transitions>(value));
    text.or_else(|| text_of::<Trend>(value))
}

fn text_of<T: Serialize + 'static>(value: &dyn Any) -> Option<String> {
    let kept = value.downcast_ref::<Kept<T>>()?;
    serde_json::to_string_pretty(&**kept).ok()
}

fn keys_of_everyone(entries: &Entries) -> [StoreKey; 4] {
    [
        entries.overview.store_key(),
        entries.right_now.store_key(),
        entries.transitions.store_key(),
        entries.trend.store_key(),
    ]
    .map(Clone::clone)
}

/// Tells people who are refused the page what to do about it; programs are told by the inspector.
async fn explain(request: Request, next: Next) -> Response {
    let is_page = wants_page(request.headers());
    let response = next.run(request).await;
    if is_page && response.status() == StatusCode::FORBIDDEN {
        let text = "The cache is for analysts to look at and for operators to act on. Sign in, and choose your role with \
                    the extreme days.";
        return (StatusCode::FORBIDDEN, message("Not for you", text)).into_response();
    }
    response
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
