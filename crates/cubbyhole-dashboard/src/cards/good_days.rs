//! Good days: how many days of a year somebody would have liked. The key is a year, the same for
//! all; whose taste it is comes from the scope, so that nobody gets the days of somebody else.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole::{CacheError, CachePolicy, CacheType, PolicyError};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{GoodDays, GoodMonth, Taste, good_days};
use crate::answer::Traced;
use crate::charts::day_grid;
use crate::choices::{Card, Choices};
use crate::data::Dataset;
use crate::page::{CardView, hidden_fields, provenance_line, select_year, table};
use crate::people::{ChangeError, Identity};
use crate::service::{Entry, Kept, Service};
use crate::wording;

type Answered = Traced<Kept<GoodDays>>;

/// People come and go: what was kept for somebody who left is given back after ten minutes.
pub(crate) fn entry() -> Result<Entry<GoodDays>, PolicyError> {
    let policy = CachePolicy::ttl(Duration::from_secs(600))?.with_cache_type(CacheType::User);
    Ok(Entry::new("good-days", policy).finish_in_background())
}

pub(crate) async fn ask(service: &Service, year: i16) -> Result<Answered, CacheError> {
    let (data, effort) = (Arc::clone(&service.data), service.effort);
    let people = Arc::clone(&service.people);
    let prepare = async move {
        let taste = people.current_taste().await;
        move || good_days(data.year(Some(year)), taste, effort.means)
    };
    service
        .ask_prepared(&service.entries.good_days, &year.to_string(), prepare)
        .await
}

/// Changes the taste of a person, and withdraws what was computed for the old one.
pub(crate) async fn change_taste(
    service: &Service,
    identity: &Identity,
    taste: Taste,
) -> Result<(), ChangeError> {
    let user = identity.user.as_str();
    service.people.set_taste(user, taste).await?;
    for year in service.data.years() {
        service
            .store
            .delete(&service.entries.good_days, &year.to_string())
            .await?;
    }
    Ok(())
}

pub(crate) fn view(
    answered: &Result<Answered, CacheError>,
    choices: &Choices,
    data: &Dataset,
    (identity, taste): (&Identity, Taste),
    problem: Option<String>,
) -> Markup {
    let (body, provenance) = match answered {
        Ok(answered) => (
            body(&answered.answer.value, choices.good_days),
            provenance_line(&answered.provenance),
        ),
        Err(error) => (failure(error), html! {}),
    };
    CardView {
        card: Card::GoodDays,
        title: "Your good days",
        whose: CacheType::User,
        lead: html! {
            "The days that were warm, dry and calm enough for " bdi { strong { (identity.user) } }
            ", in whichever session. Others see other days."
        },
        controls: html! {
            (year_form(choices, data))
            (taste_form(choices, taste))
        },
        problem,
        body,
        provenance,
    }
    .render()
}

fn year_form(choices: &Choices, data: &Dataset) -> Markup {
    html! {
        form.controls method="get" action="/#good-days" {
            (hidden_fields(choices, Some(Card::GoodDays)))
            (select_year(Card::GoodDays, data, Some(choices.good_days), false))
            button { "Show" }
        }
    }
}

fn taste_form(choices: &Choices, taste: Taste) -> Markup {
    html! {
        details.taste {
            summary {
                "Your taste: " (wording::plain(taste.warm_from)) " to " (wording::plain(taste.warm_to))
                " °C, at most " (wording::plain(taste.rain_at_most)) " mm of rain and "
                (wording::plain(taste.wind_at_most)) " m/s of wind"
            }
            form.controls method="post" action="/taste" {
                (hidden_fields(choices, None))
                (bound("High from °C", "warm_from", taste.warm_from, Taste::WARMTH))
                (bound("High to °C", "warm_to", taste.warm_to, Taste::WARMTH))
                (bound("Rain up to mm", "rain_at_most", taste.rain_at_most, Taste::RAIN))
                (bound("Wind up to m/s", "wind_at_most", taste.wind_at_most, Taste::WIND))
                button { "Keep" }
            }
        }
    }
}

fn bound(label: &str, name: &str, value: f64, (least, most): (f64, f64)) -> Markup {
    html! {
        label {
            span { (label) }
            input type="number" name=(name) value=(value) min=(least) max=(most) step="0.5" required;
        }
    }
}

fn body(days: &GoodDays, year: i16) -> Markup {
    let title = format!("Your good days of {year}");
    let rows: Vec<Vec<String>> = days.months.iter().map(row).collect();
    html! {
        p.answer { strong { (days.total) " good days" } " in " (year) "." }
        (day_grid("good-days-chart", &title, days))
        p.key aria-hidden="true" {
            span.good { "good" } span.nearly { "one wish missed" } span.poor { "more missed" }
        }
        (table(&title, &["Month", "Good", "of", "Share", "from", "to"], &rows))
    }
}

fn row(month: &GoodMonth) -> Vec<String> {
    vec![
        wording::month(month.month).to_owned(),
        month.good.to_string(),
        month.verdicts.len().to_string(),
        wording::percent(month.share),
        wording::percent(month.interval.low),
        wording::percent(month.interval.high),
    ]
}
