//! RFC 9111, section 3: what may be kept.

use std::time::Duration;

use bytes::Bytes;
use cubbyhole_policy::CacheType;
use http::{HeaderMap, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use super::{Cached, entry, full, is_kept, page};

#[tokio::test]
async fn fresh_response_is_kept() {
    assert!(is_kept(&[("cache-control", "max-age=60")]).await);
    assert!(is_kept(&[("cache-control", "public, max-age=60")]).await);
}

#[tokio::test]
async fn response_without_a_lifetime_is_not_kept_unless_there_is_a_default() {
    assert!(!is_kept(&[]).await);
    assert!(!is_kept(&[("cache-control", "public")]).await);
    let default =
        |layer: cubbyhole_tower::ResponseCacheLayer| layer.with_default_ttl(Duration::from_secs(5));
    let site = Cached::with(entry(CacheType::Global), default, |_, number| {
        page(number, &[])
    });
    assert!(site.keeps(&[]).await);
    site.pass(5);
    assert!(site.keeps(&[]).await);
    assert_eq!(site.calls(), 2, "the first was good for five seconds");
    let site = Cached::with(entry(CacheType::Global), default, |_, number| {
        page(number, &[("expires", "Thu, 01 Jan 2099 00:00:00 GMT")])
    });
    assert!(
        !site.keeps(&[]).await,
        "it says something, which is not read"
    );
}

#[tokio::test]
async fn forbidden_response_is_not_kept() {
    for directive in [
        "no-store",
        "no-cache",
        "private",
        "NO-STORE",
        "private=\"set-cookie\"",
        "no-cache=\"x\"",
    ] {
        let site = Cached::new(move |_, number| {
            let mut response = page(number, &[("cache-control", "public, max-age=60")]);
            response
                .headers_mut()
                .append("cache-control", directive.parse().unwrap());
            response
        });
        assert!(!site.keeps(&[]).await, "{directive}");
    }
}

#[tokio::test]
async fn request_that_forbids_storing_leaves_nothing_and_takes_nothing() {
    let site = Cached::new(|_, number| page(number, &[("cache-control", "max-age=60")]));
    assert!(!site.keeps(&[("cache-control", "no-store")]).await);
    assert_eq!(site.get(&[]).await.body, "page 3");
    assert!(!site.keeps(&[("cache-control", "no-store")]).await);
    assert_eq!(site.get(&[]).await.body, "page 3");
}

#[tokio::test]
async fn response_that_sets_a_cookie_is_never_kept() {
    assert!(
        !is_kept(&[
            ("cache-control", "public, s-maxage=60"),
            ("set-cookie", "id=1")
        ])
        .await
    );
}

#[tokio::test]
async fn partial_content_is_never_kept() {
    let site = Cached::new(|_, number| {
        let mut response = page(
            number,
            &[
                ("cache-control", "max-age=60"),
                ("content-range", "bytes 0-5/9"),
            ],
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response
    });
    assert!(!site.keeps(&[]).await);
    assert!(
        !is_kept(&[
            ("cache-control", "max-age=60"),
            ("content-range", "bytes 0-5/9")
        ])
        .await
    );
}

#[tokio::test]
async fn request_for_a_part_goes_through() {
    let site = Cached::new(|_, number| page(number, &[("cache-control", "max-age=60")]));
    site.get(&[]).await;
    for header in [
        ("range", "bytes=0-1"),
        ("if-range", "x"),
        ("if-match", "\"x\""),
        ("upgrade", "chat"),
    ] {
        let before = site.calls();
        site.get(&[header]).await;
        assert_eq!(site.calls(), before + 1, "{header:?}");
    }
    assert_eq!(site.get(&[]).await.body, "page 1");
}

#[tokio::test]
async fn statuses_that_are_not_understood_are_never_kept() {
    for status in [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501] {
        assert!(keeps_status(status).await, "{status}");
    }
    for status in [
        201, 202, 206, 207, 302, 303, 307, 400, 401, 403, 418, 429, 500, 502, 503, 599, 799,
    ] {
        assert!(!keeps_status(status).await, "{status}");
    }
}

async fn keeps_status(status: u16) -> bool {
    let site = Cached::new(move |_, number| {
        let mut response = page(number, &[("cache-control", "public, max-age=60")]);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    });
    site.keeps(&[]).await
}

#[tokio::test]
async fn other_methods_are_neither_kept_nor_answered() {
    let site = Cached::new(|_, number| page(number, &[("cache-control", "max-age=60")]));
    site.get(&[]).await;
    for method in [
        "OPTIONS",
        "TRACE",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "QUERY-LIKE",
    ] {
        let before = site.calls();
        site.ask(method, &[]).await;
        site.ask(method, &[]).await;
        assert_eq!(site.calls(), before + 2, "{method}");
    }
}

#[tokio::test]
async fn head_is_answered_from_what_get_left() {
    let site =
        Cached::new(|_, number| page(number, &[("cache-control", "max-age=60"), ("x-page", "1")]));
    site.ask("HEAD", &[]).await;
    site.ask("HEAD", &[]).await;
    assert_eq!(site.calls(), 2, "without a body nothing is kept");
    let (got, head) = (site.get(&[]).await, site.ask("HEAD", &[]).await);
    assert_eq!(site.calls(), 3);
    assert_eq!(
        (head.body.as_str(), head.header("content-length")),
        ("", Some("6"))
    );
    assert_eq!(
        (head.header("x-page"), head.header("etag")),
        (Some("1"), got.header("etag"))
    );
}

#[tokio::test]
async fn headers_of_the_connection_are_not_kept() {
    let site = Cached::new(|_, number| {
        page(
            number,
            &[
                ("cache-control", "max-age=60"),
                ("connection", "x-hop, close"),
                ("x-hop", "1"),
                ("keep-alive", "5"),
                ("x-end", "1"),
            ],
        )
    });
    site.get(&[]).await;
    let second = site.get(&[]).await;
    assert_eq!(site.calls(), 1);
    for name in ["connection", "x-hop", "keep-alive"] {
        assert_eq!(second.header(name), None, "{name}");
    }
    assert_eq!(second.header("x-end"), Some("1"));
}

#[tokio::test]
async fn body_above_the_limit_is_streamed_through() {
    for (limit, is_kept) in [(6, true), (5, false), (0, false)] {
        let limited = |layer: cubbyhole_tower::ResponseCacheLayer| layer.with_body_limit(limit);
        let site = Cached::with(entry(CacheType::Global), limited, |_, number| {
            let mut response = page(number, &[("cache-control", "max-age=60")]);
            // In frames, of unknown length in advance.
            let text = format!("page {number}").into_bytes();
            let frames = text
                .into_iter()
                .map(|byte| Ok(Frame::data(Bytes::from(vec![byte]))));
            *response.body_mut() =
                StreamBody::new(tokio_stream::iter(frames.collect::<Vec<_>>())).boxed_unsync();
            response
        });
        assert_eq!(site.keeps(&[]).await, is_kept, "{limit}");
        assert_eq!(
            site.get(&[]).await.body,
            if is_kept { "page 1" } else { "page 3" }
        );
    }
}

#[tokio::test]
async fn incomplete_response_is_not_kept() {
    assert!(!is_kept(&[("cache-control", "max-age=60"), ("content-length", "9")]).await);
    assert!(!is_kept(&[("cache-control", "max-age=60"), ("content-length", "x")]).await);
    assert!(is_kept(&[("cache-control", "max-age=60"), ("content-length", "6")]).await);
}

#[tokio::test]
async fn response_with_trailers_goes_through_with_them() {
    let site = Cached::new(|_, number| {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "9".parse().unwrap());
        let body = full(&number.to_string()).with_trailers(async { Some(Ok(trailers)) });
        let response = Response::builder().header("cache-control", "max-age=60");
        response.body(body.boxed_unsync()).unwrap()
    });
    assert!(!site.keeps(&[]).await);
    let response = tower::ServiceExt::oneshot(site.site.clone(), http::Request::default())
        .await
        .unwrap();
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "9");
    assert_eq!(collected.to_bytes(), "3");
}

#[tokio::test]
async fn two_uris_have_two_responses() {
    let site = Cached::new(|request, number| {
        let mut response = page(number, &[("cache-control", "max-age=60")]);
        let host = request.headers()["host"].to_str().unwrap();
        *response.body_mut() = full(&format!("{host} {}", request.uri()));
        response
    });
    for _ in 0..2 {
        for (host, uri) in [
            ("a", "/"),
            ("b", "/"),
            ("a", "/?"),
            ("a", "/?x"),
            ("a", "/x"),
        ] {
            let request = http::Request::get(uri)
                .header("host", host)
                .body(String::new())
                .unwrap();
            assert_eq!(site.send(request).await.body, format!("{host} {uri}"));
        }
    }
    assert_eq!(site.calls(), 5);
}
