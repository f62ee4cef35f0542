//! A closer look: a smooth curve through a window of days. Each session looks at one window at a
//! time, so that only the last one is kept.

use std::sync::Arc;

use cubbyhole::{CacheError, CachePolicy, CacheType, CachedRegistryEntry};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{Curve, CurvePoint, smooth_curve};
use crate::answer::Traced;
use crate::charts::smooth_line;
use crate::choices::{Card, Choices, WindowChoice};
use crate::data::Dataset;
use crate::page::{CardView, hidden_fields, provenance_line, select_measure, table};
use crate::service::{Entry, Kept, Service};
use crate::wording;

type Answered = Traced<Kept<Curve>>;

/// Which window the session looked at last.
pub(crate) fn last_entry() -> CachedRegistryEntry<WindowChoice> {
    CachedRegistryEntry::new(
        "last-window",
        CachePolicy::most_recent().with_cache_type(CacheType::Session),
    )
}

/// The curve of that window.
pub(crate) fn entry() -> Entry<Curve> {
    Entry::new(
        "window-curve",
        CachePolicy::most_recent().with_cache_type(CacheType::Session),
    )
    .finish_in_background()
}

/// The window that this session looked at last.
pub(crate) async fn last(service: &Service) -> Result<Option<WindowChoice>, CacheError> {
    service.store.get(&service.entries.last_window, LAST).await
}

pub(crate) async fn ask(service: &Service, choice: WindowChoice) -> Result<Answered, CacheError> {
    service
        .store
        .set(&service.entries.last_window, LAST, choice)
        .await?;
    let (data, effort) = (Arc::clone(&service.data), service.effort);
    let work = move || {
        let days = data.between(choice.from, choice.to);
        smooth_curve(days, choice.measure, choice.reach, effort.curves)
    };
    service
        .ask(&service.entries.window, &choice.key(), work)
        .await
}

pub(crate) fn view(
    answered: &Result<Answered, CacheError>,
    choices: &Choices,
    data: &Dataset,
    problem: Option<String>,
) -> Markup {
    let choice = choices.window;
    let (body, provenance) = match answered {
        Ok(answered) => (
            body(&answered.answer.value, choice),
            provenance_line(&answered.provenance),
        ),
        Err(error) => (failure(error), html! {}),
    };
    CardView {
        card: Card::Window,
        title: "A closer look",
        whose: CacheType::Session,
        lead: html! {
            "A smooth curve through any window of days. The band says how sure the curve is; the dots are the days."
        },
        controls: controls(choices, data),
        problem,
        body,
        provenance,
    }
    .render()
}

fn controls(choices: &Choices, data: &Dataset) -> Markup {
    let choice = choices.window;
    html! {
        form.controls method="get" action="/#window" {
            (hidden_fields(choices, Some(Card::Window)))
            (select_measure(Card::Window, choice.measure))
            (date("From", "from", &choice.from.to_string(), data))
            (date("To", "to", &choice.to.to_string(), data))
            label {
                span { "± days" }
                input type="number" name=(Card::Window.field("reach")) value=(choice.reach)
                    min=(WindowChoice::REACHES.start()) max=(WindowChoice::REACHES.end());
            }
            button { "Show" }
        }
    }
}

fn date(label: &str, name: &str, value: &str, data: &Dataset) -> Markup {
    html! {
        label {
            span { (label) }
            input type="date" name=(Card::Window.field(name)) value=(value) min=(data.first()) max=(data.last());
        }
    }
}

fn body(curve: &Curve, choice: WindowChoice) -> Markup {
    let title = format!(
        "{} from {} to {}",
        choice.measure.label(),
        wording::date(choice.from),
        wording::date(choice.to)
    );
    // A table of four years of days would be longer than the page: one row a week tells as much.
    let rows: Vec<Vec<String>> = curve.points.iter().step_by(7).map(row).collect();
    html! {
        (smooth_line("window-chart", &title, curve, choice.measure))
        (table(&title, &["Every seventh day", "Measured", "Curve", "from", "to"], &rows))
    }
}

fn row(point: &CurvePoint) -> Vec<String> {
    vec![
        wording::date(point.date),
        wording::number(point.value),
        wording::number(point.smooth),
        wording::number(point.band.low),
        wording::number(point.band.high),
    ]
}

/// The one key: a session has one last window.
const LAST: &str = "last";
