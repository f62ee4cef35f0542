//! What nobody gets to see: values, keys and ids, unless the application shows something in their place.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use cubbyhole_inspect::Private;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CachedRegistryEntry, PendingValue};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Shop, act, get, send, visit};

/// Texts that somebody would like to see on the page, or to run there.
fn hostile(what: &str) -> Vec<String> {
    let long = "long".repeat(5000);
    [
        "<script>",
        "\"'`&quot;",
        "line\nbreak\r\n\r\ndata: x",
        "\u{2028}\u{0}\u{7f}ünïcode",
        "</pre>${x}{{x}}",
        &long,
    ]
    .iter()
    .map(|text| format!("{what}-7311-{text}"))
    .collect()
}

/// The one part of all of them.
const SECRET: &str = "7311";

/// A shop in which everybody is hostile, and much is on its way.
async fn busy() -> (Shop, Vec<PendingValue<String>>) {
    let shop = Shop::new();
    let policy = CachePolicy::keep_all().with_cache_type(CacheType::Session);
    let notes = CachedRegistryEntry::<String>::new("notes", policy);
    let mut promises = Vec::new();
    for id in hostile("id") {
        for key in hostile("key") {
            let context = ScopeContext::new().session(id.clone()).user(id.clone());
            let work = async {
                shop.store
                    .set(&notes, &key, format!("value-{SECRET}"))
                    .await
                    .unwrap();
                shop.store.set_pending(&notes, &key).unwrap()
            };
            promises.push(work.in_scope(context).await);
        }
    }
    (shop, promises)
}

/// Everything that the router sends to somebody who asks for everything.
async fn everything(app: &Router) -> String {
    let mut all = String::new();
    for path in [
        "",
        "/page",
        "/app.js",
        "/style.css",
        "/api/snapshot",
        "/api/session",
    ] {
        let answer = get(app, &format!("/cache{path}")).await;
        all += &format!(
            "{:?}{}",
            answer.headers,
            String::from_utf8_lossy(&answer.body)
        );
    }
    let request = Request::get("/cache/api/events")
        .body(Body::empty())
        .unwrap();
    let mut events = app.clone().oneshot(request).await.unwrap().into_body();
    for _ in 0..2 {
        let frame = events.frame().await.unwrap().unwrap().into_data().unwrap();
        all += std::str::from_utf8(&frame).unwrap();
    }
    all
}

#[tokio::test(start_paused = true)]
async fn no_id_key_or_value_is_in_anything_that_is_sent() {
    let (shop, promises) = busy().await;
    let app = shop.app(|inspector| inspector.actions(|_| true));
    let all = everything(&app).await;
    assert!(all.contains("notes"), "it does show the entries");
    assert!(!all.contains(SECRET));
    let flight = &get(&app, "/cache/api/snapshot").await.json()["in_flight"][0];
    assert_eq!(
        (&flight["key"], &flight["scope"]),
        (&json!(null), &json!(null))
    );
    drop(promises);
}

#[tokio::test(start_paused = true)]
async fn no_action_repeats_what_it_was_given() {
    let (shop, promises) = busy().await;
    let app = shop.app(|inspector| inspector.actions(|_| true));
    let visitor = visit(&app).await;
    for secret in hostile("id") {
        let secret = secret.get(..200).unwrap_or(&secret);
        let bodies = [
            (
                "delete",
                json!({ "kind": "entry", "uid": "notes", "key": secret, "id": secret }),
            ),
            (
                "delete",
                json!({ "kind": "entry", "uid": "prices", "key": secret, "id": secret }),
            ),
            (
                "delete",
                json!({ "kind": "entry", "uid": "notes", "key": secret, "id": [secret] }),
            ),
            (
                "delete",
                json!({ "kind": "entry", "uid": "notes", "key": secret, (secret): 1 }),
            ),
            ("delete", json!(secret)),
            (
                "look",
                json!({ "kind": "entry", "uid": "notes", "key": secret, "id": secret }),
            ),
            ("drop-scope", json!({ "type": "user", "id": secret })),
            ("drop-scope", json!({ "type": secret, "id": secret })),
            ("drop-scope", json!({ "type": "global", "id": secret })),
            ("invalidate-tag", json!({ "tag": secret })),
            (
                "invalidate-tag",
                json!({ "tag": secret, "scope": { "type": "user", "id": secret } }),
            ),
            ("clear", json!({ "id": secret })),
        ];
        for (action, body) in bodies {
            let answer = send(&app, visitor.request(action, &body)).await;
            let sent = format!("{:?}{}", answer.headers, answer.text());
            assert!(!sent.contains(SECRET), "{action}: {sent}");
        }
    }
    drop(promises);
}

#[tokio::test(start_paused = true)]
async fn what_the_application_shows_is_shown_and_nothing_beside() {
    let (shop, promises) = busy().await;
    let app = shop.app(|inspector| {
        inspector.redact(|private| match private {
            Private::Key { entry, key } => Some(format!("{} of {}", key.len(), entry.uid())),
            Private::Scope(scope) => Some(scope.to_string()),
            _ => None,
        })
    });
    assert!(!everything(&app).await.contains(SECRET));
    let snapshot = get(&app, "/cache/api/snapshot").await.json();
    for flight in snapshot["in_flight"].as_array().unwrap() {
        assert!(flight["key"].as_str().unwrap().ends_with(" of notes"));
        assert!(flight["scope"].as_str().unwrap().starts_with("session #"));
    }
    drop(promises);
}

