//! The trend: the long job. Somebody starts it, everyone waits for the one computation.

use std::sync::Arc;

use cubbyhole::{CacheError, CachePolicy, CacheType, PolicyError, scope};
use maud::{Markup, html};

use super::failure;
use crate::analytics::{Trend, TrendInterval, trend};
use crate::charts::trend_bars;
use crate::choices::{Card, Choices};
use crate::data::Measure;
use crate::page::{CardView, hidden_fields, provenance_line, select_measure, table};
use crate::service::{Entry, Progress, Running, Service, compute};
use crate::wording;

/// One for each measure.
pub(crate) fn entry() -> Result<Entry<Trend>, PolicyError> {
    Ok(Entry::new("trend", CachePolicy::lru(Measure::ALL.len())?))
}

/// Starts the job, unless it runs or its result is there: the key is pending from here on, and is
/// set or failed by a task in the background.
pub(crate) async fn start(service: &Arc<Service>, measure: Measure) -> Result<(), CacheError> {
    let entry = &service.entries.trend;
    let Some(running) = service.begin_job(entry, measure.name()).await? else {
        return Ok(());
    };
    if service.people.fleet.is_some() {
        scope::spawn(together(Arc::clone(service), measure, running));
        return Ok(());
    }
    let pending = service.store.set_pending(entry, measure.name())?;
    let service = Arc::clone(service);
    scope::spawn(async move {
        service.gate.passed().await;
        finish(&service, measure).await;
        // The promise ends after the value came, and the job after the promise.
        drop(pending);
        drop(running);
    });
    Ok(())
}

/// In a fleet it is not promised here and there, which others do not see, but computed once for all processes.
async fn together(service: Arc<Service>, measure: Measure, running: Running) {
    service.gate.passed().await;
    let (data, effort) = (Arc::clone(&service.data), service.effort);
    let work = move || trend(data.days(), measure, effort.trends);
    let entry = &service.entries.trend;
    // Who waits hears of an error, and who asks later begins anew.
    drop(service.ask(entry, measure.name(), work).await);
    drop(running);
}

async fn finish(service: &Service, measure: Measure) {
    let (entry, key) = (&service.entries.trend, measure.name());
    let (data, effort) = (Arc::clone(&service.data), service.effort);
    let work = move || trend(data.days(), measure, effort.trends);
    let ended: Result<(), CacheError> = match compute(&service.ledger, entry, work).await {
        Ok(answer) => service.store.set(entry, key, answer).await.map(drop),
        Err(error) => service.store.fail(entry, key, error).map(drop),
    };
    // Who waits hears of it: a promise that was not kept ends with an error.
    drop(ended);
}

/// Withdraws a trend, so that it can be computed again.
pub(crate) async fn forget(service: &Service, measure: Measure) -> Result<(), CacheError> {
    service
        .store
        .delete(&service.entries.trend, measure.name())
        .await?;
    Ok(())
}

pub(crate) async fn progress(
    service: &Service,
    measure: Measure,
) -> Result<Progress<Trend>, CacheError> {
    service
        .progress(&service.entries.trend, measure.name())
        .await
}

pub(crate) async fn wait(
    service: &Service,
    measure: Measure,
) -> Result<Progress<Trend>, CacheError> {
    service.wait(&service.entries.trend, measure.name()).await
}

pub(crate) fn view(
    progress: &Result<Progress<Trend>, CacheError>,
    choices: &Choices,
    waiting: usize,
    problem: Option<String>,
) -> Markup {
    let (body, provenance) = match progress {
        Ok(Progress::Absent) => (absent(choices), html! {}),
        Ok(Progress::Running(time)) => (running(&wording::duration(*time), waiting), html! {}),
        Ok(Progress::Ready(answered)) => (
            ready(&answered.answer.value, choices),
            provenance_line(&answered.provenance),
        ),
        Err(error) => (failure(error), html! {}),
    };
    CardView {
        card: Card::Trend,
        title: "Is there a trend?",
        whose: CacheType::Global,
        lead: html! {
            "The median of the slopes between all pairs of weeks, without the seasons, and how far chance alone "
            "could move it. It takes a few seconds; whoever asks meanwhile waits for the same computation."
        },
        controls: controls(choices),
        problem,
        body,
        provenance,
    }
    .render()
}

fn controls(choices: &Choices) -> Markup {
    html! {
        form.controls method="get" action="/#trend" {
            (hidden_fields(choices, Some(Card::Trend)))
            (select_measure(Card::Trend, choices.trend))
            button { "Show" }
        }
    }
}

fn absent(choices: &Choices) -> Markup {
    html! {
        form.controls method="post" action="/trend" {
            (hidden_fields(choices, None))
            button.primary { "Start the analysis of " (choices.trend.label().to_lowercase()) }
        }
    }
}

fn running(time: &str, waiting: usize) -> Markup {
    let others = match waiting {
        0 => String::new(),
        1 => " One request waits for it.".to_owned(),
        many => format!(" {many} requests wait for it."),
    };
    html! {
        p.working role="status" {
            span { "Under way for " (time) "." (others) " This page shows it as soon as it is there." }
        }
    }
}

fn ready(trend: &Trend, choices: &Choices) -> Markup {
    let title = format!("Trend of {}", trend.measure.label().to_lowercase());
    let rows: Vec<Vec<String>> = trend.intervals.iter().map(row).collect();
    let unit = format!("{} a year", trend.measure.unit());
    html! {
        (verdict(trend))
        (trend_bars("trend-chart", &title, trend))
        p.key {
            "In " (unit) ". Columns: " (wording::count(trend.repetitions / trend.intervals.len().max(1)))
            " repetitions, half a year of weeks drawn at a time. Below: 95 % of them, for blocks of four "
            "lengths; the widest is believed. Swings slower than half a year are in none."
        }
        (table(&format!("{title}, in {unit}"), &["Weeks drawn together", "from", "to"], &rows))
        form method="post" action="/trend/forget" {
            (hidden_fields(choices, None))
            button.quiet { "Forget it" }
        }
    }
}

fn verdict(trend: &Trend) -> Markup {
    let Some(TrendInterval { interval, .. }) = trend.widest() else {
        return html! {};
    };
    html! {
        p.answer {
            strong { (wording::change(trend.slope)) " " (trend.measure.unit()) " a year" }
            ", and anything from " (wording::change(interval.low)) " to " (wording::change(interval.high)) " would be no surprise. "
            @if interval.contains(0.0) {
                "Zero is among it: four years cannot tell a trend from chance."
            } @else {
                "Zero is not among it; but four years are weather, not climate."
            }
        }
    }
}

fn row(row: &TrendInterval) -> Vec<String> {
    vec![
        row.block_weeks.to_string(),
        wording::change(row.interval.low),
        wording::change(row.interval.high),
    ]
}
