//! Reports: prepared for one person, collected by that person, once.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;

use super::cast::NAMES;
use super::long_job::all;
use super::samples::Sample;
use super::{Browser, CheckError, Claims, Samples};

pub(super) async fn collect(
    crowd: &[Browser],
    samples: &mut Samples,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    // The first session of everybody orders, the second one waits.
    let (first, second) = crowd.split_at(NAMES.len().min(crowd.len()));
    for ordered in all(first, |browser| async move { browser.post(REPORT).await }).await? {
        claims.equal(
            "everybody can order a report",
            &ordered.status,
            &StatusCode::ACCEPTED,
        );
    }
    for ready in all(second, |browser| async move { browser.ask(WAIT).await }).await? {
        claims.equal(
            "a report that is ready waits to be collected",
            &ready.status,
            &StatusCode::OK,
        );
    }
    let collected = all(crowd, |browser| async move { browser.post(COLLECT).await }).await?;
    once_each(&collected, claims);
    for late in all(crowd, |browser| async move { browser.post(COLLECT).await }).await? {
        claims.equal(
            "a collected report is gone",
            &late.status,
            &StatusCode::NOT_FOUND,
        );
    }
    samples.add(collected);
    Ok(())
}

fn once_each(collected: &[Sample], claims: &mut Claims) {
    let mut by_person: BTreeMap<&str, usize> = NAMES.into_iter().map(|name| (name, 0)).collect();
    for report in collected
        .iter()
        .filter(|report| report.status == StatusCode::OK)
    {
        *by_person.entry(&report.user).or_default() += 1;
        claims.equal(
            "a report went to the person it was prepared for",
            &report.owner,
            &json!({ "user": report.user }),
        );
    }
    for (name, times) in by_person {
        claims.claim(
            "everybody's report was collected exactly once",
            times == 1,
            || format!("that of {name} {times} times"),
        );
    }
}

const REPORT: &str = "/api/report?year=2014";
const WAIT: &str = "/api/report?year=2014&wait=yes";
const COLLECT: &str = "/api/report/collect?year=2014";
