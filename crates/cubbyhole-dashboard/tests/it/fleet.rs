//! Several processes under one address: what one of them computes, changes or ends.

mod away;
mod real;

use std::sync::Arc;

use cubbyhole::ManualClock;
use cubbyhole_dashboard::client::Client;
use cubbyhole_testkit::{ManualFleet, ManualTier};
use serde_json::Value;

use crate::server::Server;

/// Two processes that share a tier.
struct Pair {
    servers: [Server; 2],
    tiers: [Arc<ManualTier>; 2],
}

impl Pair {
    async fn start() -> Self {
        let clock = ManualClock::new();
        let fleet = ManualFleet::new(clock.clone());
        let tiers = [fleet.node(), fleet.node()];
        let [one, other] = tiers.clone();
        Self {
            servers: [
                Server::in_manual_fleet(one, &clock).await,
                Server::in_manual_fleet(other, &clock).await,
            ],
            tiers,
        }
    }

    /// Signs in at the first, and returns the browser as each of the two sees it.
    async fn sign_in(&self, name: &str) -> [Client; 2] {
        let first = self.servers[0].sign_in(name).await;
        let second = self.servers[1].visit(&first);
        [first, second]
    }

    async fn stop(self) {
        for server in self.servers {
            server.stop().await;
        }
    }
}

async fn json(client: &Client, path: &str) -> Value {
    let reply = client.get(path).await.unwrap();
    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    reply.json()
}

/// The number of the computation, and how this request came by its value.
async fn asked(client: &Client, path: &str) -> (u64, String) {
    let reply = json(client, path).await;
    let source = reply["provenance"]["source"].as_str().unwrap().to_owned();
    (reply["answer"]["computation"].as_u64().unwrap(), source)
}

async fn post(client: &Client, path: &str) -> u16 {
    client.post(path).await.unwrap().status.as_u16()
}

/// How many values of an entry a process holds.
async fn kept(client: &Client, uid: &str) -> u64 {
    let store = json(client, "/api/store").await;
    let entries = store["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["uid"] == uid);
    entry.map_or(0, |entry| entry["entries"].as_u64().unwrap())
}

const CARDS: [&str; 6] = [
    "/api/overview",
    "/api/monthly?measure=wind",
    "/api/window?reach=9",
    "/api/good-days?year=2013",
    "/api/transitions",
    "/api/extremes",
];

#[tokio::test]
async fn what_one_computes_the_other_finds() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    for card in CARDS {
        let (computed, source) = asked(&first, card).await;
        assert_eq!(source, "computed", "{card}");
        assert_eq!(asked(&second, card).await, (computed, "shared".to_owned()));
        let again = asked(&second, card).await;
        assert_eq!(again, (computed, "cached".to_owned()), "{card}");
    }
    let page = second.get("/").await.unwrap().text;
    assert!(page.contains("From the cache"));
    pair.stop().await;
}

#[tokio::test]
async fn a_long_job_that_both_start_is_computed_once() {
    let pair = Pair::start().await;
    let clients = pair.sign_in("ada").await;
    for (server, client) in pair.servers.iter().zip(&clients) {
        server.app.hold_jobs();
        assert_eq!(post(client, "/api/trend").await, 202);
        let state = client.get("/api/trend").await.unwrap().json();
        assert_eq!(state["state"], "running");
    }
    for server in &pair.servers {
        server.app.release_jobs();
    }
    let [one, other] = &clients;
    let waits = "/api/trend?wait=yes";
    let ((one, _), (other, _)) = tokio::join!(asked(one, waits), asked(other, waits));
    assert_eq!(one, other);
    pair.stop().await;
}

#[tokio::test]
async fn a_report_is_collected_where_it_was_not_prepared() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    let others = pair.sign_in("bob").await;
    assert_eq!(post(&first, "/api/report?year=2013").await, 202);
    let ready = json(&first, "/api/report?year=2013&wait=yes").await;
    assert_eq!(ready["state"], "ready");
    let collect = "/api/report/collect?year=2013";
    for other in &others {
        assert_eq!(post(other, collect).await, 404, "somebody else's");
    }
    assert_eq!(post(&second, collect).await, 200);
    assert_eq!(post(&first, collect).await, 404, "it was there once");
    pair.stop().await;
}

