//! RFC 9111, sections 4.2 and 5.2: how long a response is good for, and who wants it fresher.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, PolicyOptions};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::CachedRegistryEntry;
use cubbyhole_tower::CachedResponse;
use http::StatusCode;

use super::{Cached, entry, is_kept, page};

fn site(cache_control: &'static str) -> Cached {
    Cached::new(move |_, number| {
        let mut response = page(number, &[]);
        response
            .headers_mut()
            .insert("cache-control", cache_control.parse().unwrap());
        response
    })
}

#[tokio::test]
async fn response_is_kept_until_its_max_age() {
    let site = site("max-age=10");
    site.get(&[]).await;
    site.pass(9);
    assert_eq!(site.get(&[]).await.body, "page 1");
    site.pass(1);
    assert_eq!(site.get(&[]).await.body, "page 2");
}

#[tokio::test]
async fn s_maxage_comes_first_in_a_shared_cache_alone() {
    let shared = site("max-age=10, s-maxage=20");
    shared.get(&[]).await;
    shared.pass(15);
    assert_eq!(shared.get(&[]).await.body, "page 1");

    let own = Cached::with(
        entry(CacheType::User),
        |layer| layer,
        |_, number| page(number, &[("cache-control", "max-age=10, s-maxage=20")]),
    );
    let ada = ScopeContext::new().user("ada");
    own.get(&[]).in_scope(ada.clone()).await;
    own.pass(15);
    assert_eq!(own.get(&[]).in_scope(ada).await.body, "page 2");
}

#[tokio::test]
async fn lifetime_that_is_invalid_or_over_is_none() {
    assert!(!is_kept(&[("cache-control", "max-age=0")]).await);
    assert!(!is_kept(&[("cache-control", "max-age=x")]).await);
    assert!(!is_kept(&[("cache-control", "max-age=60, max-age=61")]).await);
    assert!(!is_kept(&[("cache-control", "max-age=60, s-maxage=0")]).await);
    assert!(!is_kept(&[("cache-control", "max-age=60, s-maxage=x")]).await);
    assert!(is_kept(&[("cache-control", "max-age=99999999999999999999")]).await);
}

#[tokio::test]
async fn age_is_told_and_counts_what_came_before() {
    let site =
        Cached::new(|_, number| page(number, &[("cache-control", "max-age=60"), ("age", "50")]));
    assert_eq!(site.get(&[]).await.header("age"), Some("50"));
    site.pass(7);
    assert_eq!(site.get(&[]).await.header("age"), Some("57"));
    site.pass(3);
    assert_eq!(site.get(&[]).await.body, "page 2");
    assert!(!is_kept(&[("cache-control", "max-age=60"), ("age", "60")]).await);
    assert!(!is_kept(&[("cache-control", "max-age=60"), ("age", "x")]).await);
}

#[tokio::test]
async fn answer_from_the_origin_has_no_age() {
    let site = site("max-age=60");
    assert_eq!(site.get(&[]).await.header("age"), None);
    assert_eq!(site.get(&[]).await.header("age"), Some("0"));
}

#[tokio::test]
async fn request_may_want_it_fresher() {
    let site = site("max-age=60");
    site.get(&[]).await;
    site.pass(10);
    for fine in [
        "max-age=10",
        "min-fresh=50",
        "max-age=60, min-fresh=1",
        "max-stale=5",
        "x",
    ] {
        assert_eq!(
            site.get(&[("cache-control", fine)]).await.body,
            "page 1",
            "{fine}"
        );
    }
    let mut made = 1;
    for fresher in [
        "max-age=9",
        "min-fresh=51",
        "no-cache",
        "max-age=x",
        "min-fresh=x",
    ] {
        made += 1;
        let body = site.get(&[("cache-control", fresher)]).await.body;
        assert_eq!(body, format!("page {made}"), "{fresher}");
        assert_eq!(site.get(&[]).await.body, body, "the newer one is kept");
        site.pass(10);
    }
    assert_eq!(site.get(&[("pragma", "no-cache")]).await.body, "page 7");
    assert_eq!(
        site.get(&[("pragma", "no-cache"), ("cache-control", "x")])
            .await
            .body,
        "page 7"
    );
}

#[tokio::test]
async fn only_if_cached_never_reaches_the_service() {
    let site = site("max-age=60");
    let only = [("cache-control", "only-if-cached")];
    assert_eq!(site.get(&only).await.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(
        site.ask("HEAD", &only).await.status,
        StatusCode::GATEWAY_TIMEOUT
    );
    assert_eq!(site.calls(), 0);
    site.get(&[]).await;
    assert_eq!(site.get(&only).await.body, "page 1");
    assert_eq!(site.ask("HEAD", &only).await.status, StatusCode::OK);
    let fresher = [("cache-control", "only-if-cached, no-cache")];
    assert_eq!(site.get(&fresher).await.status, StatusCode::GATEWAY_TIMEOUT);
    site.pass(60);
    assert_eq!(site.get(&only).await.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(site.calls(), 1);
}

#[tokio::test]
async fn head_that_wants_it_fresher_goes_through() {
    let site = site("max-age=60");
    site.get(&[]).await;
    site.ask("HEAD", &[("cache-control", "no-cache")]).await;
    assert_eq!(site.calls(), 2);
    assert_eq!(site.get(&[]).await.body, "page 1");
}

fn with_options(options: PolicyOptions) -> CachedRegistryEntry<CachedResponse> {
    let policy = CachePolicy::lru(10).unwrap();
    let options = options.with_ttl(Duration::from_secs(1000));
    CachedRegistryEntry::new("pages", policy.with_options(options).unwrap())
}

#[tokio::test]
async fn response_is_refreshed_ahead_if_the_policy_says_so() {
    let policy = PolicyOptions::new().with_refresh_after(Duration::from_secs(20));
    let site = Cached::with(
        with_options(policy),
        |layer| layer,
        |_, number| page(number, &[("cache-control", "max-age=60")]),
    );
    site.get(&[]).await;
    site.pass(30);
    assert_eq!(
        site.get(&[]).await.body,
        "page 1",
        "nobody waits for the new one"
    );
    // The refresh runs in a task of this thread, and is at its end after a few turns.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.get(&[]).await.body, "page 2");
    assert_eq!(site.calls(), 2);
}

#[tokio::test]
async fn stale_response_is_served_only_where_nothing_forbids_it() {
    for (cache_control, is_served) in [
        ("max-age=10", true),
        ("max-age=10, must-revalidate", false),
        ("max-age=10, proxy-revalidate", false),
        ("s-maxage=10", false),
    ] {
        let site = Cached::with(
            with_options(PolicyOptions::new().with_stale_if_error(Duration::from_secs(100))),
            |layer| layer,
            move |_, number| {
                assert_eq!(number, 1, "the service is broken");
                page(1, &[("cache-control", cache_control)])
            },
        );
        site.get(&[]).await;
        site.pass(20);
        let answer = site.get(&[]).await;
        assert_eq!(site.calls(), 2);
        if is_served {
            assert_eq!(
                (answer.body.as_str(), answer.header("age")),
                ("page 1", Some("20"))
            );
        } else {
            assert!(
                answer.status.is_server_error(),
                "{cache_control}: {answer:?}"
            );
            assert_eq!(answer.body, "");
        }
    }
}
