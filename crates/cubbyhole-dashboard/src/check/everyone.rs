//! Everybody asks for everything, with the same keys, at the same time.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::cast::{NAMES, taste_of};
use super::samples::Sample;
use super::{Browser, CheckError, Claims, Samples};
use crate::client::ClientError;

pub(super) async fn ask(
    crowd: &[Browser],
    samples: &mut Samples,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let answers = ask_at_once(crowd).await?;
    whose(&answers, claims);
    how_often(&answers, claims);
    last_windows(&answers, claims);
    pages(crowd, claims).await?;
    samples.add(answers);
    Ok(())
}

/// Each session walks through all paths, all sessions side by side.
async fn ask_at_once(crowd: &[Browser]) -> Result<Vec<Sample>, CheckError> {
    let mut walks: JoinSet<Result<Vec<Sample>, ClientError>> = JoinSet::new();
    for browser in crowd {
        let browser = browser.clone();
        walks.spawn(async move {
            let mut answers = Vec::new();
            for path in paths() {
                answers.push(browser.ask(&path).await?);
            }
            Ok(answers)
        });
    }
    let mut answers = Vec::new();
    while let Some(walk) = walks.join_next().await {
        answers.extend(walk??);
    }
    Ok(answers)
}

/// What everybody asks for; twice, but the windows, of which a session keeps only the last.
fn paths() -> Vec<String> {
    let mut paths = vec!["/api/overview".to_owned()];
    for measure in ["max-temperature", "precipitation"] {
        for year in ["all", "2012", "2013", "2014", "2015"] {
            paths.push(format!("/api/monthly?measure={measure}&year={year}"));
        }
    }
    for season in ["all", "winter", "spring", "summer", "autumn"] {
        paths.push(format!("/api/transitions?season={season}"));
    }
    for year in 2012..=2015 {
        // Asking for somebody else's is of no use: nothing reads this field.
        paths.push(format!("/api/good-days?year={year}&user=ada"));
    }
    let again = paths.clone();
    paths.extend(again);
    paths.extend([SUMMER, SUMMER, WINTER, SUMMER].map(str::to_owned));
    paths
}

/// Nobody saw anything that was computed for somebody else.
fn whose(answers: &[Sample], claims: &mut Claims) {
    let tastes: BTreeMap<&str, f64> = NAMES
        .into_iter()
        .enumerate()
        .map(|(person, name)| (name, taste_of(person)))
        .collect();
    for answer in answers {
        claims.equal(
            "every question has an answer",
            &answer.status,
            &StatusCode::OK,
        );
        // What is to be whose is known here, and not taken from the answer.
        let (text, scope, owner) = match answer.route() {
            "/api/good-days" => (
                "a value for one person was computed for the person who got it",
                "user",
                json!({ "user": answer.user }),
            ),
            WINDOWS => (
                "a value for one session was computed for the session that got it",
                "session",
                json!({ "session": answer.session }),
            ),
            _ => (
                "a value for everyone was computed for no one in particular",
                "global",
                Value::from("everyone"),
            ),
        };
        claims.claim(text, answer.owner == owner && answer.scope == scope, || {
            format!("{} got {} of {}", answer.user, answer.path, answer.owner)
        });
        if scope == "user" {
            claims.equal(
                "and from the taste that this person had set",
                &answer.taste,
                &tastes.get(answer.user.as_str()).copied(),
            );
        }
    }
}

/// Everything was computed once for each scope that it belongs to.
fn how_often(answers: &[Sample], claims: &mut Claims) {
    let mut numbers: BTreeMap<(&str, String), BTreeSet<Option<u64>>> = BTreeMap::new();
    let mut owners: BTreeMap<Option<u64>, BTreeSet<String>> = BTreeMap::new();
    let mut questions: BTreeMap<Option<u64>, BTreeSet<&str>> = BTreeMap::new();
    for answer in answers {
        owners
            .entry(answer.computation)
            .or_default()
            .insert(answer.owner.to_string());
        questions
            .entry(answer.computation)
            .or_default()
            .insert(&answer.path);
        if answer.route() != WINDOWS {
            let place = (answer.path.as_str(), answer.owner.to_string());
            numbers.entry(place).or_default().insert(answer.computation);
        }
    }
    for ((path, owner), numbers) in numbers {
        claims.claim(
            "what everybody, or both sessions of a person, asked for was computed once",
            numbers.len() == 1,
            || format!("{path} of {owner} in {} computations", numbers.len()),
        );
    }
    for (number, owners) in owners {
        claims.claim(
            "no computation answered for two owners",
            owners.len() == 1,
            || format!("computation {number:?} answered for {owners:?}"),
        );
    }
    for (number, paths) in questions {
        claims.claim(
            "no computation answered two questions",
            paths.len() == 1,
            || format!("computation {number:?} answered {paths:?}"),
        );
    }
}

/// A session keeps its last window, and no other.
fn last_windows(answers: &[Sample], claims: &mut Claims) {
    let mut sessions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.route() == WINDOWS) {
        sessions
            .entry(&answer.session)
            .or_default()
            .push(&answer.source);
    }
    for sources in sessions.values() {
        claims.equal(
            "a session computes a window once while it looks at it, and again when it comes back",
            sources,
            &vec!["computed", "cached", "computed", "computed"],
        );
    }
}

/// The page of each session names one person only.
async fn pages(crowd: &[Browser], claims: &mut Claims) -> Result<(), CheckError> {
    for browser in crowd {
        let page = browser.client.get("/").await?;
        let names = page.names();
        let own = maud::html! { (browser.user) }.into_string();
        claims.claim(
            "a page names the person it is for, escaped, and nobody else",
            names == BTreeSet::from([own.as_str()]),
            || format!("the page of {} names {names:?}", browser.user),
        );
        claims.claim(
            "a page takes nothing from elsewhere and runs nothing",
            !page.text.contains("<script")
                && !page.text.contains("//")
                && page
                    .header("content-security-policy")
                    .starts_with("default-src 'none'"),
            || format!("the page of {}", browser.user),
        );
    }
    Ok(())
}

const WINDOWS: &str = "/api/window";
const SUMMER: &str = "/api/window?measure=max-temperature&from=2014-05-01&to=2014-09-30&reach=14";
const WINTER: &str = "/api/window?measure=wind&from=2013-11-01&to=2014-03-31&reach=14";
