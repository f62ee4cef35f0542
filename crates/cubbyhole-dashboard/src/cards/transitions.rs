//! Tomorrow, given today: what kind of day follows what kind of day. Five small tables, kept for
//! everyone for as long as the service runs.

use std::sync::Arc;

use cubbyhole::{CacheError, CachePolicy, CacheType};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{Season, Transitions, transitions};
use crate::answer::Traced;
use crate::charts::heat_map;
use crate::choices::{Card, Choices};
use crate::data::Weather;
use crate::page::{CardView, hidden_fields, option, provenance_line, table};
use crate::service::{Entry, Kept, Service};
use crate::wording;

type Answered = Traced<Kept<Transitions>>;

pub(crate) fn entry() -> Entry<Transitions> {
    Entry::new("transitions", CachePolicy::keep_all()).finish_in_background()
}

pub(crate) async fn ask(service: &Service, season: Season) -> Result<Answered, CacheError> {
    let data = Arc::clone(&service.data);
    let work = move || transitions(data.days(), season);
    service
        .ask(&service.entries.transitions, season.name(), work)
        .await
}

pub(crate) fn view(
    answered: &Result<Answered, CacheError>,
    choices: &Choices,
    problem: Option<String>,
) -> Markup {
    let (body, provenance) = match answered {
        Ok(answered) => (
            body(&answered.answer.value),
            provenance_line(&answered.provenance),
        ),
        Err(error) => (failure(error), html! {}),
    };
    CardView {
        card: Card::Transitions,
        title: "Tomorrow, given today",
        whose: CacheType::Global,
        lead: html! { "How often each kind of day is followed by each other kind." },
        controls: controls(choices),
        problem,
        body,
        provenance,
    }
    .render()
}

fn controls(choices: &Choices) -> Markup {
    html! {
        form.controls method="get" action="/#transitions" {
            (hidden_fields(choices, Some(Card::Transitions)))
            label {
                span { "Season" }
                select name=(Card::Transitions.field("season")) {
                    @for season in Season::ALL {
                        (option(season.name(), season.label(), season == choices.season))
                    }
                }
            }
            button { "Show" }
        }
    }
}

fn body(transitions: &Transitions) -> Markup {
    let title = format!("From one day to the next: {}", transitions.season.label());
    let kinds = Weather::ALL.map(|weather| weather.to_string());
    let columns: Vec<&str> = std::iter::once("Today")
        .chain(kinds.iter().map(String::as_str))
        .collect();
    let rows: Vec<Vec<String>> = Weather::ALL
        .into_iter()
        .map(|today| row(transitions, today))
        .collect();
    html! {
        p.answer {
            "The weather stayed as it was on " strong { (wording::percent(transitions.persistence())) }
            " of all days."
        }
        (heat_map("transitions-chart", &title, transitions))
        (table(&title, &columns, &rows))
    }
}

fn row(transitions: &Transitions, today: Weather) -> Vec<String> {
    let counts = transitions.counts.get(today as usize).into_iter().flatten();
    std::iter::once(today.to_string())
        .chain(counts.map(u32::to_string))
        .collect()
}
