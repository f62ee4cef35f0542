//! All means of one measure are withdrawn at once, and no others.

use axum::http::StatusCode;

use super::{Browser, CheckError, Claims};

pub(super) async fn forget(
    ada: &Browser,
    bob: &Browser,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let mut before = Vec::new();
    for path in WITHDRAWN.into_iter().chain(LEFT) {
        before.push(ada.ask(path).await?.computation);
    }
    let forgotten = ada.post("/api/monthly/forget?measure=wind").await?;
    claims.equal(
        "a tag can be withdrawn",
        &forgotten.status,
        &StatusCode::NO_CONTENT,
    );
    for (path, before) in WITHDRAWN.into_iter().zip(&before) {
        let after = bob.ask(path).await?;
        claims.claim(
            "what has a tag is computed anew once the tag was withdrawn, whoever asks",
            after.source == "computed" && after.computation > *before,
            || format!("{path} is {} and {:?}", after.source, after.computation),
        );
    }
    for (path, before) in LEFT.into_iter().zip(&before[WITHDRAWN.len()..]) {
        let after = bob.ask(path).await?;
        claims.equal("what has another tag stays", &after.computation, before);
    }
    let store = ada.client.get("/api/store").await?.json();
    let entries = store["entries"].as_array().cloned().unwrap_or_default();
    let monthly = entries.iter().find(|entry| entry["uid"] == "monthly-means");
    let counted = monthly.and_then(|entry| entry["misses_by_reason"]["tag_invalidated"].as_u64());
    claims.equal(
        "misses are counted by their reason",
        &counted,
        &Some(WITHDRAWN.len() as u64),
    );
    Ok(())
}

const WITHDRAWN: [&str; 3] = [
    "/api/monthly?measure=wind&year=all",
    "/api/monthly?measure=wind&year=2012",
    "/api/monthly?measure=wind&year=2015",
];

const LEFT: [&str; 2] = [
    "/api/monthly?measure=precipitation&year=2012",
    "/api/transitions?season=winter",
];
