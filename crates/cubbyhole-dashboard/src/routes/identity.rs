//! Who sends a request: from the cookie to its session, and from there to the scope that the whole request runs in.
//!
//! A session is looked up and not read from a signed cookie: it can be ended at any time, and says when it was seen last.
//! So authentication is a layer of ours, which leaves what it found with the request, for handlers and for the layer that
//! sets the scope.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use cubbyhole::tower::{ScopeLayer, cookie_values};

use super::failure::{Failure, PageFailure};
use crate::people::{Identity, Token};
use crate::service::Service;

/// Finds the session that the cookie names, and leaves it with the request.
pub(super) async fn authenticate(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(token) = token(request.headers())
        && let Some(identity) = service.find_session(token, Instant::now()).await
    {
        request.extensions_mut().insert(identity);
    }
    next.run(request).await
}

/// Runs the request as whoever [`authenticate`] found, or as nobody. From here on no function is told who asks: what is
/// kept for a user or a session is found through the scope of the running task.
pub(super) fn scope() -> ScopeLayer {
    ScopeLayer::from_extension(|identity: &Identity| identity.context.clone())
}

/// The token that the cookie holds. Two cookies hold none: one of them may have been set by a neighbouring domain.
pub(super) fn token(headers: &HeaderMap) -> Option<Token> {
    match tokens(headers)[..] {
        [token] => token,
        _ => None,
    }
}

/// What each cookie of the name holds: a token, whether it is anybody's or not, or none.
pub(super) fn tokens(headers: &HeaderMap) -> Vec<Option<Token>> {
    cookie_values(headers, Token::COOKIE)
        .map(Token::read)
        .collect()
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
