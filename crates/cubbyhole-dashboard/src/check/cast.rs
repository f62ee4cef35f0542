//! Who takes part: people whose names are easily confused, each in two sessions.

use std::net::SocketAddr;

use axum::http::StatusCode;
use serde_json::Value;

use super::{Browser, CheckError, Claims};
use crate::client::Client;

/// Names that a careless key would mix up: with each other, with the names of scopes, with the
/// numbers of sessions, with the text around them.
pub(super) const NAMES: [&str; 14] = [
    "ada",
    "Ada",
    "bob",
    "global",
    "session",
    "user",
    "a",
    "b",
    "a:b",
    "a/b",
    "1",
    "<b>bob</b>",
    "李清照",
    "the longest name that anybody may have is of this many letters..",
];

/// Two sessions of everybody, with a taste that nobody else has.
pub(super) async fn sign_in(
    address: SocketAddr,
    claims: &mut Claims,
) -> Result<Vec<Browser>, CheckError> {
    let mut crowd = Vec::new();
    for _ in 0..2 {
        for name in NAMES {
            crowd.push(open(address, name, claims).await?);
        }
    }
    for (person, browser) in crowd.iter().take(NAMES.len()).enumerate() {
        let (from, to) = (taste_of(person), taste_of(person) + 9.0);
        let path =
            format!("/api/taste?warm_from={from}&warm_to={to}&rain_at_most=0.5&wind_at_most=5");
        let reply = browser.client.post(&path).await?;
        claims.equal(
            "everybody can set a taste",
            &reply.status,
            &StatusCode::NO_CONTENT,
        );
    }
    Ok(crowd)
}

/// Opens one session.
pub(super) async fn open(
    address: SocketAddr,
    name: &str,
    claims: &mut Claims,
) -> Result<Browser, CheckError> {
    let mut client = Client::new(address);
    let reply = client.sign_in(name).await?;
    claims.equal(
        "any name can sign in",
        &reply.status,
        &StatusCode::SEE_OTHER,
    );
    let me = client.get("/api/me").await?.json();
    claims.equal(
        "who signs in is known by that name",
        &me["user"],
        &Value::from(name),
    );
    Ok(Browser {
        client,
        user: name.to_owned(),
        session: me["session"].as_str().unwrap_or_default().to_owned(),
    })
}

/// From which temperature the person of this number likes a day.
pub(super) fn taste_of(person: usize) -> f64 {
    8.0 + 0.5 * person as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::UserName;

    #[test]
    fn the_last_name_is_as_long_as_a_name_can_be() {
        assert_eq!(NAMES[13].chars().count(), UserName::LONGEST);
    }
}
