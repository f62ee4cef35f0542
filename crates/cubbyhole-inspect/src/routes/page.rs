//! The page and what it is made of: files that are the same for all.

use axum::extract::OriginalUri;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};

/// Sends whoever asks for the mount itself to the page, by a relative link: a proxy may have another path in front.
///
/// The links of the page are relative to its folder, so it must not be at the mount itself, whose address ends with a
/// slash or without one as the application likes.
pub(super) async fn door(OriginalUri(uri): OriginalUri) -> Response {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    let page = match last {
        "" => "./page".to_owned(),
        last => format!("./{last}/page"),
    };
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, page)]).into_response()
}

pub(super) async fn page() -> Response {
    file(
        "text/html; charset=utf-8",
        include_str!("../../page/index.html"),
    )
}

pub(super) async fn script() -> Response {
    file(
        "text/javascript; charset=utf-8",
        include_str!("../../page/app.js"),
    )
}

pub(super) async fn style() -> Response {
    file(
        "text/css; charset=utf-8",
        include_str!("../../page/style.css"),
    )
}

pub(super) async fn icon() -> Response {
    file("image/svg+xml", include_str!("../../page/icon.svg"))
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    (
        [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-cache")],
        text,
    )
        .into_response()
}
