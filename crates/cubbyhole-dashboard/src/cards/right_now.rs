//! Right now: what a station says that may be slow, silent or broken. Its readings are refreshed before they are old, and
//! an old one is better than none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cubbyhole::{
    CacheError, CachePolicy, CacheType, InFlightKind, MissReason, PolicyError, PolicyOptions,
};
use maud::{Markup, html};
use serde::{Serialize, Serializer};

use crate::answer::{Answer, Owner, Source, Traced};
use crate::choices::{Card, Choices};
use crate::page::{CardView, hidden_fields, provenance_line};
use crate::service::{Entry, Kept, Service, hear};
use crate::station::{Health, Reading, StationError};
use crate::wording;

/// A reading is good for twenty seconds and refreshed after five. A station that is broken is left alone for longer and
/// longer; one that is slow is not waited for as long as there is an old reading, and never for long.
pub(crate) fn entry() -> Result<Entry<Reading>, PolicyError> {
    let options = PolicyOptions::new()
        .with_refresh_after(REFRESH_AFTER)
        .with_stale_if_error(Duration::from_secs(600))
        .with_retry_after(Duration::from_secs(2))
        .with_soft_timeout(Duration::from_millis(250))
        .with_hard_timeout(Duration::from_secs(4));
    let policy = CachePolicy::ttl(TTL)?.with_options(options)?;
    Ok(Entry::new("right-now", policy).finish_in_background())
}

/// A reading as one request got it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) traced: Traced<Kept<Reading>>,
    pub(crate) state: State,
}

/// How good a reading is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Fresh,
    /// Still good, and due for a newer one, which is fetched in the background.
    Refreshing,
    /// Past its time: the station takes its time.
    OldWhileSlow,
    /// Past its time: the station failed when it was asked last.
    OldWhileBroken,
}

impl State {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Fresh => "A fresh reading.",
            Self::Refreshing => "Still good, and due for a newer one.",
            Self::OldWhileSlow => "An old reading: the station takes too long to say more.",
            Self::OldWhileBroken => {
                "An old reading: the station failed, and is left alone for a while."
            }
        }
    }
}

pub(crate) async fn ask(service: &Service) -> Result<Heard, CacheError> {
    let entry = &service.entries.right_now;
    let uid = entry.store_key().uid();
    if let Some(why) = service.store.why_missing(entry, KEY)? {
        service.ledger.misses(uid, why);
    }
    let (station, ledger) = (Arc::clone(&service.station), Arc::clone(&service.ledger));
    let key = entry.store_key().clone();
    let asked = hear(|own| {
        service.store.get_or_load(entry, KEY, move || async move {
            let begun = Instant::now();
            let value = station.read().await?;
            let cost = begun.elapsed();
            let answer = Answer {
                value,
                owner: Owner::current(CacheType::Global),
                computation: ledger.computed(key.uid(), cost),
                cost,
            };
            own.made(&answer);
            Ok::<_, StationError>(Arc::new(answer))
        })
    });
    let heard = asked.await?;
    let state = state(service, &heard.answer.value);
    let source = match state {
        State::Fresh | State::Refreshing => heard.source,
        State::OldWhileSlow | State::OldWhileBroken => Source::Old,
    };
    Ok(Heard {
        traced: service.trace(entry, heard.answer, source, heard.begun),
        state,
    })
}

fn state(service: &Service, reading: &Reading) -> State {
    let age = service.station.age(reading);
    if age < REFRESH_AFTER {
        return State::Fresh;
    }
    if age < TTL {
        return State::Refreshing;
    }
    let key = service.entries.right_now.store_key();
    let flights = service.store.in_flight();
    let is_asked = flights
        .iter()
        .any(|flight| flight.entry == *key && flight.kind == InFlightKind::Computing);
    if is_asked {
        State::OldWhileSlow
    } else {
        State::OldWhileBroken
    }
}

/// What is known of the station itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Watched {
    health: Health,
    /// How often it was asked.
    loads: u64,
    /// Why the last lookup that found no reading did not.
    #[serde(serialize_with = "name")]
    missed: Option<MissReason>,
}

fn name<S: Serializer>(why: &Option<MissReason>, serializer: S) -> Result<S::Ok, S::Error> {
    why.map(MissReason::name).serialize(serializer)
}