#[tokio::test]
async fn a_value_is_looked_at_only_through_the_redaction() {
    let (shop, promises) = busy().await;
    let look =
        |id: &str, key: &str| json!({ "kind": "entry", "uid": "notes", "key": key, "id": id });
    let (ids, keys) = (hostile("id"), hostile("key"));

    let app = shop.app(|inspector| inspector.actions(|_| true));
    let hidden = act(&app, "look", look(&ids[0], &keys[0])).await;
    assert_eq!(
        hidden.status,
        StatusCode::NOT_FOUND,
        "nobody said what to show"
    );
    assert!(!hidden.text().contains(SECRET));

    let app = shop.app(|inspector| {
        let inspector = inspector.redact(|private| match private {
            Private::Value { entry, value } => {
                assert_eq!(entry.uid(), "notes");
                let text = value.downcast_ref::<String>()?;
                Some(format!("{} bytes", text.len()))
            }
            _ => None,
        });
        inspector.actions(|_| true)
    });
    for (id, key) in [(&ids[0], &keys[0]), (&ids[3], &keys[2])] {
        let seen = act(&app, "look", look(id, key)).await;
        assert_eq!(seen.json()["shown"], "10 bytes");
        assert!(!seen.text().contains(SECRET));
    }
    for (id, key) in [
        ("nobody", keys[0].as_str()),
        (ids[0].as_str(), "no such key"),
    ] {
        let nothing = act(&app, "look", look(id, key)).await;
        assert_eq!(nothing.json()["shown"], json!(null));
    }
    let somebody = act(
        &app,
        "look",
        json!({ "kind": "entry", "uid": "notes", "key": "k" }),
    )
    .await;
    assert_eq!(somebody.status, StatusCode::UNPROCESSABLE_ENTITY, "whose?");
    assert!(
        !everything(&app).await.contains("10 bytes"),
        "it is in no snapshot"
    );

    let shy = shop.app(|inspector| inspector.redact(|_| None).actions(|_| true));
    let seen = act(&shy, "look", look(&ids[0], &keys[0])).await;
    assert_eq!(
        (seen.status, &seen.json()["shown"]),
        (StatusCode::OK, &json!(null))
    );
    drop(promises);
}

#[tokio::test]
async fn looking_takes_a_guard_and_a_token_as_any_action_does() {
    let (shop, promises) = busy().await;
    let show = |private: Private<'_>| match private {
        Private::Value { .. } => Some("shown".to_owned()),
        _ => None,
    };
    let body = json!({ "kind": "entry", "uid": "notes", "key": hostile("key")[0], "id": hostile("id")[0] });
    let open = shop.app(|inspector| inspector.redact(show).actions(|_| true));
    let visitor = visit(&open).await;
    let mut forged = visitor.request("look", &body);
    forged.headers_mut().remove("x-cubbyhole-token");
    assert_eq!(send(&open, forged).await.status, StatusCode::FORBIDDEN);
    let mut elsewhere = visitor.request("look", &body);
    elsewhere
        .headers_mut()
        .insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    assert_eq!(send(&open, elsewhere).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        send(&open, visitor.request("look", &body)).await.json()["shown"],
        "shown"
    );
    let without = shop.app(|inspector| inspector.redact(show));
    assert_eq!(
        send(&without, visitor.request("look", &body)).await.status,
        StatusCode::NOT_FOUND
    );
    drop(promises);
}

#[tokio::test]
async fn what_is_shown_is_cut_and_cannot_leave_its_line() {
    let (shop, promises) = busy().await;
    let app = shop.app(|inspector| {
        inspector.redact(|private| match private {
            Private::Key { key, .. } => Some(key.to_owned()),
            _ => None,
        })
    });
    let snapshot = get(&app, "/cache/api/snapshot").await;
    assert!(!snapshot.text().contains('\n'), "so an event is one line");
    let keys: Vec<_> = snapshot.json()["in_flight"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flight| flight["key"].as_str().unwrap().to_owned())
        .collect();
    assert!(keys.iter().all(|key| key.chars().count() <= 201));
    assert!(keys.iter().any(|key| key.ends_with('…')));
    assert!(keys.contains(&hostile("key")[2]));
    drop(promises);
}

#[tokio::test]
async fn a_redaction_that_panics_shows_nothing() {
    let (shop, promises) = busy().await;
    let app = shop.app(|inspector| inspector.redact(|_| panic!("no idea")));
    let snapshot = get(&app, "/cache/api/snapshot").await;
    assert!(!snapshot.text().contains(SECRET));
    assert_eq!(snapshot.json()["in_flight_total"], 36);
    drop(promises);
}

#[tokio::test]
async fn the_global_scope_is_nobody_and_is_named() {
    let shop = Shop::new();
    let promise = shop.store.set_pending(&shop.prices, "k").unwrap();
    let app = shop.app(|inspector| inspector);
    let flight = &get(&app, "/cache/api/snapshot").await.json()["in_flight"][0];
    assert_eq!(
        (&flight["scope"], &flight["key"]),
        (&json!("global"), &json!(null))
    );
    drop(promise);
}

#[test]
fn debug_output_shows_no_key_and_no_id() {
    let scope = cubbyhole_scope::CacheScope::user("ada-7311");
    let entry = cubbyhole_store::StoreKey::new("entry", "notes");
    let key = Private::Key {
        entry: &entry,
        key: "key-7311",
    };
    let inspector = cubbyhole_inspect::Inspector::new(Shop::new().store);
    let value = Private::Value {
        entry: &entry,
        value: &"value-7311",
    };
    let debug = format!(
        "{key:?} {value:?} {:?} {inspector:?} {:?}",
        Private::Scope(&scope),
        inspector.handle()
    );
    assert!(!debug.contains(SECRET), "{debug}");
}
