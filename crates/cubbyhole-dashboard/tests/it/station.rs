//! The station, switched from the page.

use cubbyhole_dashboard::client::Client;

use crate::server::Server;

async fn make(client: &Client, health: &str) {
    let fields = [("health", health), ("monthly-year", "2013")];
    let reply = client.post_form("/station", &fields).await.unwrap();
    assert_eq!(reply.status, 303);
    let to = reply.header("location").to_owned();
    assert!(
        to.contains("monthly-year=2013") && to.ends_with("#right-now"),
        "{to}"
    );
}

async fn page(client: &Client) -> String {
    let page = client.get("/").await.unwrap();
    assert_eq!(page.status, 200);
    page.text
}

#[tokio::test]
async fn a_broken_station_with_nothing_old_is_said_on_the_page_and_mended_from_it() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    make(&client, "broken").await;
    let broken = page(&client).await;
    assert!(broken.contains("The station is broken. There is no old reading either."));
    assert!(broken.contains(r#"value="broken" aria-pressed="true""#));
    assert!(broken.contains("since the service started: 1."));
    let reply = client.get("/api/right-now").await.unwrap();
    assert_eq!(reply.status, 502);
    make(&client, "well").await;
    let well = page(&client).await;
    assert!(well.contains("A fresh reading. It is reading 3."));
    assert!(well.contains("did so because the reading was never there."));
    server.stop().await;
}

#[tokio::test]
async fn the_station_is_one_for_everyone() {
    let server = Server::start().await;
    let (ada, bob) = (server.sign_in("ada").await, server.sign_in("bob").await);
    let first = ada.get("/api/right-now").await.unwrap().json();
    let second = bob.get("/api/right-now").await.unwrap().json();
    assert_eq!(first["answer"], second["answer"]);
    assert_eq!(second["state"], "fresh");
    make(&bob, "silent").await;
    let station = ada.get("/api/station").await.unwrap().json();
    assert_eq!(station["health"], "silent");
    assert_eq!(station["loads"], 1);
    assert_eq!(station["missed"], "never_seen");
    server.stop().await;
}

#[tokio::test]
async fn who_forgets_a_measure_on_the_page_forgets_all_its_years() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let number = async |path: &str| {
        let answer = client.get(path).await.unwrap().json();
        answer["answer"]["computation"].as_u64().unwrap()
    };
    let (all, year) = (
        "/api/monthly?measure=wind",
        "/api/monthly?measure=wind&year=2012",
    );
    let rain = "/api/monthly?measure=precipitation";
    let before = (number(all).await, number(year).await, number(rain).await);
    let fields = [("monthly-measure", "wind"), ("monthly-year", "2012")];
    let reply = client.post_form("/monthly/forget", &fields).await.unwrap();
    assert!(reply.header("location").ends_with("#monthly"));
    let after = (number(all).await, number(year).await, number(rain).await);
    assert!(after.0 > before.2 && after.1 > before.2);
    assert_eq!(after.2, before.2);
    let page = page(&client).await;
    assert!(page.contains("2 was withdrawn with its tag"));
    server.stop().await;
}
