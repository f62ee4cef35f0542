//! What every response says to the browser, and what no request may do.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::page::message;

/// Nothing from elsewhere, no script, no frame; and what is for one person is kept by no other cache.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A form on another site must not change anything here. The cookie is not sent along with one
/// (`SameSite=Lax`); this also keeps others from signing somebody in.
pub(super) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let changes = *request.method() == Method::POST;
    if changes && site.is_some_and(|site| site != "same-origin" && site != "none") {
        let page = message("Not from there", "This form was sent from another site.");
        return (StatusCode::FORBIDDEN, page).into_response();
    }
    next.run(request).await
}

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
