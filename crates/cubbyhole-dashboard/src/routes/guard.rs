//! What every response says to the browser, and what no request may do.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::page::message;

/// Nothing from elsewhere, no script, no frame; and what is for one person is kept by no other cache. What a response says
/// of this by itself stands: the inspector has a script.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
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

/// What is for whoever runs the service is not for the world: not through a proxy, which may serve anybody, and not under
/// a name of somebody else's, which a page elsewhere may have pointed at this machine. (The port is that of the loopback
/// interface in any case.)
pub(super) async fn refuse_from_afar(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if is_forwarded(headers) || !names_this_machine(headers) {
        let text = "this is for whoever is at this machine: ask for it at 127.0.0.1, not through a proxy\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    let mut left_by_proxies = FORWARDED.into_iter();
    left_by_proxies.any(|name| headers.contains_key(name))
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    hosts.next().is_none() && host.is_some_and(is_loopback)
}

/// Whether a host, with or without a port, is this machine by whatever the name is resolved with.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    let address = name.parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// What proxies tell of whom they ask for.
const FORWARDED: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_few_names() {
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1",
            "127.8.8.8:1",
            "[::1]:8080",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "localhost.example.org",
            "127.0.0.1.example.org:80",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "[::1",
            "local host",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