pub(crate) fn watch(service: &Service) -> Watched {
    let uid = service.entries.right_now.store_key().uid();
    Watched {
        health: service.station.health(),
        loads: service.station.asked(),
        missed: service.ledger.tally(uid).missed,
    }
}

pub(crate) fn view(
    heard: &Result<Heard, CacheError>,
    choices: &Choices,
    service: &Service,
) -> Markup {
    let (body, provenance) = match heard {
        Ok(heard) => (reading(heard), provenance_line(&heard.traced.provenance)),
        Err(error) => (failure(error), html! {}),
    };
    let watched = watch(service);
    CardView {
        card: Card::RightNow,
        title: "Right now",
        whose: CacheType::Global,
        lead: html! {
            "What a weather station says, which is asked over a network that we make up. A reading is refreshed before "
            "it is old, and when there is no newer one to be had, an old one is better than none."
        },
        controls: switch(choices, watched.health),
        problem: None,
        body: html! { (body) (told(watched)) },
        provenance,
    }
    .render()
}

fn reading(heard: &Heard) -> Markup {
    let reading = &heard.traced.answer.value;
    html! {
        p.answer {
            strong { (wording::number(reading.temperature)) " °C" }
            ", wind of " (wording::number(reading.wind)) " m/s, as on " (wording::date(reading.like)) "."
        }
        p { (heard.state.sentence()) " It is reading " (reading.number) "." }
    }
}

/// Stands in place of a reading that is not to be had, not even an old one.
fn failure(error: &CacheError) -> Markup {
    let text = match error {
        CacheError::TimedOut { .. } => "The station did not answer in time.",
        _ => "The station is broken.",
    };
    html! { p.problem role="alert" { (text) " There is no old reading either." } }
}

fn told(watched: Watched) -> Markup {
    html! {
        p.soft {
            "Questions to the station since the service started: " (watched.loads) ". "
            @match watched.missed {
                Some(why) => { "The last lookup that missed did so because the reading " (wording::miss(why)) "." },
                None => "No lookup has missed yet.",
            }
        }
    }
}

fn switch(choices: &Choices, health: Health) -> Markup {
    html! {
        form.controls method="post" action="/station" {
            (hidden_fields(choices, None))
            span { "The station is" }
            @for other in Health::ALL {
                button.quiet name="health" value=(other.name()) aria-pressed=(other == health) { (other.name()) }
            }
        }
    }
}

/// There is one station.
const KEY: &str = "seattle";

const TTL: Duration = Duration::from_secs(20);
const REFRESH_AFTER: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use cubbyhole::ManualClock;

    use super::*;
    use crate::analytics::Effort;
    use crate::service::Gate;

    fn service(clock: &ManualClock) -> Service {
        let clock = Arc::new(clock.clone());
        Service::new(Effort::QUICK, Gate::open(), clock).unwrap()
    }

    async fn heard(service: &Service) -> (u64, State, Source) {
        let heard = ask(service).await.unwrap();
        (
            heard.traced.answer.value.number,
            heard.state,
            heard.traced.provenance.source,
        )
    }

    #[tokio::test]
    async fn a_reading_says_how_good_it_is() {
        let clock = ManualClock::new();
        let service = service(&clock);
        assert_eq!(heard(&service).await, (1, State::Fresh, Source::Computed));
        assert_eq!(heard(&service).await, (1, State::Fresh, Source::Cached));
        service.station.set_health(Health::Broken);
        clock.advance(REFRESH_AFTER);
        assert_eq!(
            heard(&service).await,
            (1, State::Refreshing, Source::Cached)
        );
        clock.advance(TTL);
        assert_eq!(
            heard(&service).await,
            (1, State::OldWhileBroken, Source::Old)
        );
    }

    #[tokio::test]
    async fn the_last_miss_is_remembered_with_its_reason() {
        let service = service(&ManualClock::new());
        assert_eq!(watch(&service).missed, None);
        heard(&service).await;
        assert_eq!(watch(&service).missed, Some(MissReason::NeverSeen));
        heard(&service).await;
        assert_eq!(watch(&service).loads, 1);
    }
}
