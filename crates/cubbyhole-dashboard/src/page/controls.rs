//! The parts of forms.

use maud::{Markup, html};

use crate::choices::{Card, Choices};
use crate::data::{Dataset, Measure};

/// The choices of all other cards, so that a form changes nothing but its own.
pub(crate) fn hidden_fields(choices: &Choices, own: Option<Card>) -> Markup {
    html! {
        @for (card, fields) in choices.fields() {
            @if Some(card) != own {
                @for (name, value) in fields {
                    input type="hidden" name=(card.field(name)) value=(value);
                }
            }
        }
    }
}

pub(crate) fn option(value: &str, label: &str, chosen: bool) -> Markup {
    html! { option value=(value) selected[chosen] { (label) } }
}

pub(crate) fn select_measure(card: Card, chosen: Measure) -> Markup {
    html! {
        label {
            span { "Measure" }
            select name=(card.field("measure")) {
                @for measure in Measure::ALL {
                    (option(measure.name(), measure.label(), measure == chosen))
                }
            }
        }
    }
}

pub(crate) fn select_year(card: Card, data: &Dataset, chosen: Option<i16>, all: bool) -> Markup {
    html! {
        label {
            span { "Year" }
            select name=(card.field("year")) {
                @if all { (option("all", "All four", chosen.is_none())) }
                @for year in data.years() {
                    @let text = year.to_string();
                    (option(&text, &text, chosen == Some(year)))
                }
            }
        }
    }
}
