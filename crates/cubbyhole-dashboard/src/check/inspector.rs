//! The cache from within: for those whose role allows it, and without a word about anybody.

use std::net::SocketAddr;
use std::time::Instant;

use axum::http::{Method, StatusCode};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::cast::{NAMES, open};
use super::loading::patient;
use super::{Browser, CheckError, Claims};
use crate::App;
use crate::client::{Client, ClientError, Reply};

pub(super) async fn try_all(
    app: &App,
    address: SocketAddr,
    crowd: &[Browser],
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let operator = open(address, "the operator", claims).await?;
    outside(&Client::new(address), claims).await?;
    outside(&operator.client, claims).await?;
    become_one(&operator, "analyst").await?;
    looking(&operator, claims).await?;
    become_one(&operator, "operator").await?;
    acting(&operator, claims).await?;
    nobody_is_named(app, &operator, crowd, claims).await?;
    operator.client.sign_out().await?;
    outside(&operator.client, claims).await
}

/// Strangers and viewers see nothing and do nothing, whatever they send.
async fn outside(client: &Client, claims: &mut Claims) -> Result<(), CheckError> {
    for path in PATHS {
        let reply = client.get(path).await?;
        let tells = ["entries", "overview", "token\":\""];
        claims.claim(
            "the inspector is not for strangers, viewers or those who signed out",
            reply.status == StatusCode::FORBIDDEN
                && !tells.iter().any(|it| reply.text.contains(it)),
            || format!("{path} answered {}", reply.status),
        );
    }
    refused(client, claims).await
}

/// An analyst looks, and has no more to act with than a stranger.
async fn looking(analyst: &Browser, claims: &mut Claims) -> Result<(), CheckError> {
    let page = analyst.client.get("/cache/page").await?;
    claims.equal("an analyst may look at it", &page.status, &StatusCode::OK);
    let session = analyst.client.get("/cache/api/session").await?.json();
    claims.claim(
        "and gets no token to act with",
        session["may_act"] == false && session["token"].is_null(),
        || format!("{session}"),
    );
    refused(&analyst.client, claims).await
}

async fn refused(client: &Client, claims: &mut Claims) -> Result<(), CheckError> {
    for (action, body) in ACTIONS {
        for token in ["", "1.00"] {
            let reply = act(client, action, body, &[("x-cubbyhole-token", token)]).await?;
            claims.equal(
                "whoever is no operator cannot act on the cache",
                &reply.status,
                &StatusCode::FORBIDDEN,
            );
        }
    }
    Ok(())
}

/// An operator acts with the token and its cookie, and with nothing less.
async fn acting(operator: &Browser, claims: &mut Claims) -> Result<(), CheckError> {
    let session = operator.client.get("/cache/api/session").await?;
    let told = session.json();
    let token = (
        "x-cubbyhole-token",
        told["token"].as_str().unwrap_or_default(),
    );
    let cookie = (
        "cookie",
        session
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap_or_default(),
    );
    let elsewhere = ("origin", "http://rebound.example");
    for headers in [&[token][..], &[cookie], &[token, cookie, elsewhere]] {
        let reply = act(&operator.client, DELETE.0, DELETE.1, headers).await?;
        claims.equal(
            "an operator acts only by the page itself",
            &reply.status,
            &StatusCode::FORBIDDEN,
        );
    }
    let before = operator.ask(OVERVIEW).await?;
    let done = act(&operator.client, DELETE.0, DELETE.1, &[token, cookie]).await?;
    let after = operator.ask(OVERVIEW).await?;
    claims.claim(
        "and what an operator withdraws is computed anew",
        done.status == StatusCode::OK && after.computation > before.computation,
        || {
            format!(
                "{}: {}, then {:?}",
                done.status, done.text, after.computation
            )
        },
    );
    Ok(())
}

/// While everybody has something in the cache, and somebody something on its way, nothing that is shown is anybody's.
async fn nobody_is_named(
    app: &App,
    operator: &Browser,
    crowd: &[Browser],
    claims: &mut Claims,
) -> Result<(), CheckError> {
    // Somebody whose name is found in no other text.
    let Some(poet) = crowd.iter().find(|browser| !browser.user.is_ascii()) else {
        return Ok(());
    };
    poet.post("/api/role?role=viewer").await?;
    app.hold_extremes();
    let asked = ask_later(poet);
    let seen = until_seen(operator, "extremes").await;
    app.release_extremes();
    asked.await??;
    let seen = seen?;
    let flights = seen["in_flight"].as_array().into_iter().flatten();
    for flight in flights.filter(|flight| flight["uid"] == "extremes") {
        claims.claim(
            "of what is on its way for one person, neither the key nor the person is shown",
            flight["key"].is_null() && flight["scope"] == "one user",
            || format!("{flight}"),
        );
    }
    let text = seen.to_string();
    let cookies = crowd.iter().filter_map(|browser| browser.client.cookie());
    let tokens = cookies.filter_map(|cookie| Some(cookie.split_once('=')?.1));
    let of_people = NAMES
        .into_iter()
        .filter(|name| name.chars().count() > "session".len() || !name.is_ascii());
    for secret in tokens.chain(of_people).chain([operator.user.as_str()]) {
        claims.claim(
            "the inspector shows no name and no secret of anybody",
            !text.contains(secret),
            || format!("{secret:?} is in what it tells"),
        );
    }
    Ok(())
}

fn ask_later(browser: &Browser) -> JoinHandle<Result<Reply, ClientError>> {
    let client = browser.client.clone();
    tokio::spawn(async move { client.get("/api/extremes").await })
}

/// What the inspector tells once something of this entry is on its way.
async fn until_seen(operator: &Browser, uid: &str) -> Result<Value, CheckError> {
    let begun = Instant::now();
    loop {
        let seen = operator.client.get("/cache/api/snapshot").await?.json();
        let mut flights = seen["in_flight"].as_array().into_iter().flatten();
        if flights.any(|flight| flight["uid"] == uid) {
            return Ok(seen);
        }
        patient(begun, "the inspector showed what was on its way").await?;
    }
}

async fn become_one(operator: &Browser, role: &str) -> Result<(), CheckError> {
    operator.post(&format!("/api/role?role={role}")).await?;
    Ok(())
}

async fn act(
    client: &Client,
    action: &str,
    body: &str,
    headers: &[(&str, &str)],
) -> Result<Reply, ClientError> {
    let path = format!("/cache/api/actions/{action}");
    let json = [("content-type", "application/json")];
    let headers = [&json, headers].concat();
    client
        .send(Method::POST, &path, Some(body.to_owned()), &headers)
        .await
}

const OVERVIEW: &str = "/api/overview";
const DELETE: (&str, &str) = ("clear-entry", r#"{"kind":"entry","uid":"overview"}"#);
const ACTIONS: [(&str, &str); 3] = [
    DELETE,
    ("drop-scope", r#"{"type":"user","id":"ada"}"#),
    ("clear", "{}"),
];
const PATHS: [&str; 5] = [
    "/cache",
    "/cache/page",
    "/cache/api/snapshot",
    "/cache/api/events",
    "/cache/api/session",
];
