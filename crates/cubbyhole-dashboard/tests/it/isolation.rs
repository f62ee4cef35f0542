//! Whose values are whose.

use cubbyhole_dashboard::client::Client;
use serde_json::{Value, json};

use crate::server::Server;

async fn answer(client: &Client, path: &str) -> Value {
    let reply = client.get(path).await.unwrap();
    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    reply.json()
}

async fn set_taste(client: &Client, from: u32) {
    let path = format!("/api/taste?warm_from={from}&warm_to=40&rain_at_most=1&wind_at_most=6");
    assert_eq!(client.post(&path).await.unwrap().status, 204);
}

#[tokio::test]
async fn two_people_share_what_is_for_everyone() {
    let server = Server::start().await;
    let (ada, bob) = (server.sign_in("ada").await, server.sign_in("bob").await);
    let path = "/api/monthly?measure=wind&year=2013";
    let (first, second) = (answer(&ada, path).await, answer(&bob, path).await);
    assert_eq!(first["provenance"]["source"], "computed");
    assert_eq!(second["provenance"]["source"], "cached");
    assert_eq!(first["answer"], second["answer"]);
    assert_eq!(first["answer"]["owner"], "everyone");
    server.stop().await;
}

#[tokio::test]
async fn one_key_is_another_value_for_another_person() {
    let server = Server::start().await;
    let (ada, bob) = (server.sign_in("ada").await, server.sign_in("bob").await);
    set_taste(&ada, 5).await;
    set_taste(&bob, 25).await;
    let (of_ada, of_bob) = (
        answer(&ada, "/api/good-days?year=2014").await,
        answer(&bob, "/api/good-days?year=2014").await,
    );
    assert_eq!(of_ada["answer"]["owner"], json!({ "user": "ada" }));
    assert_eq!(of_bob["answer"]["owner"], json!({ "user": "bob" }));
    let total = |answer: &Value| answer["answer"]["value"]["total"].as_u64().unwrap();
    assert!(total(&of_ada) > total(&of_bob));
    server.stop().await;
}

#[tokio::test]
async fn the_sessions_of_one_person_share() {
    let server = Server::start().await;
    let (desk, phone) = (server.sign_in("ada").await, server.sign_in("ada").await);
    let first = answer(&desk, "/api/good-days?year=2014").await;
    let second = answer(&phone, "/api/good-days?year=2014").await;
    assert_eq!(second["provenance"]["source"], "cached");
    assert_eq!(
        first["answer"]["computation"],
        second["answer"]["computation"]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_new_taste_withdraws_what_the_old_one_gave() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    set_taste(&client, 5).await;
    let before = answer(&client, "/api/good-days?year=2014").await;
    set_taste(&client, 25).await;
    let after = answer(&client, "/api/good-days?year=2014").await;
    assert_eq!(after["provenance"]["source"], "computed");
    assert_ne!(
        after["answer"]["value"]["total"],
        before["answer"]["value"]["total"]
    );
    server.stop().await;
}

#[tokio::test]
async fn each_session_remembers_its_own_last_window() {
    let server = Server::start().await;
    let (desk, phone) = (server.sign_in("ada").await, server.sign_in("ada").await);
    let window = "/api/window?from=2013-06-01&to=2013-07-31&reach=9";
    let asked = answer(&desk, window).await;
    let remembered = answer(&desk, "/api/window").await;
    assert_eq!(remembered["provenance"]["source"], "cached");
    assert_eq!(
        remembered["answer"]["computation"],
        asked["answer"]["computation"]
    );
    let other = answer(&phone, "/api/window").await;
    assert_ne!(other["answer"]["owner"], asked["answer"]["owner"]);
    assert_eq!(
        other["answer"]["value"]["points"].as_array().unwrap().len(),
        365
    );
    server.stop().await;
}

#[tokio::test]
async fn a_session_keeps_only_its_last_window() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let source = |answer: Value| answer["provenance"]["source"].as_str().unwrap().to_owned();
    let (one, other) = ("/api/window?reach=9", "/api/window?reach=10");
    assert_eq!(source(answer(&client, one).await), "computed");
    assert_eq!(source(answer(&client, one).await), "cached");
    assert_eq!(source(answer(&client, other).await), "computed");
    assert_eq!(source(answer(&client, one).await), "computed");
    server.stop().await;
}
