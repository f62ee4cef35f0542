//! What people see.

use axum::http::Method;

use crate::server::Server;

#[tokio::test]
async fn the_dashboard_has_every_card_and_says_where_its_value_came_from() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let page = client.get("/").await.unwrap().text;
    for card in [
        "right-now",
        "extremes",
        "monthly",
        "window",
        "good-days",
        "transitions",
        "trend",
        "report",
        "store",
    ] {
        assert!(page.contains(&format!(r#"id="{card}""#)), "{card}");
    }
    assert_eq!(page.matches("<strong>Computed</strong>").count(), 7);
    let page = client.get("/").await.unwrap().text;
    assert_eq!(page.matches("<strong>From the cache</strong>").count(), 7);
    server.stop().await;
}

#[tokio::test]
async fn every_chart_has_a_title_and_a_description() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let page = client.get("/").await.unwrap().text;
    let charts: Vec<&str> = page.split("<svg").skip(1).collect();
    assert_eq!(charts.len(), 3 + 4 * 2);
    for chart in charts {
        let head = chart.split("</desc>").next().unwrap();
        assert!(head.contains("role=\"img\"") && head.contains("<title") && head.contains("<desc"));
    }
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(
        ids.len(),
        unique.len(),
        "no two parts of the page have one id"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_said_and_something_else_is_shown() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let page = client
        .get("/?monthly-year=1999&window-from=%3Cscript%3E&transitions-season=mud")
        .await
        .unwrap();
    assert_eq!(page.status, 200);
    assert!(
        page.text
            .contains("unknown year: choose one from 2012 to 2015")
    );
    assert!(page.text.contains("the beginning is not a date"));
    assert!(page.text.contains("unknown season"));
    assert!(!page.text.contains("<script"));
    server.stop().await;
}

#[tokio::test]
async fn a_form_keeps_the_choices_of_the_other_cards() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let page = client
        .get("/?monthly-year=2013&transitions-season=winter")
        .await
        .unwrap()
        .text;
    assert!(page.contains(r#"<input type="hidden" name="monthly-year" value="2013">"#));
    assert!(page.contains(r#"<input type="hidden" name="transitions-season" value="winter">"#));
    assert!(page.contains(r#"<option value="2013" selected>"#));
    let fields = [
        ("monthly-year", "2013"),
        ("warm_from", "3"),
        ("warm_to", "9"),
        ("rain_at_most", "0"),
        ("wind_at_most", "4"),
    ];
    let reply = client.post_form("/taste", &fields).await.unwrap();
    assert!(reply.header("location").contains("monthly-year=2013"));
    assert!(
        client
            .get("/")
            .await
            .unwrap()
            .text
            .contains("Your taste: 3 to 9 °C")
    );
    server.stop().await;
}

#[tokio::test]
async fn every_response_is_guarded() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    for path in [
        "/",
        "/sign-in",
        "/api/me",
        "/nothing",
        "/healthz",
        "/style.css",
        "/icon.svg",
    ] {
        let reply = client.get(path).await.unwrap();
        assert!(
            reply
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        let public = path.ends_with(".css") || path.ends_with(".svg");
        let cache = if public {
            "public, max-age=300"
        } else {
            "no-store"
        };
        assert_eq!(reply.header("cache-control"), cache, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_at_other_addresses() {
    let server = Server::start().await;
    let reply = server.stranger().get("/nothing").await.unwrap();
    assert_eq!(reply.status, 404);
    assert!(reply.text.contains("There is no page at this address."));
    let huge = Some(format!("name={}", "a".repeat(20_000)));
    let reply = server
        .stranger()
        .send(Method::POST, "/sign-in", huge, &[])
        .await
        .unwrap();
    assert_eq!(reply.status, 413);
    server.stop().await;
}
