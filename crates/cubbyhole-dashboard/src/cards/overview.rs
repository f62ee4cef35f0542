//! The opening: four years at a glance. Computed once and kept for everyone.

use std::sync::Arc;

use cubbyhole::{CacheError, CachePolicy};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{Overview, Record, Spell, overview};
use crate::answer::Traced;
use crate::charts::ribbon;
use crate::page::provenance_line;
use crate::service::{Entry, Kept, Service};
use crate::wording;

type Answered = Traced<Kept<Overview>>;

/// The data never change, and there is one value: nothing is ever thrown away.
pub(crate) fn entry() -> Entry<Overview> {
    Entry::new("overview", CachePolicy::keep_all()).finish_in_background()
}

pub(crate) async fn ask(service: &Service) -> Result<Answered, CacheError> {
    let data = Arc::clone(&service.data);
    let work = move || overview(data.days());
    service.ask(&service.entries.overview, "all", work).await
}

pub(crate) fn view(answered: &Result<Answered, CacheError>) -> Markup {
    html! {
        section.hero aria-labelledby="hero-heading" {
            h1 #hero-heading { "Four years of Seattle’s weather" }
            p.lead {
                "Every chart below is expensive to compute and computed once: for everyone, for you, or for this "
                "session, and nobody ever sees what was computed for somebody else. Each says where it came from."
            }
            @match answered {
                Ok(answered) => {
                    figure { (ribbon("ribbon", "From the daily lows to the daily highs", &answered.answer.value.weeks)) }
                    (facts(&answered.answer.value))
                    (provenance_line(&answered.provenance))
                }
                Err(error) => (failure(error)),
            }
        }
    }
}

/// The records as a list.
pub(crate) fn facts(overview: &Overview) -> Markup {
    html! {
        dl.facts {
            (record("Hottest day", &overview.hottest, "°C"))
            (record("Coldest night", &overview.coldest, "°C"))
            (record("Wettest day", &overview.wettest, "mm"))
            (record("Windiest day", &overview.windiest, "m/s"))
            (spell("Longest dry spell", &overview.longest_dry))
            (spell("Longest wet spell", &overview.longest_wet))
        }
    }
}

fn record(name: &str, record: &Record, unit: &str) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { (wording::number(record.value)) " " (unit) small { (wording::date(record.date)) } }
        }
    }
}

fn spell(name: &str, spell: &Spell) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { (spell.days) " days" small { "from " (wording::date(spell.from)) } }
        }
    }
}
