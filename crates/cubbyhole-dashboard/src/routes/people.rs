//! Signing in, signing out, and being forgotten.

use std::sync::Arc;
use std::time::Instant;

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::identity::{SignedIn, tokens};
use crate::page;
use crate::people::{Token, UserName};
use crate::service::Service;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    name: String,
}

pub(super) async fn ask_name() -> Response {
    page::sign_in(None, "").into_response()
}

/// Opens a session. Who had one in this browser leaves it first.
pub(super) async fn sign_in(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    let refuse = |status: StatusCode, problem: &str| {
        (status, page::sign_in(Some(problem), &form.name)).into_response()
    };
    let name = match UserName::parse(&form.name) {
        Ok(name) => name,
        Err(error) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    };
    leave(&service, &headers).await;
    let Ok(token) = Token::random() else {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "try again: no session could be opened",
        );
    };
    match service.people.open(token, name, Instant::now()).await {
        Ok(_) => with_cookie(&token.as_cookie(), "/"),
        Err(error) => refuse(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

pub(super) async fn sign_out(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    leave(&service, &headers).await;
    with_cookie(&Token::no_cookie(), "/sign-in")
}

/// Ends the sessions of all cookies, also where there are two: whoever has a token may end its session.
async fn leave(service: &Service, headers: &HeaderMap) {
    for token in tokens(headers).into_iter().flatten() {
        service.sign_out(token).await;
    }
}

pub(super) async fn erase(
    State(service): State<Arc<Service>>,
    SignedIn(identity): SignedIn,
) -> Response {
    service.erase(&identity, Instant::now()).await;
    with_cookie(&Token::no_cookie(), "/sign-in")
}

fn with_cookie(cookie: &str, to: &str) -> Response {
    (AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(to)).into_response()
}
