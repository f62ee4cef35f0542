//! RFC 9111, section 4.3, and RFC 9110, section 13: entity tags and conditions.

use http::{Request, Response, StatusCode};

use super::{Body, Cached, full, page};

fn keeping(number: usize) -> Response<Body> {
    page(number, &[("cache-control", "max-age=60"), ("x-page", "1")])
}

#[tokio::test]
async fn strong_tag_is_made_of_the_body() {
    let site = Cached::new(|request: &Request<String>, number| {
        let mut response = keeping(number);
        *response.body_mut() = full(request.uri().query().unwrap_or("x"));
        response
    });
    let tag = async |uri: &str| {
        let answer = site
            .send(Request::get(uri).body(String::new()).unwrap())
            .await;
        answer.header("etag").unwrap().to_owned()
    };
    let (one, same, other) = (tag("/1?a").await, tag("/2?a").await, tag("/1?b").await);
    assert!(
        one.starts_with('"') && one.ends_with('"') && one.len() == 34,
        "{one}"
    );
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[tokio::test]
async fn tag_of_the_application_is_left_alone() {
    let site = Cached::new(|_, number| {
        page(
            number,
            &[("cache-control", "max-age=60"), ("etag", "W/\"v1\"")],
        )
    });
    for _ in 0..2 {
        assert_eq!(site.get(&[]).await.header("etag"), Some("W/\"v1\""));
    }
    for matching in [
        "W/\"v1\"",
        "\"v1\"",
        "*",
        "\"a,b\", \"v1\"",
        "\"a\" , W/\"v1\"",
    ] {
        let answer = site.get(&[("if-none-match", matching)]).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{matching}");
    }
    for other in ["\"v2\"", "v1", "\"a,\\\"v1\"", "\"v1", "\"x, \"v1\""] {
        let answer = site.get(&[("if-none-match", other)]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::OK, "page 1"),
            "{other}"
        );
    }
}

#[tokio::test]
async fn who_has_it_gets_304_with_what_matters_alone() {
    let site = Cached::new(|_, number| keeping(number));
    let tag = site.get(&[]).await.header("etag").unwrap().to_owned();
    for method in ["GET", "HEAD"] {
        let answer = site.ask(method, &[("if-none-match", &tag)]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::NOT_MODIFIED, "")
        );
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("max-age=60"));
        assert_eq!(answer.header("age"), Some("0"));
        assert_eq!(
            (answer.header("x-page"), answer.header("content-length")),
            (None, None)
        );
    }
    assert_eq!(site.calls(), 1);
}

#[tokio::test]
async fn condition_does_not_reach_the_service_when_a_whole_response_can_be_kept() {
    let site = Cached::new(|request: &Request<String>, number| {
        assert!(!request.headers().contains_key("if-none-match"));
        assert!(!request.headers().contains_key("if-modified-since"));
        keeping(number)
    });
    let conditions = [
        ("if-none-match", "\"old\""),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ];
    assert_eq!(site.get(&conditions).await.body, "page 1");
    let tag = site.get(&[]).await.header("etag").unwrap().to_owned();
    let again = Cached::new(|_, _| keeping(1));
    let answer = again.get(&[("if-none-match", &tag)]).await;
    assert_eq!(
        answer.status,
        StatusCode::NOT_MODIFIED,
        "the origin's answer is held against the condition"
    );
}

#[tokio::test]
async fn time_of_modification_counts_if_there_is_no_tag_in_the_request() {
    const TIME: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
    let site = Cached::new(|_, number| {
        page(
            number,
            &[("cache-control", "max-age=60"), ("last-modified", TIME)],
        )
    });
    site.get(&[]).await;
    let status = async |headers: &[(&str, &str)]| site.get(headers).await.status;
    assert_eq!(
        status(&[("if-modified-since", TIME)]).await,
        StatusCode::NOT_MODIFIED
    );
    assert_eq!(
        status(&[("if-modified-since", "Thu, 01 Jan 2025 00:00:00 GMT")]).await,
        StatusCode::OK
    );
    assert_eq!(
        status(&[("if-modified-since", TIME), ("if-none-match", "\"x\"")]).await,
        StatusCode::OK
    );
    let undated = Cached::new(|_, number| keeping(number));
    undated.get(&[]).await;
    assert_eq!(
        undated.get(&[("if-modified-since", TIME)]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn error_is_not_held_against_a_condition() {
    let site = Cached::new(|_, number| {
        let mut response = page(
            number,
            &[("cache-control", "max-age=60"), ("etag", "\"v1\"")],
        );
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    });
    for _ in 0..2 {
        let answer = site.get(&[("if-none-match", "\"v1\"")]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::NOT_FOUND, "page 1")
        );
    }
}