#[tokio::test]
async fn who_signs_in_at_one_is_signed_in_at_both() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    let (here, there) = (
        json(&first, "/api/me").await,
        json(&second, "/api/me").await,
    );
    assert_eq!(here["user"], "ada");
    assert_eq!(
        (&here["user"], &here["session"]),
        (&there["user"], &there["session"])
    );
    let unknown = pair.servers[1].stranger();
    let cookie = "cubbyhole_session=0123456789abcdef0123456789abcdef";
    for client in [unknown.clone(), unknown.with_cookie(cookie)] {
        assert_eq!(client.get("/api/me").await.unwrap().status, 401);
    }
    pair.stop().await;
}

#[tokio::test]
async fn sessions_of_two_processes_are_never_one() {
    let pair = Pair::start().await;
    let ada = pair.servers[0].sign_in("ada").await;
    let bob = pair.servers[1].sign_in("bob").await;
    let (of_ada, of_bob) = (json(&ada, "/api/me").await, json(&bob, "/api/me").await);
    assert_ne!(of_ada["session"], of_bob["session"]);
    let window = "/api/window?reach=9";
    assert_ne!(asked(&ada, window).await.0, asked(&bob, window).await.0);
    pair.stop().await;
}

#[tokio::test]
async fn nobody_sees_anothers_in_any_process() {
    let pair = Pair::start().await;
    let names = ["ada", "Ada", "a:b", "global", "1", "user/ada"];
    let mut browsers = Vec::new();
    for name in names {
        browsers.push((name, pair.sign_in(name).await));
        let [second, first] = pair.sign_in(name).await;
        browsers.push((name, [first, second]));
    }
    for (name, clients) in &browsers {
        for client in clients {
            let session = json(client, "/api/me").await["session"].clone();
            for card in ["/api/good-days", "/api/extremes"] {
                let owner = json(client, card).await["answer"]["owner"].clone();
                assert_eq!(owner, serde_json::json!({ "user": name }), "{card}");
            }
            let owner = json(client, "/api/window").await["answer"]["owner"].clone();
            assert_eq!(owner, serde_json::json!({ "session": session }));
        }
    }
    pair.stop().await;
}

#[tokio::test]
async fn signing_out_at_one_ends_the_session_and_its_values_at_both() {
    let pair = Pair::start().await;
    let leaves = pair.sign_in("ada").await;
    let stays = pair.sign_in("ada").await;
    for client in leaves.iter().chain(&stays) {
        asked(client, "/api/window?reach=9").await;
    }
    let days = asked(&leaves[0], "/api/good-days").await.0;
    assert_eq!(leaves[1].sign_out().await.unwrap().status, 303);
    for (left, stays) in leaves.iter().zip(&stays) {
        assert_eq!(left.get("/api/me").await.unwrap().status, 401);
        assert_eq!(kept(stays, "window-curve").await, 1);
        assert_eq!(asked(stays, "/api/good-days").await.0, days);
    }
    pair.stop().await;
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_ends_without_being_used() {
    let pair = Pair::start().await;
    let leaves = pair.sign_in("ada").await;
    let bob = pair.sign_in("bob").await;
    asked(&leaves[1], "/api/window").await;
    assert_eq!(leaves[0].sign_out().await.unwrap().status, 303);
    pair.servers[1].app.keep_house().await;
    assert_eq!(kept(&bob[1], "window-curve").await, 0);
    assert_eq!(json(&bob[1], "/api/me").await["user"], "bob");
    pair.stop().await;
}

#[tokio::test]
async fn who_is_erased_at_one_is_erased_at_both() {
    let pair = Pair::start().await;
    let bob = pair.sign_in("bob").await;
    let ada = pair.sign_in("ada").await;
    let elsewhere = pair.servers[1].sign_in("ada").await;
    assert_eq!(post(&ada[0], "/api/role?role=analyst").await, 204);
    let days = asked(&elsewhere, "/api/good-days").await.0;
    let of_bob = asked(&bob[1], "/api/good-days").await.0;
    assert_eq!(post(&ada[0], "/erase").await, 303);
    for client in ada.iter().chain([&elsewhere]) {
        assert_eq!(client.get("/api/me").await.unwrap().status, 401);
    }
    let again = pair.servers[1].sign_in("ada").await;
    assert_eq!(json(&again, "/api/me").await["role"], "viewer");
    assert_ne!(asked(&again, "/api/good-days").await.0, days);
    assert_eq!(
        json(&pair.servers[0].visit(&again), "/api/me").await["user"],
        "ada"
    );
    assert_eq!(asked(&bob[0], "/api/good-days").await.0, of_bob);
    pair.stop().await;
}

#[tokio::test]
async fn a_change_of_role_at_one_puts_what_was_seen_before_out_of_reach_at_both() {
    let pair = Pair::start().await;
    let (ada, bob) = (pair.sign_in("ada").await, pair.sign_in("bob").await);
    let seen = async |client: &Client| json(client, "/api/extremes").await["answer"].clone();
    let of_bob = seen(&bob[1]).await;
    for (at, role) in [(0, "analyst"), (1, "viewer"), (0, "analyst"), (0, "viewer")] {
        assert_eq!(post(&ada[at], &format!("/api/role?role={role}")).await, 204);
        for client in [&ada[1 - at], &ada[at]] {
            let answer = seen(client).await;
            assert_eq!(answer["value"]["role"], role);
            assert_eq!(answer["value"]["days"].is_null(), role == "viewer");
        }
    }
    assert_eq!(seen(&bob[0]).await["computation"], of_bob["computation"]);
    pair.stop().await;
}

#[tokio::test]
async fn what_is_computed_for_the_former_role_in_another_process_is_not_kept() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    let app = &pair.servers[1].app;
    app.hold_extremes();
    let before = tokio::spawn({
        let second = second.clone();
        async move { json(&second, "/api/extremes").await }
    });
    while app.held_extremes() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(post(&first, "/api/role?role=analyst").await, 204);
    app.release_extremes();
    assert_eq!(before.await.unwrap()["answer"]["value"]["role"], "viewer");
    for client in [&second, &first] {
        let answer = json(client, "/api/extremes").await;
        assert_eq!(answer["answer"]["value"]["role"], "analyst");
    }
    pair.stop().await;
}

