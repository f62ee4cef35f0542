//! The cards as JSON.

use crate::server::Server;

#[tokio::test]
async fn an_answer_says_what_where_from_and_for_whom() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let body = client
        .get("/api/monthly?year=2012&measure=wind")
        .await
        .unwrap()
        .json();
    assert_eq!(body["provenance"]["scope"], "global");
    assert_eq!(body["provenance"]["policy"], "lru");
    assert!(body["provenance"]["took_ns"].is_u64() && body["answer"]["cost_ns"].is_u64());
    assert_eq!(body["answer"]["value"].as_array().unwrap().len(), 12);
    assert_eq!(body["answer"]["value"][1]["days"], 29);
    server.stop().await;
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_answered_with_what_would() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    for (path, answer) in [
        (
            "/api/monthly?year=1999",
            "unknown year: choose one from 2012 to 2015",
        ),
        ("/api/monthly?measure=snow", "unknown measure: choose"),
        ("/api/transitions?season=mud", "unknown season: choose"),
        (
            "/api/window?from=2014-01-01&to=2014-01-03",
            "the window is too short",
        ),
        (
            "/api/window?reach=900",
            "the smoothing must reach from 5 to 90 days",
        ),
        ("/api/good-days?year=two", "unknown year"),
        ("/api/trend?measure=", ""),
    ] {
        let reply = client.get(path).await.unwrap();
        if answer.is_empty() {
            assert_eq!(reply.status, 404, "{path}");
        } else {
            assert_eq!(reply.status, 400, "{path}");
            let error = reply.json()["error"].as_str().unwrap().to_owned();
            assert!(error.starts_with(answer), "{path}: {error}");
        }
    }
    for path in [
        "/api/taste?warm_from=9&warm_to=3&rain_at_most=0&wind_at_most=1",
        "/api/taste?warm_from=NaN&warm_to=3&rain_at_most=0&wind_at_most=1",
        "/api/taste",
        "/api/role?role=king",
        "/api/role",
        "/api/station?health=tired",
        "/api/station",
        "/api/monthly/forget?measure=snow",
    ] {
        assert_eq!(client.post(path).await.unwrap().status, 400, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn who_asks_at_the_same_time_waits_for_one_computation() {
    let server = Server::start().await;
    let client = server.sign_in("ada").await;
    let path = "/api/monthly?measure=precipitation&year=2014";
    let (one, two, three) = tokio::join!(client.get(path), client.get(path), client.get(path));
    let answers = [one, two, three].map(|reply| reply.unwrap().json());
    let number = &answers[0]["answer"]["computation"];
    assert!(
        answers
            .iter()
            .all(|answer| answer["answer"]["computation"] == *number)
    );
    let computed = answers
        .iter()
        .filter(|answer| answer["provenance"]["source"] == "computed");
    assert_eq!(computed.count(), 1);
    server.stop().await;
}
