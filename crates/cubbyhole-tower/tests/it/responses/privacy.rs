//! RFC 9111, sections 3.5 and 5.2.2.7: who is shown what was made for whom.

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheStore, OnMissingScope};
use cubbyhole_tower::ResponseCacheLayer;
use http::Request;

use super::{Answer, Cached, entry, page};
use crate::support::user;

const CREDENTIALS: [(&str, &str); 2] = [("authorization", "Bearer x"), ("cookie", "id=x")];

fn site(cache_type: CacheType, cache_control: &'static str) -> Cached {
    Cached::with(
        entry(cache_type),
        |layer| layer,
        move |_, number| page(number, &[("cache-control", cache_control)]),
    )
}

async fn get_as(site: &Cached, context: ScopeContext) -> Answer {
    site.get(&[]).in_scope(context).await
}

#[tokio::test]
async fn response_to_somebody_is_not_kept_for_everybody() {
    for credentials in CREDENTIALS {
        let site = site(CacheType::Global, "max-age=60");
        assert!(!site.keeps(&[credentials]).await, "{credentials:?}");
        assert_eq!(site.get(&[]).await.body, "page 3");
    }
    for context in [user("ada"), ScopeContext::new().session("s1")] {
        let site = site(CacheType::Global, "max-age=60");
        assert!(!site.keeps(&[]).in_scope(context).await);
        assert_eq!(site.get(&[]).await.body, "page 3");
    }
}

#[tokio::test]
async fn somebody_does_not_get_what_was_made_for_nobody() {
    let site = site(CacheType::Global, "max-age=60");
    assert_eq!(site.get(&[]).await.body, "page 1");
    assert_eq!(site.get(&[CREDENTIALS[0]]).await.body, "page 2");
    assert_eq!(get_as(&site, user("ada")).await.body, "page 3");
    assert_eq!(site.get(&[]).await.body, "page 1", "and leaves it there");
}

#[tokio::test]
async fn response_that_says_it_is_public_is_everybodys() {
    for cache_control in ["public, max-age=60", "s-maxage=60"] {
        let site = site(CacheType::Global, cache_control);
        assert_eq!(site.get(&[CREDENTIALS[0]]).await.body, "page 1");
        assert_eq!(
            get_as(&site, user("ada")).await.body,
            "page 1",
            "{cache_control}"
        );
        assert_eq!(get_as(&site, user("bob")).await.body, "page 1");
        assert_eq!(site.get(&[]).await.body, "page 1");
    }
    let revalidating = site(CacheType::Global, "max-age=60, must-revalidate");
    assert!(!revalidating.keeps(&[CREDENTIALS[0]]).await);
}

#[tokio::test]
async fn private_response_is_kept_for_its_user_alone() {
    let site = site(CacheType::User, "private, max-age=60");
    assert_eq!(get_as(&site, user("ada")).await.body, "page 1");
    assert_eq!(get_as(&site, user("bob")).await.body, "page 2");
    assert_eq!(get_as(&site, user("ada")).await.body, "page 1");
    assert_eq!(
        get_as(&site, user("ada").session("s1")).await.body,
        "page 1"
    );
    assert_eq!(get_as(&site, user("bob")).await.body, "page 2");
}

#[tokio::test]
async fn public_response_in_an_entry_by_user_stays_the_users() {
    let site = site(CacheType::User, "public, max-age=60");
    assert_eq!(get_as(&site, user("ada")).await.body, "page 1");
    assert_eq!(get_as(&site, user("bob")).await.body, "page 2");
}

#[tokio::test]
async fn nobody_has_no_cache_in_an_entry_by_user() {
    let site = site(CacheType::User, "private, max-age=60");
    assert!(!site.keeps(&[]).await);
    assert!(
        !site
            .keeps(&[])
            .in_scope(ScopeContext::new().session("s1"))
            .await
    );
    let session = ScopeContext::anonymous().session("s1");
    let by_session = self::site(CacheType::Session, "private, max-age=60");
    assert!(by_session.keeps(&[]).in_scope(session).await);
}

#[tokio::test]
async fn store_that_shares_what_nobody_asks_for_shares_nothing_private() {
    let store = CacheStore::builder()
        .on_missing_scope(OnMissingScope::UseGlobal)
        .build();
    for (cache_control, is_kept) in [("private, max-age=60", false), ("max-age=60", true)] {
        let shared = store.clone();
        let swap = move |_| ResponseCacheLayer::new(shared, entry(CacheType::User));
        let site = Cached::with(entry(CacheType::User), swap, move |_, number| {
            page(number, &[("cache-control", cache_control)])
        });
        assert_eq!(site.keeps(&[]).await, is_kept, "{cache_control}");
    }
}

#[tokio::test]
async fn waiters_do_not_get_a_response_to_somebody_else() {
    let site = site(CacheType::Global, "max-age=60");
    let (ada, bob, nobody) = tokio::join!(
        get_as(&site, user("ada")),
        get_as(&site, user("bob")),
        site.get(&[])
    );
    let mut bodies = [ada.body, bob.body, nobody.body];
    bodies.sort();
    assert_eq!(bodies, ["page 1", "page 2", "page 3"]);
}

#[tokio::test]
async fn response_is_made_in_the_scope_of_the_request() {
    let site = Cached::with(
        entry(CacheType::User),
        |layer| layer,
        |_: &Request<String>, number| {
            let mut response = page(number, &[("cache-control", "private, max-age=60")]);
            *response.body_mut() = super::full(&crate::support::who());
            response
        },
    );
    for _ in 0..2 {
        assert_eq!(get_as(&site, user("ada")).await.body, "ada/-");
        assert_eq!(
            get_as(&site, user("bob").session("s1")).await.body,
            "bob/s1"
        );
    }
    assert_eq!(site.calls(), 2);
}
