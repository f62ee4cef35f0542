//! RFC 9111, section 4.1: one URI, many responses.

use http::{Request, Response};

use super::{Body, Cached, full, page};

/// Says in which language it was asked for.
fn by_language(request: &Request<String>, number: usize) -> Response<Body> {
    let mut response = page(
        number,
        &[
            ("cache-control", "max-age=60"),
            ("vary", "Accept-Language, x-mode"),
        ],
    );
    let said = |name: &str| format!("{:?}", request.headers().get(name));
    *response.body_mut() = full(&format!("{} {}", said("accept-language"), said("x-mode")));
    response
}

#[tokio::test]
async fn each_variant_is_kept_and_found_again() {
    let site = Cached::new(by_language);
    let requests: [&[(&str, &str)]; 5] = [
        &[("accept-language", "de")],
        &[("accept-language", "en")],
        &[],
        &[("accept-language", "de"), ("x-mode", "dark")],
        &[("x-mode", "dark")],
    ];
    let mut first = Vec::new();
    for request in requests {
        first.push(site.get(request).await.body);
    }
    for (request, body) in requests.iter().zip(first) {
        assert_eq!(site.get(request).await.body, body, "{request:?}");
    }
    assert_eq!(site.calls(), requests.len());
    site.get(&[("x-other", "1")]).await;
    assert_eq!(site.calls(), requests.len(), "other headers do not matter");
}

#[tokio::test]
async fn response_that_varies_by_everything_is_never_kept() {
    for vary in ["*", "accept, *", "not a name"] {
        let site = Cached::new(move |_, number| {
            let mut response = page(number, &[("cache-control", "public, max-age=60")]);
            response.headers_mut().insert("vary", vary.parse().unwrap());
            response
        });
        assert!(!site.keeps(&[]).await, "{vary}");
    }
}

#[tokio::test]
async fn variant_that_varies_by_more_is_not_given_to_others() {
    let site = Cached::new(|request: &Request<String>, number| {
        let is_german = request
            .headers()
            .get("accept-language")
            .is_some_and(|value| value == "de");
        let vary = if is_german {
            "accept-language, x-user-group"
        } else {
            "accept-language"
        };
        let mut response = page(number, &[("cache-control", "max-age=60")]);
        response.headers_mut().insert("vary", vary.parse().unwrap());
        response
    });
    assert_eq!(site.get(&[("accept-language", "en")]).await.body, "page 1");
    let (mine, other) = (("x-user-group", "a"), ("x-user-group", "b"));
    assert_eq!(
        site.get(&[("accept-language", "de"), mine]).await.body,
        "page 2"
    );
    assert_eq!(
        site.get(&[("accept-language", "de"), mine]).await.body,
        "page 2"
    );
    assert_eq!(
        site.get(&[("accept-language", "de"), other]).await.body,
        "page 3"
    );
    assert_eq!(
        site.get(&[("accept-language", "de"), mine]).await.body,
        "page 2"
    );
}

#[tokio::test]
async fn waiters_with_other_headers_get_their_own() {
    let site = Cached::new(by_language);
    let (german, english, same) = tokio::join!(
        site.get(&[("accept-language", "de")]),
        site.get(&[("accept-language", "en")]),
        site.get(&[("accept-language", "de")])
    );
    assert!(german.body.contains("de") && same.body.contains("de"));
    assert!(english.body.contains("en"), "{english:?}");
    assert_eq!(site.calls(), 2);
}
