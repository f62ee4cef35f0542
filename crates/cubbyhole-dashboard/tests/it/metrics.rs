//! What Prometheus is told.

use crate::server::Server;

async fn scrape(server: &Server) -> String {
    let reply = server.stranger().get("/metrics").await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    reply.text
}

#[tokio::test]
async fn what_is_counted_is_scraped_by_whoever_is_at_the_machine() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let path = "/api/monthly?measure=wind&year=2013";
    for _ in 0..3 {
        client.get(path).await.unwrap();
    }
    let text = scrape(&server).await;
    let of_means = |name: &str, more: &str, value: &str| {
        let line = format!("{name}{{kind=\"function\",uid=\"monthly-means\"{more}}} {value}\n");
        assert!(text.contains(&line), "no {line} in:\n{text}");
    };
    of_means("cubbyhole_hits_total", "", "2");
    of_means("cubbyhole_misses_total", ",reason=\"never_seen\"", "1");
    of_means("cubbyhole_loads_total", "", "1");
    of_means("cubbyhole_load_duration_seconds_count", "", "1");
    of_means(
        "cubbyhole_load_duration_seconds_bucket",
        ",le=\"+Inf\"",
        "1",
    );
    of_means("cubbyhole_entries", "", "1");
    of_means("cubbyhole_in_flight", ",by=\"computing\"", "0");
    server.stop().await;
}

#[tokio::test]
async fn who_scrapes_twice_counts_nothing_twice() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    client.get("/api/overview").await.unwrap();
    let loads = |text: String| {
        let is_count = |line: &&str| {
            line.starts_with("cubbyhole_load_duration_seconds_count") && line.contains("overview")
        };
        text.lines().find(is_count).unwrap().to_owned()
    };
    let first = loads(scrape(&server).await);
    assert!(first.ends_with(" 1"), "{first}");
    assert_eq!(loads(scrape(&server).await), first);
    server.stop().await;
}

#[tokio::test]
async fn each_of_two_services_in_one_process_tells_of_itself() {
    let (one, other) = (Server::start().await, Server::start().await);
    one.sign_in("ada").await.get("/api/overview").await.unwrap();
    assert!(scrape(&one).await.contains("uid=\"overview\""));
    assert!(!scrape(&other).await.contains("uid=\"overview\""));
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn c6_nobody_is_named_in_what_is_counted() {
    let server = Server::start().await;
    let client = server.sign_in("xenocrates@example.org").await;
    for path in [
        "/",
        "/api/good-days/stream",
        "/api/window?reach=9",
        "/api/extremes",
    ] {
        assert_eq!(client.get(path).await.unwrap().status, 200);
    }
    let text = scrape(&server).await;
    assert!(text.contains("uid=\"good-days\""));
    let cookie = client.cookie().unwrap();
    let token = cookie.split_once('=').unwrap().1;
    for secret in ["xenocrates", "example.org", token, "session=", "user="] {
        assert!(!text.contains(secret), "{secret}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_process_says_what_it_uses() {
    let server = Server::start().await;
    let text = scrape(&server).await;
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(value("process_resident_memory_bytes ") > 1e6);
    assert!(value("process_virtual_memory_bytes ") > value("process_resident_memory_bytes "));
    assert!(value("process_open_fds ") >= 3.0);
    assert!(value("process_threads ") >= 1.0);
    server.stop().await;
}

#[tokio::test]
async fn the_page_shows_the_way() {
    let server = Server::start().await;
    let page = server.sign_in("ada").await.get("/").await.unwrap();
    assert!(page.text.contains("href=\"/metrics\""));
    server.stop().await;
}
