//! Answers that are computed while they are being read, when the handler of the request has returned long ago.

use serde_json::{Value, json};

use super::cast::{NAMES, taste_of};
use super::long_job::all;
use super::{Browser, CheckError, Claims};

/// Everybody reads at the same time, before anything of it was computed.
pub(super) async fn read(crowd: &[Browser], claims: &mut Claims) -> Result<(), CheckError> {
    let streams = all(crowd, |browser| async move {
        let reply = browser.client.get("/api/good-days/stream").await?;
        Ok((browser, reply.events()))
    });
    let mut computed = 0;
    for (browser, events) in streams.await? {
        claims.equal("a stream comes to its end", &events.len(), &YEARS);
        for event in &events {
            whose(&browser, event, claims);
        }
        let is_own = |event: &&Value| event["provenance"]["source"] == "computed";
        computed += events.iter().filter(is_own).count();
    }
    claims.equal(
        "what is streamed is computed while it is streamed, once for all sessions of a person",
        &computed,
        &(YEARS * NAMES.len()),
    );
    Ok(())
}

fn whose(browser: &Browser, event: &Value, claims: &mut Claims) {
    claims.equal(
        "a value that was computed while its answer was streamed was computed for the person who got it",
        &event["answer"]["owner"],
        &json!({ "user": browser.user }),
    );
    let person = NAMES.iter().position(|name| *name == browser.user);
    claims.equal(
        "and from the taste that this person had set",
        &event["answer"]["value"]["taste"]["warm_from"].as_f64(),
        &person.map(taste_of),
    );
}

const YEARS: usize = 4;
