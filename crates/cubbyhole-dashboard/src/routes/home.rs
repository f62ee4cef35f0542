//! The dashboard.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use cubbyhole::CacheError;

use super::failure::PageFailure;
use super::identity::SignedIn;
use crate::analytics::Trend;
use crate::cards::{
    extremes, good_days, monthly, overview, report, right_now, statistics, transitions, trend,
    window,
};
use crate::choices::{Card, ChoiceError, Choices, Fields};
use crate::page::{DashboardView, dashboard};
use crate::people::Identity;
use crate::service::{Progress, Service};

pub(super) async fn home(
    State(service): State<Arc<Service>>,
    SignedIn(identity): SignedIn,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<Response, PageFailure> {
    let fields = Fields::new(fields);
    let remembered = window::last(&service).await?;
    let (choices, problems) = Choices::read(&fields, &service.data, remembered);
    let waits_for = fields.all().get("wait");
    let view = collect(&service, &identity, &choices, &problems, waits_for).await;
    Ok(dashboard(view).into_response())
}

/// Asks for all cards at once: each waits for its own.
async fn collect<'a>(
    service: &Arc<Service>,
    identity: &'a Identity,
    choices: &Choices,
    problems: &[(Card, ChoiceError)],
    waits_for: Option<&str>,
) -> DashboardView<'a> {
    let (right_now, extremes, overview, monthly, window, good_days, transitions, trend, shelf) = tokio::join!(
        right_now::ask(service),
        extremes::ask(service),
        overview::ask(service),
        monthly::ask(service, choices.monthly),
        window::ask(service, choices.window),
        good_days::ask(service, choices.good_days),
        transitions::ask(service, choices.season),
        trend_of(service, choices, waits_for),
        shelf(service, waits_for),
    );
    let user = identity.user.as_str();
    let (taste, role) = (
        service.people.taste_of(user).await,
        service.people.role_of(user).await,
    );
    let next = next(&trend, &shelf, choices);
    let waiting = service.ledger.waiting();
    let problem = |card: Card| {
        let mut problems = problems.iter().filter(|(of, _)| *of == card);
        problems.next().map(|(_, problem)| problem.to_string())
    };
    let data = &service.data;
    DashboardView {
        identity,
        role,
        next,
        overview: overview::view(&overview),
        cards: vec![
            right_now::view(&right_now, choices, service),
            monthly::view(&monthly, choices, data, problem(Card::Monthly)),
            window::view(&window, choices, data, problem(Card::Window)),
            good_days::view(
                &good_days,
                choices,
                data,
                (identity, taste),
                problem(Card::GoodDays),
            ),
            extremes::view(&extremes, choices, role),
            transitions::view(&transitions, choices, problem(Card::Transitions)),
            trend::view(&trend, choices, waiting, problem(Card::Trend)),
            report::view(&shelf, choices, identity, service.entries.report.policy()),
        ],
        store: statistics::view(service, role),
    }
}

async fn trend_of(
    service: &Service,
    choices: &Choices,
    waits_for: Option<&str>,
) -> Result<Progress<Trend>, CacheError> {
    if waits_for == Some(Card::Trend.id()) {
        trend::wait(service, choices.trend).await
    } else {
        trend::progress(service, choices.trend).await
    }
}

/// The reports of all years; a page that waits for one waits for those that are being prepared.
async fn shelf(service: &Service, waits_for: Option<&str>) -> report::Shelf {
    let mut shelf = Vec::new();
    for year in service.data.years() {
        let mut progress = report::progress(service, year).await;
        if waits_for == Some(Card::Report.id()) && matches!(progress, Ok(Progress::Running(_))) {
            progress = report::wait(service, year).await;
        }
        shelf.push((year, progress));
    }
    shelf
}

/// Where the browser goes next by itself: to the same page, which then answers when something that
/// is under way is there. The browser shows this page until it does.
fn next(
    trend: &Result<Progress<Trend>, CacheError>,
    shelf: &report::Shelf,
    choices: &Choices,
) -> Option<String> {
    if matches!(trend, Ok(Progress::Running(_))) {
        return Some(choices.address(Card::Trend, true));
    }
    let prepared = shelf
        .iter()
        .any(|(_, progress)| matches!(progress, Ok(Progress::Running(_))));
    prepared.then(|| choices.address(Card::Report, true))
}
