//! The cache from within, as the service has it.

use std::time::Duration;

use axum::http::Method;
use cubbyhole_dashboard::client::{Client, Reply};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::server::Server;

/// A stream of events that somebody reads.
struct Events(Lines<BufReader<TcpStream>>);

impl Events {
    async fn open(server: &Server, client: &Client) -> Self {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let (host, cookie) = (server.address(), client.cookie().unwrap());
        let request =
            format!("GET /cache/api/events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self(BufReader::new(stream).lines())
    }

    /// The next snapshot; none at the end of the stream.
    async fn next(&mut self) -> Option<Value> {
        let read = async {
            while let Some(line) = self.0.next_line().await.unwrap() {
                if let Some(data) = line.strip_prefix("data: ") {
                    return Some(serde_json::from_str(data).unwrap());
                }
                // The last chunk of a body.
                if line == "0" {
                    return None;
                }
            }
            None
        };
        timeout(PATIENCE, read).await.unwrap()
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_those_who_watch() {
    let server = Server::start().await;
    let ada = server.sign_in_as("ada", "analyst").await;
    let mut events = Events::open(&server, &ada).await;
    assert!(events.next().await.is_some());
    timeout(PATIENCE, server.stop()).await.unwrap();
    while events.next().await.is_some() {}
}

#[tokio::test]
async fn a_stream_ends_with_the_session_that_opened_it_and_no_other() {
    let server = Server::start().await;
    let ada = server.sign_in_as("ada", "analyst").await;
    let bob = server.sign_in_as("bob", "operator").await;
    let mut of_ada = Events::open(&server, &ada).await;
    let mut of_bob = Events::open(&server, &bob).await;
    assert!(of_ada.next().await.is_some() && of_bob.next().await.is_some());
    ada.sign_out().await.unwrap();
    while of_ada.next().await.is_some() {}
    assert!(of_bob.next().await.is_some());
    bob.post("/api/role?role=viewer").await.unwrap();
    while of_bob.next().await.is_some() {}
    server.stop().await;
}

#[tokio::test]
async fn an_operator_acts_on_the_scope_that_they_name_and_not_on_their_own() {
    let server = Server::start().await;
    let eve = server.sign_in_as("eve", "operator").await;
    let bob = server.sign_in("bob").await;
    let computation = async |client: &Client| {
        let days = client.get("/api/good-days?year=2012").await.unwrap();
        days.json()["answer"]["computation"].as_u64().unwrap()
    };
    let before = (computation(&eve).await, computation(&bob).await);
    let key = json!({ "kind": "entry", "uid": "good-days", "key": "2012" });
    assert_eq!(
        act(&eve, "delete", &key).await.status,
        422,
        "it is not said whose"
    );
    assert_eq!((computation(&eve).await, computation(&bob).await), before);
    let mut of_bob = key;
    of_bob["id"] = "bob".into();
    let reply = act(&eve, "delete", &of_bob).await;
    assert_eq!(reply.json()["done"], "the value is removed");
    assert!(!reply.text.contains("bob"));
    assert_eq!(computation(&eve).await, before.0);
    assert!(computation(&bob).await > before.1);
    server.stop().await;
}

#[tokio::test]
async fn an_operator_looks_at_values_of_everyone_and_of_nobody() {
    let server = Server::start().await;
    let eve = server.sign_in_as("eve", "operator").await;
    let bob = server.sign_in("bob").await;
    for path in [
        "/api/overview",
        "/api/right-now",
        "/api/good-days?year=2012",
    ] {
        assert_eq!(bob.get(path).await.unwrap().status, 200);
    }
    let of_everyone = json!({ "kind": "entry", "uid": "overview", "key": "all" });
    let shown = act(&eve, "look", &of_everyone).await.json()["shown"].clone();
    let first_of_it = "\"days\": 1461,";
    assert!(shown.as_str().unwrap().contains(first_of_it), "{shown}");
    let of_bob = json!({ "kind": "entry", "uid": "good-days", "key": "2012", "id": "bob" });
    let reply = act(&eve, "look", &of_bob).await.json();
    assert_eq!(
        reply,
        json!({ "done": "there is a value, and the application does not show it" })
    );
    server.stop().await;
}

#[tokio::test]
async fn looking_counts_as_no_lookup() {
    let server = Server::start().await;
    let ada = server.sign_in_as("ada", "analyst").await;
    let lookups = |seen: Value| {
        let entries = seen["entries"].as_array().unwrap().clone();
        entries
            .iter()
            .map(|entry| entry["hits"].as_u64().unwrap() + entry["misses"].as_u64().unwrap())
            .sum::<u64>()
    };
    ada.get("/api/overview").await.unwrap();
    for _ in 0..3 {
        let seen = ada.get("/cache/api/snapshot").await.unwrap().json();
        assert_eq!(lookups(seen), 1);
    }
    server.stop().await;
}

#[tokio::test]
async fn the_page_keeps_the_policy_that_its_script_needs() {
    let server = Server::start().await;
    let ada = server.sign_in_as("ada", "analyst").await;
    for path in ["/cache", "/cache/"] {
        let door = ada.get(path).await.unwrap();
        let to = door.header("location");
        assert!(to.ends_with("/page"), "{path} leads to {to}");
    }
    let page = ada.get("/cache/page").await.unwrap();
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let home = ada.get("/").await.unwrap();
    assert!(
        !home
            .header("content-security-policy")
            .contains("script-src")
    );
    server.stop().await;
}

#[tokio::test]
async fn it_is_linked_for_those_who_may_see_it_and_explained_to_others() {
    let server = Server::start().await;
    let html = [("accept", "text/html,*/*")];
    for (name, role, sees) in [
        ("ada", "viewer", false),
        ("bob", "analyst", true),
        ("eve", "operator", true),
    ] {
        let client = server.sign_in_as(name, role).await;
        let page = client.get("/").await.unwrap().text;
        assert_eq!(page.contains("href=\"/cache\""), sees, "{role}");
        let reply = client
            .send(Method::GET, "/cache/page", None, &html)
            .await
            .unwrap();
        assert_eq!(reply.status, if sees { 200 } else { 403 }, "{role}");
        assert_eq!(reply.text.contains("choose your role"), !sees);
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_comes_through_a_proxy_or_by_another_name() {
    let server = Server::start().await;
    let eve = server.sign_in_as("eve", "operator").await;
    for header in [
        ("x-forwarded-for", "192.0.2.1"),
        ("host", "rebound.example"),
    ] {
        let reply = eve
            .send(Method::GET, "/cache/api/snapshot", None, &[header])
            .await
            .unwrap();
        assert_eq!(reply.status, 403, "{header:?}");
        assert!(!reply.text.contains("entries"));
    }
    server.stop().await;
}

/// Has the inspector do something, as its page would.
async fn act(operator: &Client, action: &str, value: &Value) -> Reply {
    let session = operator.get("/cache/api/session").await.unwrap();
    let token = session.json()["token"].as_str().unwrap().to_owned();
    let cookie = session.header("set-cookie").split(';').next().unwrap();
    let headers = [
        ("content-type", "application/json"),
        ("x-cubbyhole-token", &token),
        ("cookie", cookie),
    ];
    let path = format!("/cache/api/actions/{action}");
    let body = Some(value.to_string());
    let sent = operator.send(Method::POST, &path, body, &headers);
    sent.await.unwrap()
}

const PATIENCE: Duration = Duration::from_secs(20);
