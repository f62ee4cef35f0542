//! Requests that the page did not make.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue};
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use tokio::time::advance;

use crate::support::{Answer, Shop, Visitor, get, send, visit};

/// A shop with something to lose, and an inspector that lets anybody act.
async fn open() -> (Shop, Router) {
    let shop = Shop::new();
    shop.set("ada", "k").await;
    let app = shop.app(|inspector| inspector.actions(|_| true));
    (shop, app)
}

/// Sends an action that would empty the store, changed by an attacker.
async fn forged(
    app: &Router,
    visitor: &Visitor,
    change: impl FnOnce(&mut Request<Body>),
) -> Answer {
    let mut request = visitor.request("clear", &json!({}));
    change(&mut request);
    send(app, request).await
}

/// Checks that an action was refused and did nothing.
async fn refused(shop: &Shop, answer: &Answer, what: &str) {
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "{what}: {}",
        answer.text()
    );
    assert_eq!(shop.get("ada", "k").await, Some(1), "{what}");
}

fn set(request: &mut Request<Body>, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    request
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
}

const TOKEN: &str = "x-cubbyhole-token";

#[tokio::test]
async fn the_page_itself_may_act() {
    let (shop, app) = open().await;
    let answer = forged(&app, &visit(&app).await, |_| {}).await;
    assert_eq!(
        (answer.status, shop.get("ada", "k").await),
        (StatusCode::OK, None)
    );
}

#[tokio::test]
async fn no_token_a_wrong_one_and_one_that_was_tampered_with_are_refused() {
    let (shop, app) = open().await;
    let visitor = visit(&app).await;
    let (issued, mac) = visitor.token.split_once('.').unwrap();
    let without = forged(&app, &visitor, |request| {
        drop(request.headers_mut().remove(TOKEN));
    })
    .await;
    refused(&shop, &without, "none").await;
    let flipped = if mac.starts_with('0') { "1" } else { "0" };
    let tokens = [
        String::new(),
        ".".to_owned(),
        "0.".to_owned(),
        issued.to_owned(),
        format!("{issued}."),
        format!("{issued}.{}", &mac[..mac.len() - 2]),
        format!("{issued}.{mac}00"),
        format!("{issued}.{flipped}{}", &mac[1..]),
        format!(
            "{issued}.{}",
            mac.to_uppercase()
                .replace(|letter: char| letter.is_ascii_digit(), "A")
        ),
        format!("{}.{mac}", issued.parse::<u64>().unwrap() + 1),
        format!("-1.{mac}"),
        format!("{issued}.{}", "g".repeat(64)),
        format!("{issued}.{}", "0".repeat(64)),
    ];
    for token in tokens {
        let answer = forged(&app, &visitor, |request| set(request, TOKEN, &token)).await;
        refused(&shop, &answer, &token).await;
    }
    let twice = forged(&app, &visitor, |request| {
        let token = HeaderValue::from_str(&visitor.token).unwrap();
        request.headers_mut().append(TOKEN, token);
    });
    refused(&shop, &twice.await, "two tokens").await;
}

