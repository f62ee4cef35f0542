//! RFC 9111, section 4.4: unsafe methods.

use cubbyhole_policy::CacheType;
use cubbyhole_scope::ScopeFutureExt;
use http::{Request, StatusCode};

use super::{Cached, entry, page};
use crate::support::user;

fn site(status: u16) -> Cached {
    Cached::new(move |request: &Request<String>, number| {
        let mut response = page(
            number,
            &[("cache-control", "max-age=60"), ("vary", "accept")],
        );
        if !request.method().is_safe() {
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
        }
        response
    })
}

#[tokio::test]
async fn unsafe_method_that_succeeds_invalidates_every_variant() {
    for method in ["POST", "PUT", "DELETE", "PATCH", "UNHEARD-OF"] {
        for status in [200, 201, 204, 303] {
            let site = site(status);
            site.get(&[]).await;
            site.get(&[("accept", "x")]).await;
            site.ask(method, &[]).await;
            assert_eq!(site.get(&[]).await.body, "page 4", "{method} {status}");
            assert_eq!(site.get(&[("accept", "x")]).await.body, "page 5");
        }
    }
}

#[tokio::test]
async fn unsafe_method_that_fails_changes_nothing() {
    for status in [400, 401, 404, 500] {
        let site = site(status);
        site.get(&[]).await;
        site.ask("POST", &[]).await;
        assert_eq!(site.get(&[]).await.body, "page 1", "{status}");
    }
}

#[tokio::test]
async fn safe_methods_and_other_uris_invalidate_nothing() {
    let site = site(200);
    site.get(&[]).await;
    for method in ["OPTIONS", "TRACE", "HEAD"] {
        site.ask(method, &[]).await;
    }
    let other = Request::post("/other")
        .header("host", "a.example")
        .body(String::new());
    site.send(other.unwrap()).await;
    assert_eq!(site.get(&[]).await.body, "page 1");
}

#[tokio::test]
async fn uri_of_the_other_version_of_http_is_the_same_resource() {
    let site = site(200);
    site.get(&[]).await;
    let absolute = Request::post("https://a.example/page")
        .body(String::new())
        .unwrap();
    site.send(absolute).await;
    assert_eq!(site.get(&[]).await.body, "page 3");
}

#[tokio::test]
async fn change_by_one_user_is_seen_by_all() {
    let site = Cached::with(
        entry(CacheType::User),
        |layer| layer,
        |_, number| page(number, &[("cache-control", "private, max-age=60")]),
    );
    site.get(&[]).in_scope(user("ada")).await;
    site.get(&[]).in_scope(user("bob")).await;
    site.ask("POST", &[]).in_scope(user("ada")).await;
    assert_eq!(site.get(&[]).in_scope(user("ada")).await.body, "page 4");
    assert_eq!(site.get(&[]).in_scope(user("bob")).await.body, "page 5");
}
