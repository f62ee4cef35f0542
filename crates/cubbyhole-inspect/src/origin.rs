//! Where a request was made, as the browser tells.

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;

/// The header in which a browser says how far its page is from here.
const SITE: &str = "sec-fetch-site";

/// Returns whether nothing says that a request was made by a page of another origin.
///
/// Both headers are set by browsers and cannot be set by scripts. A client that is no browser sends neither, and has to
/// have a token all the same. Without `known` origins it is that of the host that the request was sent to.
pub(crate) fn is_own(request: &Parts, known: &[String]) -> bool {
    let mut sites = request.headers.get_all(SITE).iter();
    let mut origins = request.headers.get_all(ORIGIN).iter();
    sites.all(|site| site == "same-origin")
        && origins.all(|origin| {
            let origin = origin.to_str().unwrap_or_default();
            if known.is_empty() {
                is_of_host(origin, request)
            } else {
                known.iter().any(|known| known == origin)
            }
        })
}

/// Returns whether an origin is that of the host that the request was sent to, over HTTP or HTTPS: this side of a proxy
/// does not know which.
fn is_of_host(origin: &str, request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(HOST).iter();
    let authority = request.uri.authority().map(Authority::as_str);
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, None) => authority,
        _ => None,
    };
    let schemes = ["http://", "https://"];
    let named = schemes
        .iter()
        .find_map(|scheme| origin.strip_prefix(scheme));
    named.is_some_and(|named| host.is_some_and(|host| host.eq_ignore_ascii_case(named)))
}
