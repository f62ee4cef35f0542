//! What actions do.

use axum::Router;
use axum::http::StatusCode;
use cubbyhole_policy::CachePolicy;
use cubbyhole_store::MissReason;
use serde_json::{Value, json};

use crate::support::{Shop, act, user_of};
use cubbyhole_scope::ScopeFutureExt;

fn open(shop: &Shop) -> Router {
    shop.app(|inspector| inspector.actions(|_| true))
}

async fn done(app: &Router, action: &str, body: Value) {
    let answer = act(app, action, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.text());
    assert!(answer.json()["done"].is_string());
}

async fn refused(app: &Router, action: &str, body: Value) -> String {
    let answer = act(app, action, body).await;
    assert!(
        answer.status.is_client_error(),
        "{action}: {}",
        answer.status
    );
    answer.json()["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_invalidated_for_one_user_and_no_other() {
    let shop = Shop::new();
    let app = open(&shop);
    for user in ["ada", "bob"] {
        shop.set(user, "k").await;
    }
    let body = json!({ "kind": "entry", "uid": "baskets", "key": "k", "id": "ada" });
    done(&app, "delete", body).await;
    assert_eq!(shop.get("ada", "k").await, None);
    assert_eq!(shop.get("bob", "k").await, Some(1));
    shop.store.set(&shop.prices, "", 3).await.unwrap();
    done(
        &app,
        "delete",
        json!({ "kind": "entry", "uid": "prices", "key": "" }),
    )
    .await;
    assert_eq!(shop.store.get(&shop.prices, "").await.unwrap(), None);
}

#[tokio::test]
async fn a_tag_is_invalidated_everywhere_or_in_one_scope() {
    let shop = Shop::new();
    let app = open(&shop);
    shop.load("a", 1, false).await;
    let elsewhere = json!({ "tag": "all", "scope": { "type": "user", "id": "ada" } });
    done(&app, "invalidate-tag", elsewhere).await;
    assert_eq!(shop.store.get(&shop.prices, "a").await.unwrap(), Some(7));
    let here = json!({ "tag": "all", "scope": { "type": "global" } });
    done(&app, "invalidate-tag", here).await;
    assert_eq!(shop.store.get(&shop.prices, "a").await.unwrap(), None);
    shop.load("a", 1, false).await;
    done(&app, "invalidate-tag", json!({ "tag": "all" })).await;
    let why = shop.store.why_missing(&shop.prices, "a").unwrap();
    assert_eq!(why, Some(MissReason::TagInvalidated));
}

#[tokio::test]
async fn a_scope_is_invalidated_and_no_other() {
    let shop = Shop::new();
    let app = open(&shop);
    for user in ["ada", "bob"] {
        shop.set(user, "k").await;
    }
    done(
        &app,
        "drop-scope",
        json!({ "type": "session", "id": "ada" }),
    )
    .await;
    assert_eq!(shop.get("ada", "k").await, Some(1), "a session is no user");
    done(&app, "drop-scope", json!({ "type": "user", "id": "ada" })).await;
    assert_eq!(
        (shop.get("ada", "k").await, shop.get("bob", "k").await),
        (None, Some(1))
    );
    shop.store.set(&shop.prices, "a", 1).await.unwrap();
    done(&app, "drop-scope", json!({ "type": "global" })).await;
    assert_eq!(shop.store.get(&shop.prices, "a").await.unwrap(), None);
}

#[tokio::test]
async fn an_entry_is_cleared_and_the_store_is() {
    let shop = Shop::new();
    let app = open(&shop);
    shop.set("ada", "k").await;
    shop.store.set_pinned(&shop.prices, "a", 1).await.unwrap();
    done(
        &app,
        "clear-entry",
        json!({ "kind": "entry", "uid": "baskets" }),
    )
    .await;
    assert_eq!(shop.get("ada", "k").await, None);
    assert_eq!(shop.store.get(&shop.prices, "a").await.unwrap(), Some(1));
    done(&app, "clear", json!({})).await;
    assert_eq!(shop.store.get(&shop.prices, "a").await.unwrap(), None);
}

#[tokio::test]
async fn a_policy_is_exchanged_as_configurations_write_it() {
    let shop = Shop::new();
    let app = open(&shop);
    let policy = json!({ "policy": "lru", "max_size": 500, "ttl": "1h" });
    done(
        &app,
        "set-policy",
        json!({ "kind": "entry", "uid": "prices", "policy": policy }),
    )
    .await;
    let expected: CachePolicy = serde_json::from_value(policy).unwrap();
    assert_eq!(shop.store.entries()[0].1, expected);

    let with = |policy: Value| json!({ "kind": "entry", "uid": "baskets", "policy": policy });
    let error = refused(
        &app,
        "set-policy",
        with(json!({ "policy": "lru", "max_size": 0 })),
    )
    .await;
    assert!(error.contains("max_size"), "{error}");
    let error = refused(&app, "set-policy", with(json!({ "policy": "lfu" }))).await;
    assert!(error.contains("lfu"), "{error}");
    let error = refused(&app, "set-policy", with(json!("global"))).await;
    assert!(error.contains("cached by user"), "{error}");
    assert_eq!(shop.store.entries()[1].1, *shop.baskets.policy());
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_a_reason() {
    let shop = Shop::new();
    let app = open(&shop);
    shop.set("ada", "k").await;
    let key = |uid: &str, id: Value| json!({ "kind": "entry", "uid": uid, "key": "k", "id": id });
    let cases = [
        ("delete", key("baskets", Value::Null), "say whose"),
        ("delete", key("baskets", "".into()), "say whose"),
        ("delete", key("prices", "ada".into()), "has no id"),
        (
            "delete",
            key("bskets", Value::Null),
            "did you mean \"baskets\"",
        ),
        ("delete", json!({ "uid": "baskets" }), "kind, uid, key"),
        ("delete", json!([]), "JSON object"),
        ("drop-scope", json!({ "type": "user" }), "say whose"),
        (
            "drop-scope",
            json!({ "type": "users", "id": "ada" }),
            "type",
        ),
        (
            "drop-scope",
            json!({ "type": "global", "id": "ada" }),
            "has no id",
        ),
        (
            "drop-scope",
            json!({ "type": "user", "id": "ada", "also": 1 }),
            "type",
        ),
        ("invalidate-tag", json!({}), "tag"),
        (
            "clear-entry",
            json!({ "kind": "other", "uid": "prices" }),
            "kinds \"entry\"",
        ),
        ("clear", json!({ "really": true }), "nothing"),
        ("clean", json!({}), "no such action"),
    ];
    for (action, body, part) in cases {
        let error = refused(&app, action, body).await;
        assert!(error.contains(part), "{action}: {error}");
    }
    let long = json!({ "tag": "x".repeat(100_000) });
    refused(&app, "invalidate-tag", long).await;
    assert_eq!(shop.get("ada", "k").await, Some(1));
}

#[tokio::test]
async fn an_action_is_done_in_the_scope_it_names_whoever_acts() {
    let shop = Shop::new();
    let app = open(&shop);
    for user in ["ada", "bob"] {
        shop.set(user, "k").await;
    }
    let body = json!({ "kind": "entry", "uid": "baskets", "key": "k", "id": "bob" });
    done(&app, "delete", body).in_scope(user_of("ada")).await;
    assert_eq!(
        (shop.get("ada", "k").await, shop.get("bob", "k").await),
        (Some(1), None)
    );
}