#[tokio::test(start_paused = true)]
async fn a_token_is_good_for_ten_minutes() {
    let (shop, app) = open().await;
    let visitor = visit(&app).await;
    advance(Duration::from_secs(601)).await;
    refused(&shop, &forged(&app, &visitor, |_| {}).await, "old").await;
    let answer = forged(&app, &visit(&app).await, |_| {}).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_is_good_for_one_visitor_and_one_process() {
    let (shop, app) = open().await;
    let (ada, eve) = (visit(&app).await, visit(&app).await);
    assert_ne!((&ada.cookie, &ada.token), (&eve.cookie, &eve.token));
    let stolen = Visitor {
        token: eve.token.clone(),
        ..ada.clone()
    };
    refused(
        &shop,
        &forged(&app, &stolen, |_| {}).await,
        "of another visitor",
    )
    .await;
    let (_, other) = open().await;
    refused(
        &shop,
        &forged(&app, &visit(&other).await, |_| {}).await,
        "of another process",
    )
    .await;
}

#[tokio::test]
async fn a_cookie_that_is_missing_doubtful_or_made_up_is_refused() {
    let (shop, app) = open().await;
    let (visitor, eve) = (visit(&app).await, visit(&app).await);
    let without = forged(&app, &visitor, |request| {
        drop(request.headers_mut().remove(COOKIE));
    })
    .await;
    refused(&shop, &without, "none").await;
    let cookies = [
        "cubbyhole-inspect=".to_owned(),
        "cubbyhole-inspect=00".to_owned(),
        format!("cubbyhole-inspect={}", "0".repeat(32)),
        format!("{}; {}", visitor.cookie, eve.cookie),
        format!("{}; {}", eve.cookie, visitor.cookie),
        visitor
            .cookie
            .replace("cubbyhole-inspect", "cubbyhole-Inspect"),
    ];
    for cookie in cookies {
        let answer = forged(&app, &visitor, |request| set(request, "cookie", &cookie)).await;
        refused(&shop, &answer, &cookie).await;
    }
    let among = format!("theme=dark; {}; other=1", visitor.cookie);
    let answer = forged(&app, &visitor, |request| set(request, "cookie", &among)).await;
    assert_eq!(answer.status, StatusCode::OK, "among others it is found");
}

#[tokio::test]
async fn a_request_of_another_origin_is_refused_whatever_else_it_has() {
    let (shop, app) = open().await;
    let visitor = visit(&app).await;
    for site in ["cross-site", "same-site", "none", "", "Same-Origin"] {
        let answer = forged(&app, &visitor, |request| {
            set(request, "sec-fetch-site", site);
        })
        .await;
        refused(&shop, &answer, site).await;
    }
    let origins = [
        "https://evil.example",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "null",
        "",
        "https://shop.example:8443",
        "ftp://shop.example",
        "shop.example",
        "https://shop.example/",
    ];
    for origin in origins {
        let answer = forged(&app, &visitor, |request| set(request, "origin", origin)).await;
        refused(&shop, &answer, origin).await;
    }
    let twice = forged(&app, &visitor, |request| {
        let origin = HeaderValue::from_static("https://evil.example");
        request.headers_mut().append("origin", origin);
    });
    refused(&shop, &twice.await, "two origins").await;
    let hosts = forged(&app, &visitor, |request| {
        let host = HeaderValue::from_static("evil.example");
        request.headers_mut().append(HOST, host);
    });
    refused(&shop, &hosts.await, "two hosts").await;
}

#[tokio::test]
async fn where_an_origin_is_named_pages_of_no_other_may_act() {
    let shop = Shop::new();
    let app = shop.app(|inspector| {
        let inspector = inspector.actions(|_| true);
        inspector
            .origin("https://ops.example")
            .origin("http://localhost:3000/")
    });
    let visitor = visit(&app).await;
    for (origin, status) in [
        ("https://ops.example", StatusCode::OK),
        ("http://localhost:3000", StatusCode::OK),
        ("http://ops.example", StatusCode::FORBIDDEN),
        ("https://ops.example.evil.example", StatusCode::FORBIDDEN),
        ("https://shop.example", StatusCode::FORBIDDEN),
    ] {
        let answer = forged(&app, &visitor, |request| set(request, "origin", origin)).await;
        assert_eq!(answer.status, status, "{origin}");
    }
    // A site that has given its own name this address.
    let rebound = forged(&app, &visitor, |request| {
        set(request, "host", "evil.example:3000");
        set(request, "origin", "http://evil.example:3000");
    });
    assert_eq!(rebound.await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_host_may_be_in_the_address_as_in_http_2() {
    let (shop, app) = open().await;
    let visitor = visit(&app).await;
    for (host, status) in [
        ("evil.example", StatusCode::FORBIDDEN),
        ("shop.example", StatusCode::OK),
    ] {
        let answer = forged(&app, &visitor, |request| {
            request.headers_mut().remove(HOST);
            let address = format!("https://{host}/cache/api/actions/clear");
            *request.uri_mut() = address.parse().unwrap();
        });
        assert_eq!(answer.await.status, status, "{host}");
        assert_eq!(
            shop.get("ada", "k").await.is_none(),
            status == StatusCode::OK
        );
    }
}

#[tokio::test]
async fn a_client_that_is_no_browser_needs_the_token_all_the_same() {
    let (shop, app) = open().await;
    let visitor = visit(&app).await;
    let bare = |request: &mut Request<Body>| {
        for name in ["origin", "sec-fetch-site"] {
            request.headers_mut().remove(name);
        }
    };
    let without = forged(&app, &visitor, |request| {
        bare(request);
        request.headers_mut().remove(TOKEN);
    });
    refused(&shop, &without.await, "no token").await;
    assert_eq!(forged(&app, &visitor, bare).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_but_a_post_of_json_acts() {
    let (shop, app) = open().await;
    let visitor = visit(&app).await;
    for method in [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
    ] {
        let answer = forged(&app, &visitor, |request| {
            *request.method_mut() = method.clone();
        })
        .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; x",
        "",
    ] {
        let answer = forged(&app, &visitor, |request| {
            set(request, CONTENT_TYPE.as_str(), media_type);
        })
        .await;
        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{media_type}"
        );
    }
    assert_eq!(shop.get("ada", "k").await, Some(1));
}

#[tokio::test]
async fn whoever_the_guard_refuses_has_no_token_and_may_not_act_with_one() {
    let shop = Shop::new();
    shop.set("ada", "k").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let times = Arc::clone(&asked);
    let app = shop
        .app(|inspector| inspector.actions(move |_| times.fetch_add(1, Ordering::Relaxed) == 0));
    let visitor = visit(&app).await;
    refused(&shop, &forged(&app, &visitor, |_| {}).await, "not any more").await;
    let session = get(&app, "/cache/api/session").await;
    assert_eq!(
        session.json(),
        json!({ "may_act": false, "may_look": false, "token": null })
    );
    assert_eq!(session.header("set-cookie"), "");

    let before = asked.load(Ordering::Relaxed);
    forged(&app, &visitor, |request| {
        drop(request.headers_mut().remove(TOKEN));
    })
    .await;
    assert_eq!(
        asked.load(Ordering::Relaxed),
        before,
        "it is asked about what would happen"
    );
}

#[tokio::test]
async fn a_guard_that_panics_lets_nobody_act() {
    let shop = Shop::new();
    shop.set("ada", "k").await;
    let asked = AtomicUsize::new(0);
    let app = shop.app(|inspector| {
        inspector.actions(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
            0 => true,
            _ => panic!("no idea"),
        })
    });
    let visitor = visit(&app).await;
    refused(&shop, &forged(&app, &visitor, |_| {}).await, "panic").await;
    assert_eq!(
        get(&app, "/cache/api/session").await.json()["may_act"],
        false
    );
}

#[tokio::test]
async fn a_guard_sees_who_asks_and_not_what_the_request_says_of_itself() {
    #[derive(Clone)]
    struct Operator;
    let shop = Shop::new();
    shop.set("ada", "k").await;
    let inspector = cubbyhole_inspect::Inspector::new(shop.store.clone())
        .actions(|request| request.extensions.get::<Operator>().is_some());
    let app: Router = Router::new().nest("/cache", inspector.router());
    let operators = app.clone().layer(axum::Extension(Operator));
    let visitor = visit(&operators).await;
    refused(&shop, &forged(&app, &visitor, |_| {}).await, "nobody").await;
    assert_eq!(
        forged(&operators, &visitor, |_| {}).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn another_site_gets_no_token() {
    let (_, app) = open().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = Request::get("/cache/api/session")
            .header(HOST, "shop.example")
            .header(name, value);
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        assert!(!answer.text().contains("token\":"), "{name}");
        assert_eq!(answer.header("set-cookie"), "", "{name}");
    }
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites_and_stays_the_same() {
    let (_, app) = open().await;
    let first = get(&app, "/cache/api/session").await;
    let cookie = first.header("set-cookie");
    let parts: Vec<_> = cookie.split("; ").collect();
    assert_eq!(
        parts[1..],
        ["HttpOnly", "SameSite=Strict"],
        "and no wider path than its folder"
    );
    assert_eq!(parts[0].len(), "cubbyhole-inspect=".len() + 32);
    let again = Request::get("/cache/api/session").header(COOKIE, parts[0]);
    let again = send(&app, again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.header("set-cookie"), "");
    let visitor = Visitor {
        cookie: parts[0].to_owned(),
        token: again.json()["token"].as_str().unwrap().to_owned(),
    };
    assert_eq!(forged(&app, &visitor, |_| {}).await.status, StatusCode::OK);
}
