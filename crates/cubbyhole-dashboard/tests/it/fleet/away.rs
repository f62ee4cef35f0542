//! A process that the others cannot be reached from.

use super::{Pair, asked, json, post};

#[tokio::test]
async fn every_page_works_while_the_others_cannot_be_reached() {
    let pair = Pair::start().await;
    let [_, known] = pair.sign_in("ada").await;
    json(&known, "/api/me").await;
    pair.tiers[1].disconnect();
    for page in [
        "/",
        "/api/overview",
        "/api/good-days",
        "/api/window",
        "/api/extremes",
    ] {
        let reply = known.get(page).await.unwrap();
        assert_eq!(reply.status, 200, "{page}: {}", reply.text);
    }
    assert_eq!(post(&known, "/api/trend").await, 202);
    asked(&known, "/api/trend?wait=yes").await;
    let alone = pair.servers[1].sign_in("bob").await;
    assert_eq!(alone.get("/").await.unwrap().status, 200);
    pair.tiers[1].reconnect();
    assert_eq!(json(&alone, "/api/me").await["user"], "bob");
    let met = pair.servers[0].visit(&alone);
    assert_eq!(
        json(&met, "/api/me").await["user"],
        "bob",
        "and is known to all"
    );
    pair.stop().await;
}

#[tokio::test]
async fn who_is_not_known_is_not_let_in() {
    let pair = Pair::start().await;
    let [_, unknown] = pair.sign_in("ada").await;
    pair.tiers[1].disconnect();
    assert_eq!(unknown.get("/api/me").await.unwrap().status, 401);
    pair.tiers[1].reconnect();
    assert_eq!(json(&unknown, "/api/me").await["user"], "ada");
    pair.stop().await;
}

#[tokio::test]
async fn what_all_have_to_agree_on_is_not_changed_by_one_alone() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    assert_eq!(post(&second, "/api/role?role=analyst").await, 204);
    pair.tiers[1].disconnect();
    assert_eq!(
        json(&second, "/api/me").await["role"],
        "viewer",
        "in doubt, less is shown"
    );
    let shown = json(&second, "/api/extremes").await;
    assert!(shown["answer"]["value"]["days"].is_null());
    let reply = second.post("/api/role?role=viewer").await.unwrap();
    assert_eq!(reply.status, 503);
    assert!(
        reply.text.contains("cannot be told right now"),
        "{}",
        reply.text
    );
    pair.tiers[1].reconnect();
    for client in [&first, &second] {
        let shown = json(client, "/api/extremes").await;
        assert_eq!(shown["answer"]["value"]["role"], "analyst");
    }
    pair.stop().await;
}

#[tokio::test]
async fn who_signs_out_or_is_erased_meanwhile_is_out_everywhere_afterwards() {
    let pair = Pair::start().await;
    let (ada, bob) = (pair.sign_in("ada").await, pair.sign_in("bob").await);
    let stays = pair.sign_in("eve").await;
    for clients in [&ada, &bob, &stays] {
        json(&clients[1], "/api/me").await;
    }
    pair.tiers[1].disconnect();
    assert_eq!(ada[1].sign_out().await.unwrap().status, 303);
    assert_eq!(post(&bob[1], "/erase").await, 303);
    for clients in [&ada, &bob] {
        assert_eq!(clients[1].get("/api/me").await.unwrap().status, 401);
        json(&clients[0], "/api/me").await;
    }
    pair.tiers[1].reconnect();
    pair.servers[1].app.keep_house().await;
    for client in ada.iter().chain(&bob) {
        assert_eq!(client.get("/api/me").await.unwrap().status, 401);
    }
    for client in &stays {
        assert_eq!(json(client, "/api/me").await["user"], "eve");
    }
    pair.stop().await;
}
