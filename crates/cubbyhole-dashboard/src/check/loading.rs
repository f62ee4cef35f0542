//! A dashboard whose clock is moved by hand: refreshing ahead, old values, time limits.
//!
//! The times are those of the card (`cards/right_now.rs`): fresh for 5 seconds, good for 20, old for 10 minutes more; a
//! station that failed is left alone for 2 seconds, then for 4; an old reading after a quarter of a second, none after 4.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cubbyhole::ManualClock;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{Browser, CheckError, Claims, cast, roles, tags};
use crate::client::{ClientError, Reply};
use crate::{App, Pace, serve};

pub(super) async fn drive(claims: &mut Claims) -> Result<(), CheckError> {
    let clock = ManualClock::new();
    let app = App::with_clock(Pace::Quick, clock.clone())?;
    let running = serve(&app, 0).await?;
    let ada = cast::open(running.address(), "ada", claims).await?;
    let bob = cast::open(running.address(), "bob", claims).await?;
    let weather = Weather { clock, ada };
    weather.nothing_there(claims).await?;
    weather.refreshed_ahead(&bob, claims).await?;
    weather.broken(claims).await?;
    weather.slow(&bob, claims).await?;
    weather.silent(claims).await?;
    tags::forget(&weather.ada, &bob, claims).await?;
    roles::change(&app, &weather.ada, &bob, claims).await
}

/// Who looks at the weather, and the clock that it goes by.
struct Weather {
    clock: ManualClock,
    ada: Browser,
}

/// What there was to see.
#[derive(Debug, PartialEq)]
struct Seen {
    status: StatusCode,
    state: String,
    source: String,
    /// Which time the station was asked for it.
    number: Option<u64>,
}

impl Seen {
    fn new(state: &str, source: &str, number: u64) -> Self {
        Self {
            status: StatusCode::OK,
            state: state.to_owned(),
            source: source.to_owned(),
            number: Some(number),
        }
    }

    fn of(reply: &Reply) -> Self {
        let body = reply.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            status: reply.status,
            state: text(&body["state"]),
            source: text(&body["provenance"]["source"]),
            number: body["answer"]["value"]["number"].as_u64(),
        }
    }
}

impl Weather {
    /// A station that does not answer, and nothing old to show.
    async fn nothing_there(&self, claims: &mut Claims) -> Result<(), CheckError> {
        self.make("silent").await?;
        let asked = self.ask_later();
        self.until_asked(1).await?;
        self.clock.advance(HARD);
        let seen = seen_at_last(asked).await?;
        claims.equal(
            "a computation that takes too long is given up, and is an error if there is nothing old",
            &seen.status,
            &StatusCode::GATEWAY_TIMEOUT,
        );
        claims.equal(
            "a lookup that misses says why",
            &self.station("missed").await?,
            &Value::from("never_seen"),
        );
        self.make("well").await?;
        claims.equal(
            "and the next request tries anew",
            &self.see(&self.ada).await?,
            &Seen::new("fresh", "computed", 2),
        );
        Ok(())
    }

    async fn refreshed_ahead(&self, bob: &Browser, claims: &mut Claims) -> Result<(), CheckError> {
        self.clock.advance(FRESH);
        claims.equal(
            "a value that is due for a refresh is served at once",
            &self.see(bob).await?,
            &Seen::new("refreshing", "cached", 2),
        );
        self.until_landed().await?;
        for browser in [&self.ada, bob] {
            claims.equal(
                "and the next request has the newer one",
                &self.see(browser).await?,
                &Seen::new("fresh", "cached", 3),
            );
        }
        self.asked_so_often(3, "a refresh asks the source once", claims)
            .await
    }

    async fn broken(&self, claims: &mut Claims) -> Result<(), CheckError> {
        self.make("broken").await?;
        self.clock.advance(GOOD);
        for (seconds, loads) in [(0, 4), (0, 4), (2, 5), (0, 5), (2, 5), (2, 6), (0, 6)] {
            self.clock.advance(Duration::from_secs(seconds));
            claims.equal(
                "a source that is broken is made up for by an old value",
                &self.see(&self.ada).await?,
                &Seen::new("old-while-broken", "old", 3),
            );
            let text = "and is left alone for longer and longer";
            self.asked_so_often(loads, text, claims).await?;
        }
        claims.equal(
            "a lookup that misses says why",
            &self.station("missed").await?,
            &Value::from("failed_recently"),
        );
        self.clock.advance(OLD);
        claims.equal(
            "but not for ever",
            &self.see(&self.ada).await?.status,
            &StatusCode::BAD_GATEWAY,
        );
        self.make("well").await?;
        let loads = self.loads().await?;
        claims.equal(
            "a source that is well again is asked again",
            &self.see(&self.ada).await?,
            &Seen::new("fresh", "computed", loads + 1),
        );
        Ok(())
    }

