//! Month by month: means with bootstrap intervals. Many combinations, the same for everyone.

use std::sync::Arc;

use cubbyhole::{CacheError, CachePolicy, CacheType, PolicyError};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{MonthMean, monthly_means};
use crate::answer::Traced;
use crate::charts::month_dots;
use crate::choices::{Card, Choices, MonthlyChoice};
use crate::data::Dataset;
use crate::page::{CardView, hidden_fields, provenance_line, select_measure, select_year, table};
use crate::service::{Entry, Kept, Service};
use crate::wording;

type Answered = Traced<Kept<Vec<MonthMean>>>;

/// Twenty combinations of year and measure; the dozen that people look at most stay.
pub(crate) fn entry() -> Result<Entry<Vec<MonthMean>>, PolicyError> {
    Ok(Entry::new("monthly-means", CachePolicy::lru(12)?).finish_in_background())
}

pub(crate) async fn ask(service: &Service, choice: MonthlyChoice) -> Result<Answered, CacheError> {
    let (data, effort) = (Arc::clone(&service.data), service.effort);
    let work = move || monthly_means(data.year(choice.year), choice.measure, effort.means);
    service
        .ask(&service.entries.monthly, &choice.key(), work)
        .await
}

pub(crate) fn view(
    answered: &Result<Answered, CacheError>,
    choices: &Choices,
    data: &Dataset,
    problem: Option<String>,
) -> Markup {
    let choice = choices.monthly;
    let (body, provenance) = match answered {
        Ok(answered) => (
            body(&answered.answer.value, choice),
            provenance_line(&answered.provenance),
        ),
        Err(error) => (failure(error), html! {}),
    };
    CardView {
        card: Card::Monthly,
        title: "Month by month",
        whose: CacheType::Global,
        lead: html! {
            "The mean of each month, with the range that 95 of 100 repetitions fall into. "
            "Whole weeks are drawn together, because a warm day follows a warm day."
        },
        controls: controls(choices, data),
        problem,
        body,
        provenance,
    }
    .render()
}

fn controls(choices: &Choices, data: &Dataset) -> Markup {
    html! {
        form.controls method="get" action="/#monthly" {
            (hidden_fields(choices, Some(Card::Monthly)))
            (select_measure(Card::Monthly, choices.monthly.measure))
            (select_year(Card::Monthly, data, choices.monthly.year, true))
            button { "Show" }
        }
    }
}

fn body(months: &[MonthMean], choice: MonthlyChoice) -> Markup {
    let years = choice
        .year
        .map_or_else(|| "2012 to 2015".to_owned(), |year| year.to_string());
    let title = format!("{} by month, {years}", choice.measure.label());
    let rows: Vec<Vec<String>> = months.iter().map(row).collect();
    html! {
        (month_dots("monthly-chart", &title, months, choice.measure))
        (table(&title, &["Month", "Mean", "from", "to", "Days"], &rows))
    }
}

fn row(month: &MonthMean) -> Vec<String> {
    vec![
        wording::month(month.month).to_owned(),
        wording::number(month.mean),
        wording::number(month.interval.low),
        wording::number(month.interval.high),
        month.days.to_string(),
    ]
}
