//! A change of role: nothing of the former role is shown any more, whatever was there or on its way.

use std::time::Instant;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::loading::patient;
use super::{Browser, CheckError, Claims};
use crate::App;
use crate::client::{ClientError, Reply};

pub(super) async fn change(
    app: &App,
    ada: &Browser,
    bob: &Browser,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let of_bob = see(bob).await?;
    for role in ["viewer", "analyst", "viewer"] {
        become_one(ada, role, claims).await?;
        // The second answer is kept from the first.
        for _ in 0..2 {
            shows(&see(ada).await?, role, claims);
        }
        meanwhile(app, ada, other(role), claims).await?;
        let still = see(bob).await?;
        claims.claim(
            "a change of role changes nothing for others",
            still["provenance"]["source"] == "cached" && still["answer"] == of_bob["answer"],
            || {
                format!(
                    "bob has {} instead of {}",
                    still["answer"], of_bob["answer"]
                )
            },
        );
    }
    Ok(())
}

/// Changes to `role` while the days of the former one are computed, and back before others are asked for.
async fn meanwhile(
    app: &App,
    ada: &Browser,
    role: &'static str,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    // What is there has to go, so that there is something to compute; the role stays the same.
    become_one(ada, other(role), claims).await?;
    app.hold_extremes();
    let before = see_later(ada);
    until_under_way(app, ada, &before, 1).await?;
    become_one(ada, role, claims).await?;
    let after = see_later(ada);
    let under_way = until_under_way(app, ada, &after, 2).await;
    app.release_extremes();
    under_way?;
    let (before, after) = (before.await??, after.await??);
    claims.claim(
        "who had asked before the change has an answer of that time, or is told to ask again",
        before.status == StatusCode::CONFLICT
            || before.json()["answer"]["value"]["role"] == other(role),
        || format!("{}: {}", before.status, before.text),
    );
    shows(&after.json(), role, claims);
    shows(&see(ada).await?, role, claims);
    Ok(())
}

fn shows(seen: &Value, role: &str, claims: &mut Claims) {
    let value = &seen["answer"]["value"];
    let days = value["days"].is_array();
    claims.claim(
        "who asks after a change of role never sees what was computed for the former one",
        value["role"] == role && days == (role == "analyst"),
        || format!("as {role}, what is for a {} was shown", value["role"]),
    );
    claims.equal(
        "a value for one person was computed for the person who got it",
        &seen["answer"]["owner"],
        &json!({ "user": "ada" }),
    );
}

async fn become_one(ada: &Browser, role: &str, claims: &mut Claims) -> Result<(), CheckError> {
    let changed = ada.post(&format!("/api/role?role={role}")).await?;
    claims.equal(
        "everybody can change their role",
        &changed.status,
        &StatusCode::NO_CONTENT,
    );
    Ok(())
}

async fn see(browser: &Browser) -> Result<Value, CheckError> {
    Ok(browser.client.get(EXTREMES).await?.json())
}

/// Asks without waiting for the answer.
fn see_later(browser: &Browser) -> JoinHandle<Result<Reply, ClientError>> {
    let client = browser.client.clone();
    tokio::spawn(async move { client.get(EXTREMES).await })
}

/// Looks until so many computations are held back; or until a request that should have begun one has an answer, or waits
/// for that of another request, either of which will be seen in what it shows.
async fn until_under_way(
    app: &App,
    ada: &Browser,
    request: &JoinHandle<Result<Reply, ClientError>>,
    held: usize,
) -> Result<(), CheckError> {
    let begun = Instant::now();
    while app.held_extremes() < held && !request.is_finished() && !two_wait_for_one(ada).await? {
        patient(begun, "the extreme days were computed once more").await?;
    }
    Ok(())
}

async fn two_wait_for_one(ada: &Browser) -> Result<bool, CheckError> {
    let store = ada.client.get("/api/store").await?.json();
    let flights = store["in_flight"].as_array().cloned().unwrap_or_default();
    let mut ours = flights.iter().filter(|flight| flight["uid"] == "extremes");
    Ok(ours.any(|flight| flight["waiters"].as_u64() >= Some(2)))
}

fn other(role: &str) -> &'static str {
    if role == "viewer" {
        "analyst"
    } else {
        "viewer"
    }
}

const EXTREMES: &str = "/api/extremes";
