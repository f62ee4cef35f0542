//! Who sends a request: from the cookie to the scope that the whole request runs in.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use cubbyhole::{ScopeContext, ScopeFutureExt};

use super::failure::{Failure, PageFailure};
use crate::people::{Identity, Token};
use crate::service::Service;

/// Runs the request as whoever its cookie says, or as nobody. From here on no function is told who
/// asks: what is kept for a user or a session is found through the scope of the running task.
pub(super) async fn identify(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = token(request.headers());
    let identity = token.and_then(|token| service.sessions.find(token, Instant::now()));
    let Some(identity) = identity else {
        return next.run(request).in_scope(ScopeContext::anonymous()).await;
    };
    let context = identity.context.clone();
    request.extensions_mut().insert(identity);
    next.run(request).in_scope(context).await
}

/// The token in the cookies, if there is one; whether it is anybody's is another question.
pub(super) fn token(headers: &HeaderMap) -> Option<Token> {
    let mut cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies.find_map(Token::in_cookies)
}

/// Whoever is signed in, for a page: nobody else sees it, and is asked to sign in.
pub(super) struct SignedIn(pub(super) Identity);

impl FromRequestParts<Arc<Service>> for SignedIn {
    type Rejection = PageFailure;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Arc<Service>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(find(parts)?))
    }
}

/// Whoever is signed in, for a program: nobody else gets an answer.
pub(super) struct Caller(pub(super) Identity);

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Arc<Service>,
    ) -> Result<Self, Self::Rejection> {
        find(parts).map(Self)
    }
}

fn find(parts: &Parts) -> Result<Identity, Failure> {
    parts.extensions.get().cloned().ok_or(Failure::NotSignedIn)
}
