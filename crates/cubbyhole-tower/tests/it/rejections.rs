//! What to answer a request that has no scope, and what the answer does not say.

use std::convert::Infallible;

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{ScopeContext, scope};
use cubbyhole_store::{CacheError, CacheStore};
use cubbyhole_tower::{MissingIdentity, ScopeFault, ScopeLayer, ScopeRejection};
use http::{Extensions, HeaderName, Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::support::{Account, by_account, entry, request, request_of};

/// Asks for a value of `cache_type`, and explains the error with the extensions that the handler has.
async fn explain(
    request: Request<String>,
    cache_type: CacheType,
) -> Result<Response<String>, Infallible> {
    let (parts, _) = request.into_parts();
    let result = CacheStore::new()
        .get(&entry(cache_type), "secret-key")
        .await;
    let mut response = Response::new(String::new());
    if let Err(error) = result {
        let rejection = ScopeRejection::new(&error, &parts.extensions).unwrap();
        response = rejection.to_response();
        response.extensions_mut().insert(rejection);
    }
    Ok(response)
}

async fn rejection(
    layer: ScopeLayer,
    request: Request<String>,
    cache_type: CacheType,
) -> Option<ScopeRejection> {
    let handler = service_fn(move |request| explain(request, cache_type));
    let response = layer.layer(handler).oneshot(request).await.unwrap();
    response.extensions().get().cloned()
}

#[tokio::test]
async fn caller_who_did_not_say_who_they_are_gets_401() {
    let found = rejection(by_account(), request(), CacheType::User)
        .await
        .unwrap();
    let ScopeFault::Unidentified(MissingIdentity::NoExtension(_)) = found.fault() else {
        panic!("{found:?}");
    };
    assert_eq!(found.status(), StatusCode::UNAUTHORIZED);
    let response = found.to_response::<String>();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(
        response.body(),
        "This needs a user, and the request does not say whose it is: sign in.\n"
    );
}

#[tokio::test]
async fn caller_who_was_identified_is_not_rejected() {
    assert_eq!(
        rejection(by_account(), request_of("ada"), CacheType::User).await,
        None
    );
}

#[tokio::test]
async fn authentication_inside_of_the_scope_is_named_as_such() {
    let handler = service_fn(|request| explain(request, CacheType::User));
    let late = tower::util::MapRequest::new(handler, |mut request: Request<String>| {
        request.extensions_mut().insert(Account("ada".to_owned()));
        request
    });
    let response = by_account().layer(late).oneshot(request()).await.unwrap();
    let found: &ScopeRejection = response.extensions().get().unwrap();
    assert_eq!(found.fault(), ScopeFault::TooLate);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let log = found.to_string();
    assert!(log.contains("outside of `ScopeLayer`"), "{log}");
}

#[tokio::test]
async fn route_without_the_layer_is_named_as_such() {
    let response = explain(request_of("ada"), CacheType::Session)
        .await
        .unwrap();
    let found: &ScopeRejection = response.extensions().get().unwrap();
    assert_eq!(found.fault(), ScopeFault::NoLayer);
    assert_eq!(found.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn scope_lost_by_a_plain_spawn_is_named_as_such() {
    let handler = service_fn(|request: Request<String>| async {
        let kept = scope::spawn(explain(Request::default(), CacheType::User));
        assert!(
            kept.await
                .unwrap()
                .unwrap()
                .extensions()
                .get::<ScopeRejection>()
                .is_none()
        );
        tokio::spawn(explain(request, CacheType::User))
            .await
            .unwrap()
    });
    let response = by_account()
        .layer(handler)
        .oneshot(request_of("ada"))
        .await
        .unwrap();
    let found: &ScopeRejection = response.extensions().get().unwrap();
    assert_eq!(found.fault(), ScopeFault::Lost);
    assert_eq!(found.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(found.to_string().contains("scope::spawn"));
}

#[tokio::test]
async fn other_kind_of_id_is_not_enough() {
    let found = rejection(by_account(), request_of("ada"), CacheType::Session)
        .await
        .unwrap();
    assert_eq!(found.fault(), ScopeFault::OtherKind);
    assert_eq!(found.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refused_and_doubled_proofs_have_texts_of_their_own() {
    let by_cookie = ScopeLayer::from_signed_cookie("id", |_: &str, _: &str| None);
    let refused = Request::builder()
        .header("cookie", "id=forged")
        .body(String::new())
        .unwrap();
    let found = rejection(by_cookie, refused, CacheType::User)
        .await
        .unwrap();
    assert_eq!(
        found.fault(),
        ScopeFault::Unidentified(MissingIdentity::CookieRefused)
    );
    assert!(found.to_response::<String>().body().contains("not valid"));

    let by_header = ScopeLayer::from_header_i_trust(HeaderName::from_static("x-user"), |id| {
        ScopeContext::new().user(id)
    });
    let twice = Request::builder()
        .header("x-user", "a")
        .header("x-user", "b");
    let found = rejection(
        by_header,
        twice.body(String::new()).unwrap(),
        CacheType::User,
    )
    .await
    .unwrap();
    assert!(
        found
            .to_response::<String>()
            .body()
            .contains("more than once")
    );
}

#[tokio::test]
async fn error_within_a_computation_is_looked_through() {
    let store = CacheStore::new();
    let (outer, inner) = (
        entry(CacheType::Global).with_kind("Outer"),
        entry(CacheType::User),
    );
    let within = store.clone();
    let computed = store.get_or_compute(&outer, "key", move || async move {
        within
            .get(&inner, "key")
            .await
            .map(Option::unwrap_or_default)
    });
    let error = computed.await.unwrap_err();
    assert!(matches!(error, CacheError::Failed { .. }));
    let found = ScopeRejection::new(&error, &Extensions::new()).unwrap();
    assert_eq!(found.fault(), ScopeFault::NoLayer);
}

#[test]
fn other_errors_are_not_explained() {
    let entry = entry(CacheType::Global).store_key().clone();
    let error = CacheError::Abandoned { entry };
    assert_eq!(ScopeRejection::new(&error, &Extensions::new()), None);
}

#[tokio::test]
async fn nothing_shows_an_id_and_the_response_names_no_entry() {
    let layers = [
        by_account(),
        ScopeLayer::from_fn(|_| Err(MissingIdentity::Because("late"))),
    ];
    for mut layer in layers.map(|layer| layer.layer(service_fn(|r| explain(r, CacheType::Session))))
    {
        let mut request = request_of("ada-lovelace");
        request
            .headers_mut()
            .insert("cookie", "id=ada-lovelace".parse().unwrap());
        let response = layer.call(request).await.unwrap();
        let found: &ScopeRejection = response.extensions().get().unwrap();
        let answer = found.to_response::<String>();
        let shown = format!("{found} {found:?} {answer:?}");
        assert!(
            !shown.contains("lovelace") && !shown.contains("secret-key"),
            "{shown}"
        );
        assert!(
            found.to_string().contains("report"),
            "the log names the entry: {found}"
        );
        assert!(
            !answer.body().contains("report") && !answer.body().contains("late"),
            "{answer:?}"
        );
    }
}
