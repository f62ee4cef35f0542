//! A load: not how fast it is, but that it is carried out and finds nothing wrong.

use cubbyhole_dashboard::client::Client;
use cubbyhole_dashboard::load::{Plan, load_at};

use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_finds_nothing_wrong() {
    let server = Server::start().await;
    let findings = load_at(server.address(), Plan::sessions(2, 2))
        .await
        .unwrap();
    assert!(findings.passed(), "{findings}");
    // Two people have two sessions: eight rounds of twelve questions, a report, and the next session.
    assert_eq!(findings.requests(), 2 * 2 * (8 * 12 + 3 + 1));
    let text = findings.to_string();
    assert!(text.contains("/api/good-days/stream"), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn a_load_of_something_else_says_what_it_asked_for() {
    let nothing = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nothing.local_addr().unwrap();
    drop(nothing);
    assert!(Client::new(address).get("/metrics").await.is_err());
    let error = load_at(address, Plan::sessions(1, 1)).await.unwrap_err();
    assert!(error.to_string().contains("GET /metrics"), "{error}");
}
