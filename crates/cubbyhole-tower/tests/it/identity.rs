//! Who a request is from, and who only says so.

use std::convert::Infallible;

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore};
use cubbyhole_tower::{IdentifyRequest, MissingIdentity, ScopeLayer, ScopeSource};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{Account, by_account, entry, request, request_of, user, who};

type Told = (String, ScopeSource);

/// Who the handler ran as, and where that came from.
async fn told(layer: ScopeLayer, request: Request<String>) -> Told {
    let handler = service_fn(|request: Request<String>| async move {
        let source = *request.extensions().get::<ScopeSource>().unwrap();
        let mut response = Response::new(String::new());
        response.extensions_mut().insert((who(), source));
        Ok::<_, Infallible>(response)
    });
    let response = layer.layer(handler).oneshot(request).await.unwrap();
    response.extensions().get::<Told>().unwrap().clone()
}

fn nobody(why: MissingIdentity) -> Told {
    ("-/-".to_owned(), ScopeSource::Missing { why })
}

fn with(mut request: Request<String>, name: &'static str, values: &[&[u8]]) -> Request<String> {
    for value in values {
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().append(name, value);
    }
    request
}

fn by_header() -> ScopeLayer {
    ScopeLayer::from_header_i_trust(HeaderName::from_static("x-user"), user)
}

/// Genuine is what ends in `!`.
fn by_cookie() -> ScopeLayer {
    ScopeLayer::from_signed_cookie("id", |name: &str, value: &str| {
        assert_eq!(name, "id");
        value.strip_suffix('!').map(user)
    })
}

#[tokio::test]
async fn spoofed_header_is_not_looked_at() {
    let spoofed = with(request_of("ada"), "x-user", &[b"eve"]);
    assert_eq!(
        told(by_account(), spoofed).await,
        ("ada/-".to_owned(), ScopeSource::Extension)
    );
    let (who, source) = told(by_account(), with(request(), "x-user", &[b"eve"])).await;
    assert_eq!(who, "-/-");
    assert!(matches!(
        source,
        ScopeSource::Missing {
            why: MissingIdentity::NoExtension(_)
        }
    ));
}

#[tokio::test]
async fn extension_of_another_type_is_not_taken() {
    #[derive(Clone)]
    struct Other;
    let mut request = request();
    request.extensions_mut().insert(Other);
    let (who, source) = told(by_account(), request).await;
    assert_eq!(who, "-/-");
    let ScopeSource::Missing { why } = source else {
        panic!("{source:?}")
    };
    assert!(
        why.to_string().contains(std::any::type_name::<Account>()),
        "{why}"
    );
    assert!(format!("{why:?}").contains("Account"));
}

#[tokio::test]
async fn trusted_header_is_believed_once() {
    let one = with(request(), "x-user", &[b"ada"]);
    assert_eq!(
        told(by_header(), one).await,
        ("ada/-".to_owned(), ScopeSource::Header)
    );
    assert_eq!(
        told(by_header(), request()).await,
        nobody(MissingIdentity::NoHeader)
    );
}

#[tokio::test]
async fn header_that_the_proxy_added_to_a_forged_one_is_refused() {
    for values in [[b"eve", b"ada"], [b"ada", b"eve"], [b"ada", b"ada"]] {
        let twice = with(request(), "x-user", &[values[0], values[1]]);
        assert_eq!(
            told(by_header(), twice).await,
            nobody(MissingIdentity::SeveralHeaders)
        );
    }
}

#[tokio::test]
async fn empty_and_unreadable_headers_name_nobody() {
    for value in [&b""[..], b" ", b"\xff\xfe"] {
        let request = with(request(), "x-user", &[value]);
        assert_eq!(
            told(by_header(), request).await,
            nobody(MissingIdentity::UnreadableHeader)
        );
    }
}

#[tokio::test]
async fn cookie_is_found_among_others() {
    let lines: [&[&[u8]]; 5] = [
        &[b"id=ada!"],
        &[b"a=b; id=ada!; c=d"],
        &[b"a=b", b"id=ada!"],
        &[b"a=\xff\xfe;id=ada!"],
        &[b"xid=eve!; id=ada! ; idx=eve!; flag"],
    ];
    for values in lines {
        let request = with(request(), "cookie", values);
        assert_eq!(
            told(by_cookie(), request).await,
            ("ada/-".to_owned(), ScopeSource::Cookie)
        );
    }
}

#[tokio::test]
async fn cookie_that_is_missing_refused_or_unreadable_names_nobody() {
    assert_eq!(
        told(by_cookie(), request()).await,
        nobody(MissingIdentity::NoCookie)
    );
    for other in [&b"ID=ada!"[..], b"id", b"x=id=ada!", b"\"id\"=ada!"] {
        let request = with(request(), "cookie", &[other]);
        assert_eq!(
            told(by_cookie(), request).await,
            nobody(MissingIdentity::NoCookie)
        );
    }
    for refused in [&b"id=ada"[..], b"id=", b"id=\xff!", b"id=ada!x"] {
        let request = with(request(), "cookie", &[refused]);
        assert_eq!(
            told(by_cookie(), request).await,
            nobody(MissingIdentity::CookieRefused)
        );
    }
}

#[tokio::test]
async fn cookie_that_a_neighbour_added_is_refused_with_the_genuine_one() {
    let lines: [&[&[u8]]; 3] = [
        &[b"id=eve!; id=ada!"],
        &[b"id=ada!", b"id=eve!"],
        &[b"id=forged; id=ada!"],
    ];
    for values in lines {
        let request = with(request(), "cookie", values);
        assert_eq!(
            told(by_cookie(), request).await,
            nobody(MissingIdentity::SeveralCookies)
        );
    }
}

#[tokio::test]
async fn application_may_say_who_and_why_not() {
    struct ByToken;
    impl IdentifyRequest for ByToken {
        fn identify(&self, parts: &Parts) -> Result<ScopeContext, MissingIdentity> {
            match parts.uri.query() {
                Some("token") => Ok(ScopeContext::new().user("ada").session("s1")),
                _ => Err(MissingIdentity::Because("the token is not known")),
            }
        }
    }
    let known = Request::get("/?token").body(String::new()).unwrap();
    let told_of = told(ScopeLayer::new(ByToken), known);
    assert_eq!(
        told_of.await,
        ("ada/s1".to_owned(), ScopeSource::Application)
    );
    let why = MissingIdentity::Because("the token is not known");
    assert_eq!(told(ScopeLayer::new(ByToken), request()).await, nobody(why));
    assert_eq!(why.to_string(), "the token is not known");
}

#[tokio::test]
async fn context_that_names_nobody_counts_as_missing() {
    for context in [ScopeContext::new(), ScopeContext::anonymous()] {
        let layer = ScopeLayer::from_fn(move |_| Ok(context.clone()));
        let told = told(layer, request()).in_scope(user("eve")).await;
        assert_eq!(told, nobody(MissingIdentity::Nobody));
    }
}

#[tokio::test]
async fn unidentified_request_fails_closed_at_the_store() {
    let (store, entry) = (CacheStore::new(), entry(CacheType::User));
    let handler = service_fn(|_request: Request<String>| async {
        let found = store.get(&entry, "key").await?;
        Ok::<_, CacheError>(Response::new(found.unwrap_or_default()))
    });
    let refused = by_account()
        .layer(handler)
        .oneshot(request())
        .in_scope(user("eve"))
        .await;
    assert!(matches!(refused, Err(CacheError::MissingScope { .. })));
    assert!(
        by_account()
            .layer(handler)
            .oneshot(request_of("ada"))
            .await
            .is_ok()
    );
}