#[tokio::test]
async fn a_taste_that_changes_at_one_has_changed_at_both() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    let warm = async |client: &Client| {
        let reply = json(client, "/api/good-days").await;
        reply["answer"]["value"]["taste"]["warm_from"]
            .as_f64()
            .unwrap()
    };
    let before = warm(&second).await;
    let taste = "/api/taste?warm_from=24.5&warm_to=34&rain_at_most=0&wind_at_most=3";
    assert_eq!(post(&first, taste).await, 204);
    assert_ne!(before, 24.5);
    assert_eq!((warm(&second).await, warm(&first).await), (24.5, 24.5));
    assert!(second.get("/").await.unwrap().text.contains("24.5"));
    pair.stop().await;
}

#[tokio::test]
async fn what_is_withdrawn_at_one_is_withdrawn_at_both() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    let (wind, rain) = (
        "/api/monthly?measure=wind",
        "/api/monthly?measure=precipitation",
    );
    let year = "/api/monthly?measure=wind&year=2013";
    let before = [asked(&second, wind).await.0, asked(&second, year).await.0];
    let kept = asked(&second, rain).await.0;
    assert_eq!(post(&first, "/api/monthly/forget?measure=wind").await, 204);
    for (path, before) in [wind, year].into_iter().zip(before) {
        let (number, source) = asked(&second, path).await;
        assert_eq!((number == before, &*source), (false, "computed"), "{path}");
        assert_eq!(asked(&first, path).await.0, number);
    }
    assert_eq!(asked(&second, rain).await, (kept, "cached".to_owned()));
    pair.stop().await;
}

#[tokio::test]
async fn a_trend_that_is_forgotten_at_one_is_gone_at_both() {
    let pair = Pair::start().await;
    let [first, second] = pair.sign_in("ada").await;
    assert_eq!(post(&first, "/api/trend").await, 202);
    let number = asked(&first, "/api/trend?wait=yes").await.0;
    assert_eq!(asked(&second, "/api/trend").await.0, number);
    let forgotten = first.post_form("/trend/forget", &[]).await.unwrap();
    assert_eq!(forgotten.status, 303);
    for client in [&second, &first] {
        assert_eq!(client.get("/api/trend").await.unwrap().status, 404);
    }
    pair.stop().await;
}