    async fn slow(&self, bob: &Browser, claims: &mut Claims) -> Result<(), CheckError> {
        let loads = self.loads().await?;
        self.make("slow").await?;
        self.clock.advance(GOOD);
        let asked = self.ask_later();
        self.until_asked(loads + 1).await?;
        claims.equal("what is on its way is listed", &self.flights().await?, &1);
        self.clock.advance(SOFT);
        let text = "who waits for a source that is slow gets the old value";
        let old = Seen::new("old-while-slow", "old", loads);
        claims.equal(text, &seen_at_last(asked).await?, &old);
        claims.equal(text, &self.see(bob).await?, &old);
        self.clock.advance(SLOW);
        self.until_landed().await?;
        claims.equal(
            "and the computation goes on until it has a newer one",
            &self.see(&self.ada).await?,
            &Seen::new("fresh", "cached", loads + 1),
        );
        let text = "for all who asked it was one computation";
        self.asked_so_often(loads + 1, text, claims).await
    }

    /// A station that does not answer, and an old reading.
    async fn silent(&self, claims: &mut Claims) -> Result<(), CheckError> {
        let loads = self.loads().await?;
        self.make("silent").await?;
        self.clock.advance(GOOD);
        let asked = self.ask_later();
        self.until_asked(loads + 1).await?;
        self.clock.advance(HARD);
        let seen = seen_at_last(asked).await?;
        claims.equal(
            "an old value is better than an error that comes too late",
            &(seen.status, seen.number),
            &(StatusCode::OK, Some(loads)),
        );
        self.until_landed().await?;
        self.make("well").await?;
        self.clock.advance(RETRY);
        claims.equal(
            "a source that is well again is asked again",
            &self.see(&self.ada).await?,
            &Seen::new("fresh", "computed", loads + 2),
        );
        Ok(())
    }

    async fn make(&self, health: &str) -> Result<(), CheckError> {
        let path = format!("/api/station?health={health}");
        self.ada.client.post(&path).await?;
        Ok(())
    }

    async fn see(&self, browser: &Browser) -> Result<Seen, CheckError> {
        Ok(Seen::of(&browser.client.get(RIGHT_NOW).await?))
    }

    /// Asks without waiting for the answer.
    fn ask_later(&self) -> JoinHandle<Result<Reply, ClientError>> {
        let client = self.ada.client.clone();
        tokio::spawn(async move { client.get(RIGHT_NOW).await })
    }

    async fn station(&self, field: &str) -> Result<Value, CheckError> {
        let station = self.ada.client.get("/api/station").await?.json();
        Ok(station[field].clone())
    }

    async fn loads(&self) -> Result<u64, CheckError> {
        Ok(self.station("loads").await?.as_u64().unwrap_or_default())
    }

    /// How many readings are on their way.
    async fn flights(&self) -> Result<usize, CheckError> {
        let store = self.ada.client.get("/api/store").await?.json();
        let flights = store["in_flight"].as_array().cloned().unwrap_or_default();
        let ours = flights.iter().filter(|flight| flight["uid"] == "right-now");
        Ok(ours.count())
    }

    async fn asked_so_often(
        &self,
        loads: u64,
        text: &'static str,
        claims: &mut Claims,
    ) -> Result<(), CheckError> {
        claims.equal(text, &self.loads().await?, &loads);
        Ok(())
    }

    /// Looks until the station was asked so often.
    async fn until_asked(&self, loads: u64) -> Result<(), CheckError> {
        let begun = Instant::now();
        while self.loads().await? < loads {
            patient(begun, "the station was asked").await?;
        }
        Ok(())
    }

    /// Looks until nothing is on its way.
    async fn until_landed(&self) -> Result<(), CheckError> {
        let begun = Instant::now();
        while self.flights().await? > 0 {
            patient(begun, "the reading had come").await?;
        }
        Ok(())
    }
}

/// What a request shows that was to be answered by now.
async fn seen_at_last(asked: JoinHandle<Result<Reply, ClientError>>) -> Result<Seen, CheckError> {
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    let reply = answered.map_err(|_late| CheckError::InVain("a reading was shown"))?;
    Ok(Seen::of(&reply??))
}

/// Lets others go on, unless that was in vain for too long.
pub(super) async fn patient(begun: Instant, until: &'static str) -> Result<(), CheckError> {
    if begun.elapsed() > PATIENCE {
        return Err(CheckError::InVain(until));
    }
    tokio::task::yield_now().await;
    Ok(())
}

const RIGHT_NOW: &str = "/api/right-now";
const PATIENCE: Duration = Duration::from_secs(20);
const FRESH: Duration = Duration::from_secs(5);
const GOOD: Duration = Duration::from_secs(20);
const OLD: Duration = Duration::from_secs(600);
const SOFT: Duration = Duration::from_millis(250);
const HARD: Duration = Duration::from_secs(4);
const SLOW: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_secs(2);
