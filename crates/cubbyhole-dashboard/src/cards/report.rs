//! Reports: prepared in the background for one person, pinned until that person collects them.

use std::sync::Arc;
use std::time::Instant;

use cubbyhole::{CacheError, CachePolicy, CacheType, Leased, PolicyError, scope};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::overview::facts;
use crate::analytics::{GoodDays, MonthMean, Overview, Taste, good_days, monthly_means, overview};
use crate::answer::{Source, Traced, keeps, whose};
use crate::charts::{day_grid, month_dots};
use crate::choices::{Card, Choices};
use crate::data::{Dataset, Measure};
use crate::page::{CardView, Document, hidden_fields, provenance_line};
use crate::people::Identity;
use crate::service::{Entry, Kept, NoValue, Progress, Service, compute};
use crate::wording;

/// A year, as one person would tell it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Report {
    pub(crate) year: i16,
    pub(crate) records: Overview,
    pub(crate) good_days: GoodDays,
    pub(crate) months: Vec<(Measure, Vec<MonthMean>)>,
}

/// One for each year; a report is pinned, so that it waits however long its reader does.
pub(crate) fn entry() -> Result<Entry<Report>, PolicyError> {
    let policy = CachePolicy::lru(4)?.with_cache_type(CacheType::User);
    Ok(Entry::new("report", policy))
}

/// Starts the job, unless it runs or its report waits to be collected.
///
/// The lease is the right to bring the report. If its owner is erased meanwhile, the scope is gone
/// and the lease with it, and the report is thrown away instead of being kept for nobody.
pub(crate) async fn start(service: &Arc<Service>, year: i16) -> Result<(), CacheError> {
    let (entry, key) = (&service.entries.report, year.to_string());
    let Some(running) = service.begin_job(entry, &key).await? else {
        return Ok(());
    };
    let Leased::Lease(lease) = service.store.get_or_lease(entry, &key).await? else {
        return Ok(());
    };
    let service = Arc::clone(service);
    // `scope::spawn` carries the user into the task, and with it their taste and their cache.
    scope::spawn(async move {
        service.gate.passed().await;
        match prepare(&service, year).await {
            // Others do not see a pin: what a fleet shares waits unpinned.
            Ok(report) if service.people.fleet.is_some() => drop(lease.publish(report).await),
            Ok(report) => drop(lease.publish_pinned(report).await),
            Err(error) => lease.fail(error),
        }
        drop(running);
    });
    Ok(())
}

async fn prepare(service: &Service, year: i16) -> Result<Kept<Report>, NoValue> {
    let data = Arc::clone(&service.data);
    let taste = service.people.current_taste().await;
    let resamples = service.effort.means;
    let work = move || write(&data, taste, year, resamples);
    compute(&service.ledger, &service.entries.report, work).await
}

pub(crate) async fn progress(service: &Service, year: i16) -> Result<Progress<Report>, CacheError> {
    service
        .progress(&service.entries.report, &year.to_string())
        .await
}

pub(crate) async fn wait(service: &Service, year: i16) -> Result<Progress<Report>, CacheError> {
    service
        .wait(&service.entries.report, &year.to_string())
        .await
}

/// Takes a report away: of several who try at once, one gets it.
///
/// `get_unpin` says that there is one and frees it; `delete` returns what it removed to one caller
/// only. Who comes second looks again, because a newer report may have come in between.
pub(crate) async fn collect(
    service: &Service,
    year: i16,
) -> Result<Option<Traced<Kept<Report>>>, CacheError> {
    let (begun, key) = (Instant::now(), year.to_string());
    let entry = &service.entries.report;
    while service.store.get_unpin(entry, &key).await?.is_some() {
        if let Some(report) = service.store.delete(entry, &key).await? {
            return Ok(Some(service.trace(entry, report, Source::Collected, begun)));
        }
    }
    Ok(None)
}

fn write(data: &Dataset, taste: Taste, year: i16, resamples: usize) -> Report {
    let days = data.year(Some(year));
    Report {
        year,
        records: overview(days),
        good_days: good_days(days, taste, resamples),
        months: Measure::ALL
            .into_iter()
            .map(|measure| (measure, monthly_means(days, measure, resamples)))
            .collect(),
    }
}

/// How far the report of each year is.
pub(crate) type Shelf = Vec<(i16, Result<Progress<Report>, CacheError>)>;

pub(crate) fn view(
    shelf: &Shelf,
    choices: &Choices,
    identity: &Identity,
    policy: &CachePolicy,
) -> Markup {
    CardView {
        card: Card::Report,
        title: "Your reports",
        whose: CacheType::User,
        lead: html! {
            "A year in one document, made for " bdi { strong { (identity.user) } }
            ". It is prepared in the background and waits, pinned, until you collect it: once, from any of your sessions."
        },
        controls: html! {},
        problem: None,
        body: html! { ul.rows { @for (year, progress) in shelf { (row(*year, progress, choices)) } } },
        provenance: html! {
            p.provenance {
                span.what { "Pinned when it is ready, gone when it is collected" }
                span.policy { code { (policy.name()) } " " (whose(policy.cache_type())) ", " (keeps(policy)) " and all that are pinned" }
            }
        },
    }
    .render()
}

fn row(year: i16, progress: &Result<Progress<Report>, CacheError>, choices: &Choices) -> Markup {
    let (state, action) = match progress {
        Ok(Progress::Absent) => (
            "Not prepared".to_owned(),
            button("/report", "Prepare", year, choices),
        ),
        Ok(Progress::Running(time)) => (
            format!("Being prepared for {}", wording::duration(*time)),
            html! {},
        ),
        Ok(Progress::Ready(answered)) => (
            format!(
                "Ready; preparing it took {}",
                wording::duration(answered.provenance.cost)
            ),
            button("/report/collect", "Collect", year, choices),
        ),
        Err(_) => (
            "It could not be prepared".to_owned(),
            button("/report", "Prepare", year, choices),
        ),
    };
    html! {
        li {
            span { strong { (year) } span.state { (state) } }
            (action)
        }
    }
}

fn button(action: &str, label: &str, year: i16, choices: &Choices) -> Markup {
    let ready = label == "Collect";
    html! {
        form method="post" action=(action) {
            (hidden_fields(choices, None))
            input type="hidden" name="year" value=(year);
            button.primary[ready] aria-label=(format!("{label} the report of {year}")) { (label) }
        }
    }
}

/// A collected report as a page of its own.
pub(crate) fn document(answered: &Traced<Kept<Report>>, identity: &Identity) -> Markup {
    let report = &answered.answer.value;
    let title = format!("Seattle in {}", report.year);
    let content = html! {
        article.card.report {
            header {
                h1 { (title) }
            }
            p.lead {
                "Prepared for " bdi { strong { (identity.user) } } ", who would have liked "
                strong { (report.good_days.total) } " of its " (report.records.days)
                " days. This is the only copy: it was taken out of the store as you collected it."
            }
            (facts(&report.records))
            figure {
                h3 { "Your good days" }
                (day_grid("report-days", &format!("Your good days of {}", report.year), &report.good_days))
            }
            div.pairs {
                @for (measure, months) in &report.months {
                    figure {
                        h3 { (measure.label()) }
                        (month_dots(&format!("report-{measure}"), &format!("{} by month", measure.label()), months, *measure))
                    }
                }
            }
            (provenance_line(&answered.provenance))
            p { a.button href="/#report" { "Back to the dashboard" } }
        }
    };
    Document {
        title: &title,
        identity: Some(identity),
        may_look: false,
        next: None,
        content,
    }
    .render()
}
