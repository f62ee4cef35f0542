//! Month by month: means with bootstrap intervals. Many combinations, the same for everyone.
//!
//! The function itself is cached, by `#[cached]`, and its answers are tagged with their measure, so that all of one
//! measure can be withdrawn at once.

use std::sync::Arc;

use cubbyhole::{CacheError, CacheType, Loaded, SharedError, cached};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{MonthMean, monthly_means};
use crate::answer::Traced;
use crate::charts::month_dots;
use crate::choices::{Card, Choices, MonthlyChoice};
use crate::data::{Dataset, Measure};
use crate::page::{CardView, hidden_fields, provenance_line, select_measure, select_year, table};
use crate::service::{Entry, Kept, Own, Service, compute, hear};
use crate::wording;

type Answered = Traced<Kept<Vec<MonthMean>>>;

pub(crate) async fn ask(
    service: &Arc<Service>,
    choice: MonthlyChoice,
) -> Result<Answered, CacheError> {
    let heard = match &service.entries.shared_means {
        None => hear(|own| means(service, own, choice)).await?,
        Some(entry) => hear(|own| shared_means(service, entry, own, choice)).await?,
    };
    Ok(service.trace(means_entry(), heard.answer, heard.source, heard.begun))
}

/// The entry of the cached function, to be shared.
pub(crate) fn entry() -> Entry<Vec<MonthMean>> {
    means_entry().clone()
}

/// As [`means`], from the entry that a fleet shares: the function belongs to the program, and its tier to one service.
async fn shared_means(
    service: &Arc<Service>,
    entry: &Entry<Vec<MonthMean>>,
    own: Own,
    choice: MonthlyChoice,
) -> Result<Kept<Vec<MonthMean>>, CacheError> {
    let of = Arc::clone(service);
    let load = move || async move {
        let answer = means_uncached(&of, own, choice).await?;
        Ok::<_, CacheError>(Loaded::new(answer).with_tags([tag(choice.measure)]))
    };
    service.store.get_or_load(entry, &choice.key(), load).await
}

/// Twenty combinations of year and measure; the dozen that people look at most stay. Who leaves takes a computation along
/// that nobody else waits for.
#[cached(
    uid = "monthly-means",
    policy = "lru",
    max_size = 12,
    tags = [tag(choice.measure)],
    store = service.store,
    skip(service, own)
)]
async fn means(
    service: &Arc<Service>,
    own: Own,
    choice: MonthlyChoice,
) -> Result<Kept<Vec<MonthMean>>, CacheError> {
    let (data, effort) = (Arc::clone(&service.data), service.effort);
    let work = move || monthly_means(data.year(choice.year), choice.measure, effort.means);
    let answer = compute(&service.ledger, means_entry(), work)
        .await
        .map_err(|error| CacheError::Failed {
            entry: means_entry().store_key().clone(),
            error: SharedError::new(error),
        })?;
    own.made(&answer);
    Ok(answer)
}

/// Withdraws the means of a measure: those of each year and of all.
pub(crate) fn forget(service: &Service, measure: Measure) {
    service.store.invalidate_tag(&tag(measure));
}

fn tag(measure: Measure) -> String {
    format!("measure:{measure}")
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
        form.controls method="post" action="/monthly/forget" {
            (hidden_fields(choices, None))
            button.quiet { "Forget all years of this measure" }
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
