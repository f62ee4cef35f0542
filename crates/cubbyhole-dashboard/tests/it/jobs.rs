//! Long jobs and reports.

use cubbyhole_dashboard::client::Client;
use serde_json::json;

use crate::server::Server;

async fn everybody_waits(client: &Client, all: u64) {
    loop {
        let store = client.get("/api/store").await.unwrap().json();
        if store["waiting"] == all {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn all_who_wait_get_the_one_computation() {
    let server = Server::start_with_jobs_held().await;
    let (ada, bob) = (server.sign_in("ada").await, server.sign_in("bob").await);
    let path = "/api/trend?measure=wind";
    assert_eq!(
        ada.get(path).await.unwrap().json(),
        json!({ "state": "absent" })
    );
    for client in [&ada, &bob, &ada] {
        assert_eq!(client.post(path).await.unwrap().status, 202);
    }
    assert_eq!(bob.get(path).await.unwrap().json()["state"], "running");
    let wait = |client: &Client| {
        let client = client.clone();
        tokio::spawn(async move {
            client
                .get("/api/trend?measure=wind&wait=yes")
                .await
                .unwrap()
                .json()
        })
    };
    let (one, two) = (wait(&ada), wait(&bob));
    everybody_waits(&ada, 2).await;
    server.app.release_jobs();
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    assert_eq!(one["provenance"]["source"], "waited");
    assert_eq!(two["provenance"]["source"], "waited");
    assert_eq!(one["answer"], two["answer"]);
    assert_eq!(
        ada.get(path).await.unwrap().json()["provenance"]["source"],
        "cached"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_page_with_a_job_under_way_goes_on_to_one_that_waits() {
    let server = Server::start_with_jobs_held().await;
    let client = server.sign_in("ada").await;
    assert!(
        client
            .get("/")
            .await
            .unwrap()
            .text
            .contains("Start the analysis of daily high")
    );
    let reply = client
        .post_form("/trend", &[("trend-measure", "max-temperature")])
        .await
        .unwrap();
    assert!(
        reply
            .header("location")
            .ends_with("trend-measure=max-temperature#trend")
    );
    let page = client.get("/").await.unwrap().text;
    assert!(page.contains("Under way for"));
    let next = page
        .split("1; url=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let next = next.split('#').next().unwrap().replace("&amp;", "&");
    assert!(next.contains("wait=trend"));
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.get(&next).await.unwrap().text }
    });
    everybody_waits(&client, 1).await;
    server.app.release_jobs();
    let page = waiting.await.unwrap();
    assert!(page.contains("Waited") && page.contains("a year"));
    assert!(!page.contains("http-equiv=\"refresh\""));
    server.stop().await;
}

#[tokio::test]
async fn a_forgotten_trend_is_computed_again() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let fields = [("trend-measure", "wind")];
    let result = || async {
        client
            .get("/api/trend?measure=wind&wait=yes")
            .await
            .unwrap()
            .json()
    };
    client.post_form("/trend", &fields).await.unwrap();
    let before = result().await;
    client.post_form("/trend/forget", &fields).await.unwrap();
    assert_eq!(result().await, json!({ "state": "absent" }));
    client.post_form("/trend", &fields).await.unwrap();
    let after = result().await;
    assert_ne!(
        before["answer"]["computation"],
        after["answer"]["computation"]
    );
    assert_eq!(
        before["answer"]["value"], after["answer"]["value"],
        "the seed is in the question"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_report_waits_for_its_reader_and_is_read_once() {
    let server = Server::start().await;
    let (desk, phone) = (server.sign_in("ada").await, server.sign_in("ada").await);
    let bob = server.sign_in("bob").await;
    desk.post("/api/report?year=2013").await.unwrap();
    let ready = phone
        .get("/api/report?year=2013&wait=yes")
        .await
        .unwrap()
        .json();
    assert_eq!(ready["state"], "ready");
    assert!(
        ready["answer"].is_null(),
        "what is in it is for who collects it"
    );
    assert_eq!(
        bob.post("/api/report/collect?year=2013")
            .await
            .unwrap()
            .status,
        404
    );
    let collected = phone
        .post("/api/report/collect?year=2013")
        .await
        .unwrap()
        .json();
    assert_eq!(collected["answer"]["owner"], json!({ "user": "ada" }));
    assert_eq!(collected["provenance"]["source"], "collected");
    assert_eq!(
        desk.post("/api/report/collect?year=2013")
            .await
            .unwrap()
            .status,
        404
    );
    server.stop().await;
}

#[tokio::test]
async fn a_report_survives_the_session_that_ordered_it() {
    let server = Server::start().await;
    let (desk, phone) = (server.sign_in("ada").await, server.sign_in("ada").await);
    desk.post("/api/report?year=2013").await.unwrap();
    phone.get("/api/report?year=2013&wait=yes").await.unwrap();
    desk.sign_out().await.unwrap();
    let page = phone
        .post_form("/report/collect", &[("year", "2013")])
        .await
        .unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Seattle in 2013") && page.text.contains("Prepared for"));
    let again = phone
        .post_form("/report/collect", &[("year", "2013")])
        .await
        .unwrap();
    assert_eq!(again.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_report_of_somebody_who_was_erased_meanwhile_is_kept_for_nobody() {
    let server = Server::start_with_jobs_held().await;
    let client = server.sign_in("ada").await;
    client.post("/api/report?year=2013").await.unwrap();
    client.post("/erase").await.unwrap();
    let back = server.sign_in("ada").await;
    assert_eq!(back.get("/api/report?year=2013").await.unwrap().status, 404);
    back.post("/api/report?year=2013").await.unwrap();
    server.app.release_jobs();
    let ready = back.get("/api/report?year=2013&wait=yes").await.unwrap();
    assert_eq!(ready.json()["state"], "ready");
    assert_eq!(
        back.post("/api/report/collect?year=2013")
            .await
            .unwrap()
            .status,
        200
    );
    server.stop().await;
}
