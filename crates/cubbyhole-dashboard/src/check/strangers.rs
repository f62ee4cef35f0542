//! What must not work: being nobody, being somebody else, being here again after leaving.

use std::net::SocketAddr;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::cast::open;
use super::{Browser, CheckError, Claims};
use crate::client::Client;

pub(super) async fn try_all(
    address: SocketAddr,
    crowd: &[Browser],
    claims: &mut Claims,
) -> Result<(), CheckError> {
    nobody(address, claims).await?;
    two_cookies(address, crowd, claims).await?;
    from_afar(address, claims).await?;
    impossible_names(address, claims).await?;
    other_sites(crowd, claims).await?;
    gone_sessions(address, claims).await?;
    erased(address, claims).await
}

/// Without a session that is open there is nothing to see.
async fn nobody(address: SocketAddr, claims: &mut Claims) -> Result<(), CheckError> {
    let zeros = "0".repeat(32);
    let cookies = [
        String::new(),
        "cubbyhole_session=".to_owned(),
        "cubbyhole_session=1".to_owned(),
        "cubbyhole_session=ada".to_owned(),
        format!("cubbyhole_session={zeros}"),
        format!("user=ada; session=1; cubbyhole_session={zeros}"),
        format!("cubbyhole_session={zeros}; cubbyhole_session=ada"),
    ];
    for cookie in cookies {
        let stranger = Client::new(address).with_cookie(cookie.as_str());
        for path in PATHS {
            let reply = stranger.get(path).await?;
            claims.claim(
                "a cookie that is nobody's opens nothing",
                reply.status == StatusCode::UNAUTHORIZED && reply.json()["answer"].is_null(),
                || format!("{path} answered {} to {cookie:?}", reply.status),
            );
        }
        let home = stranger.get("/").await?;
        claims.equal(
            "a stranger is asked to sign in",
            &home.header("location"),
            &"/sign-in",
        );
    }
    Ok(())
}

/// A neighbouring domain can add a cookie of the same name, before or after ours: then nobody knows whose request it is.
async fn two_cookies(
    address: SocketAddr,
    crowd: &[Browser],
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let mut cookies = crowd.iter().filter_map(|browser| browser.client.cookie());
    let (Some(ours), Some(theirs)) = (cookies.next(), cookies.next()) else {
        return Ok(());
    };
    let forged = format!("cubbyhole_session={}", "0".repeat(32));
    let pairs = [
        (ours, theirs),
        (theirs, ours),
        (ours, ours),
        (ours, &forged),
        (&forged, ours),
    ];
    for (one, other) in pairs {
        let both = format!("{one}; {other}");
        let stranger = Client::new(address).with_cookie(both);
        let reply = stranger.get("/api/me").await?;
        claims.equal(
            "two cookies of one name are nobody's, genuine or not",
            &reply.status,
            &StatusCode::UNAUTHORIZED,
        );
    }
    Ok(())
}

/// What is counted is told to whoever is at the machine.
async fn from_afar(address: SocketAddr, claims: &mut Claims) -> Result<(), CheckError> {
    let somebody = Client::new(address);
    let near = somebody.get("/metrics").await?;
    claims.equal(
        "what is counted is told to this machine",
        &near.status,
        &StatusCode::OK,
    );
    let far = [
        ("forwarded", "for=192.0.2.1"),
        ("x-forwarded-for", "192.0.2.1"),
        ("via", "1.1 proxy"),
        ("host", "rebound.example"),
    ];
    for header in far {
        let reply = somebody
            .send(Method::GET, "/metrics", None, &[header])
            .await?;
        claims.claim(
            "and neither through a proxy nor under another name",
            reply.status == StatusCode::FORBIDDEN && !reply.text.contains("cubbyhole"),
            || format!("with {header:?} it answered {}", reply.status),
        );
    }
    Ok(())
}

async fn impossible_names(address: SocketAddr, claims: &mut Claims) -> Result<(), CheckError> {
    let long = "a".repeat(65);
    for name in ["", "   ", &long, "ada\u{202e}", "ada\nbob", "\u{200b}"] {
        let mut client = Client::new(address);
        let reply = client.sign_in(name).await?;
        let refused = reply.status == StatusCode::UNPROCESSABLE_ENTITY && client.cookie().is_none();
        claims.claim(
            "a name that cannot be told from another is refused",
            refused,
            || format!("{name:?} was answered {}", reply.status),
        );
    }
    Ok(())
}

