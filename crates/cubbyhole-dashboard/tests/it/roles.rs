//! What the role of a person decides.

use cubbyhole_dashboard::client::Client;

use crate::server::Server;

async fn become_one(client: &Client, role: &str) {
    let reply = client.post_form("/role", &[("role", role)]).await.unwrap();
    assert_eq!(reply.status, 303);
    assert!(reply.header("location").ends_with("#extremes"));
}

#[tokio::test]
async fn an_analyst_sees_which_days_on_the_page_and_a_viewer_does_not() {
    let server = Server::start().await;
    let (ada, bob) = (server.sign_in("ada").await, server.sign_in("bob").await);
    become_one(&ada, "analyst").await;
    let page = async |client: &Client| client.get("/").await.unwrap().text;
    let days = "<caption>The extreme days</caption>";
    assert!(page(&ada).await.contains(days));
    assert!(!page(&bob).await.contains(days));
    become_one(&ada, "viewer").await;
    let viewer = page(&ada).await;
    assert!(!viewer.contains(days));
    assert!(viewer.contains(r#"<option value="viewer" selected>"#));
    assert!(viewer.contains("1 was for a former role"));
    server.stop().await;
}

#[tokio::test]
async fn reports_of_the_former_role_are_gone_ready_or_not() {
    let server = Server::start_with_jobs_held().await;
    let client = server.sign_in("ada").await;
    let (order, collect) = ("/api/report?year=2013", "/api/report/collect?year=2013");
    assert_eq!(client.post(order).await.unwrap().status, 202);
    become_one(&client, "analyst").await;
    let state = client.get(order).await.unwrap().json();
    assert_eq!(state["state"], "absent", "it is prepared for nobody");
    server.app.release_jobs();
    assert_eq!(client.post(order).await.unwrap().status, 202);
    let wait = client.get("/api/report?year=2013&wait=yes").await.unwrap();
    assert_eq!(wait.json()["state"], "ready", "and can be ordered again");
    become_one(&client, "viewer").await;
    assert_eq!(client.post(collect).await.unwrap().status, 404);
    server.stop().await;
}

#[tokio::test]
async fn who_is_erased_comes_back_as_a_viewer() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    become_one(&client, "analyst").await;
    let me = async |client: &Client| client.get("/api/me").await.unwrap().json()["role"].clone();
    assert_eq!(me(&client).await, "analyst");
    client.post("/erase").await.unwrap();
    assert_eq!(me(&server.sign_in("ada").await).await, "viewer");
    server.stop().await;
}
