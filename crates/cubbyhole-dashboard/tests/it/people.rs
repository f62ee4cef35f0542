//! Signing in and out.

use axum::http::Method;

use crate::server::Server;

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in() {
    let server = Server::start().await;
    let reply = server.stranger().get("/").await.unwrap();
    assert_eq!(
        (reply.status.as_u16(), reply.header("location")),
        (303, "/sign-in")
    );
    let page = server.stranger().get("/sign-in").await.unwrap();
    assert!(page.text.contains(r#"name="name""#));
    assert_eq!(server.stranger().get("/api/me").await.unwrap().status, 401);
    server.stop().await;
}

#[tokio::test]
async fn the_cookie_is_for_this_site_and_no_script() {
    let server = Server::start().await;
    let mut client = server.stranger();
    let reply = client.sign_in("ada").await.unwrap();
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/")
    );
    assert!(!cookie.contains("ada"));
    assert_eq!(client.get("/api/me").await.unwrap().json()["user"], "ada");
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_is_refused_is_shown_again_and_escaped() {
    let server = Server::start().await;
    let mut client = server.stranger();
    let name = format!("<script>alert(1)</script>{}", "x".repeat(64));
    let reply = client.sign_in(&name).await.unwrap();
    assert_eq!(reply.status, 422);
    assert!(reply.text.contains("Please write a shorter name"));
    assert!(reply.text.contains("&lt;script&gt;") && !reply.text.contains("<script"));
    assert!(client.cookie().is_none());
    server.stop().await;
}

#[tokio::test]
async fn signing_in_again_leaves_the_session_before() {
    let server = Server::start().await;
    let mut client = server.sign_in("ada").await;
    let before = client.clone();
    client.sign_in("bob").await.unwrap();
    assert_eq!(client.get("/api/me").await.unwrap().json()["user"], "bob");
    assert_eq!(before.get("/api/me").await.unwrap().status, 401);
    server.stop().await;
}

#[tokio::test]
async fn signing_out_forgets_the_session_and_nothing_else() {
    let server = Server::start().await;
    let (leaves, stays) = (server.sign_in("ada").await, server.sign_in("ada").await);
    for client in [&leaves, &stays] {
        assert_eq!(client.get("/api/window?reach=9").await.unwrap().status, 200);
    }
    let days = leaves.get("/api/good-days").await.unwrap().json();
    let kept = |store: serde_json::Value, uid: &str| {
        let entries = store["entries"].as_array().unwrap().clone();
        entries.iter().find(|entry| entry["uid"] == uid).unwrap()["entries"].clone()
    };
    assert_eq!(
        kept(
            stays.get("/api/store").await.unwrap().json(),
            "window-curve"
        ),
        2
    );

    let reply = leaves.sign_out().await.unwrap();
    assert_eq!(
        (reply.status.as_u16(), reply.header("location")),
        (303, "/sign-in")
    );
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(leaves.get("/api/me").await.unwrap().status, 401);

    assert_eq!(
        kept(
            stays.get("/api/store").await.unwrap().json(),
            "window-curve"
        ),
        1
    );
    let again = stays.get("/api/good-days").await.unwrap().json();
    assert_eq!(
        again["answer"]["computation"],
        days["answer"]["computation"]
    );
    server.stop().await;
}

#[tokio::test]
async fn no_other_site_can_post() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    for site in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site)];
        let reply = client
            .send(Method::POST, "/sign-out", None, &headers)
            .await
            .unwrap();
        assert_eq!(reply.status, 403, "{site}");
    }
    let headers = [("sec-fetch-site", "same-origin")];
    let reply = client
        .send(Method::POST, "/sign-out", None, &headers)
        .await
        .unwrap();
    assert_eq!(reply.status, 303);
    server.stop().await;
}