/// A form of another site changes nothing, whoever's browser sends it.
async fn other_sites(crowd: &[Browser], claims: &mut Claims) -> Result<(), CheckError> {
    let Some(browser) = crowd.first() else {
        return Ok(());
    };
    for path in [
        "/erase",
        "/sign-out",
        "/taste",
        "/role",
        "/station",
        "/monthly/forget",
        "/report/collect",
        "/sign-in",
    ] {
        let from_elsewhere = [("sec-fetch-site", "cross-site")];
        let reply = browser
            .client
            .send(Method::POST, path, None, &from_elsewhere)
            .await?;
        claims.equal(
            "a form of another site is refused",
            &reply.status,
            &StatusCode::FORBIDDEN,
        );
    }
    let me = browser.client.get("/api/me").await?;
    claims.equal(
        "and nobody was signed out by one",
        &me.status,
        &StatusCode::OK,
    );
    Ok(())
}

/// Who signed out is out, and what the session had is gone with it.
async fn gone_sessions(address: SocketAddr, claims: &mut Claims) -> Result<(), CheckError> {
    let before = open(address, "carol", claims).await?;
    let stays = open(address, "carol", claims).await?;
    let window = before.ask(WINDOW).await?;
    before.client.sign_out().await?;
    for path in PATHS {
        let reply = before.client.get(path).await?;
        claims.equal(
            "a session that was left does not answer",
            &reply.status,
            &StatusCode::UNAUTHORIZED,
        );
    }
    let other = stays.client.get("/api/me").await?;
    claims.equal(
        "another session of the same person stays",
        &other.status,
        &StatusCode::OK,
    );
    let after = open(address, "carol", claims).await?;
    let again = after.ask(WINDOW).await?;
    claims.claim(
        "a new session finds nothing of the old one",
        again.source == "computed"
            && again.computation != window.computation
            && after.session != before.session,
        || {
            format!(
                "it got computation {:?}, {}",
                again.computation, again.source
            )
        },
    );
    Ok(())
}

/// Who is erased leaves nothing behind, in whichever session.
async fn erased(address: SocketAddr, claims: &mut Claims) -> Result<(), CheckError> {
    let first = open(address, "dora", claims).await?;
    let second = open(address, "dora", claims).await?;
    first
        .post("/api/taste?warm_from=1&warm_to=2&rain_at_most=0&wind_at_most=1")
        .await?;
    let before = second.ask(GOOD_DAYS).await?;
    first.post("/api/report?year=2013").await?;
    second.ask("/api/report?year=2013&wait=yes").await?;
    second.client.post("/erase").await?;
    for browser in [&first, &second] {
        let reply = browser.client.get("/api/me").await?;
        claims.equal(
            "who is erased is signed out everywhere",
            &reply.status,
            &StatusCode::UNAUTHORIZED,
        );
    }
    let back = open(address, "dora", claims).await?;
    let after = back.ask(GOOD_DAYS).await?;
    claims.claim(
        "who comes back finds neither their taste nor what was computed for it",
        after.taste != before.taste
            && after.computation != before.computation
            && after.owner == json!({ "user": "dora" }),
        || format!("{:?} before, {:?} after", before.taste, after.taste),
    );
    let report = back.post("/api/report/collect?year=2013").await?;
    claims.equal(
        "nor a report that was waiting",
        &report.status,
        &StatusCode::NOT_FOUND,
    );
    Ok(())
}

const WINDOW: &str = "/api/window?measure=wind&from=2012-01-01&to=2012-03-31&reach=7";
const GOOD_DAYS: &str = "/api/good-days?year=2012";
const PATHS: [&str; 13] = [
    "/api/me",
    "/api/right-now",
    "/api/station",
    "/api/extremes",
    "/api/overview",
    "/api/monthly",
    "/api/window",
    "/api/good-days",
    "/api/good-days/stream",
    "/api/transitions",
    "/api/trend",
    "/api/report",
    "/api/store",
];
