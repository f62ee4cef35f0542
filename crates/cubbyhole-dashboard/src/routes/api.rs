//! The cards as JSON, for programs.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use cubbyhole::CacheError;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_stream::StreamExt;

use super::failure::Failure;
use super::forms::{read_health, read_role, read_taste};
use super::identity::Caller;
use crate::answer::Traced;
use crate::cards::{
    extremes, good_days, monthly, overview, report, right_now, statistics, transitions, trend,
    window,
};
use crate::choices::{Fields, MonthlyChoice, WindowChoice, read_year};
use crate::service::{Kept, Progress, Service};

type Shared = State<Arc<Service>>;
type Asked = Query<Vec<(String, String)>>;
type Answered = Result<Response, Failure>;

pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/me", get(me))
        .route("/right-now", get(right_now_card))
        .route("/station", get(station).post(change_station))
        .route("/overview", get(overview_card))
        .route("/monthly", get(monthly_card))
        .route("/monthly/forget", post(forget_monthly))
        .route("/window", get(window_card))
        .route("/good-days", get(good_days_card))
        .route("/good-days/stream", get(good_days_stream))
        .route("/transitions", get(transitions_card))
        .route("/taste", post(taste))
        .route("/extremes", get(extremes_card))
        .route("/role", post(role))
        .route("/trend", get(trend_card).post(start_trend))
        .route("/report", get(report_card).post(order_report))
        .route("/report/collect", post(collect_report))
        .route("/store", get(store))
}

async fn me(State(service): Shared, Caller(identity): Caller) -> Json<Value> {
    Json(json!({
        "user": identity.user.as_str(),
        "session": identity.session.to_string(),
        "sessions": service.people.sessions.count_of(&identity.user),
        "role": service.people.role_of(identity.user.as_str()).await,
    }))
}

async fn right_now_card(State(service): Shared, _: Caller) -> Answered {
    let heard = right_now::ask(&service).await?;
    let traced = &heard.traced;
    let answer = json!({
        "answer": *traced.answer,
        "provenance": traced.provenance,
        "state": heard.state,
    });
    Ok(Json(answer).into_response())
}

async fn station(State(service): Shared, _: Caller) -> Response {
    Json(right_now::watch(&service)).into_response()
}

async fn change_station(
    State(service): Shared,
    _: Caller,
    Query(asked): Asked,
) -> Result<StatusCode, Failure> {
    let health = read_health(&Fields::new(asked).all())?;
    service.station.set_health(health);
    Ok(StatusCode::NO_CONTENT)
}

async fn overview_card(State(service): Shared, _: Caller) -> Answered {
    Ok(answer(&overview::ask(&service).await?))
}

async fn monthly_card(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let choice = MonthlyChoice::read(&Fields::new(asked).all(), &service.data)?;
    Ok(answer(&monthly::ask(&service, choice).await?))
}

async fn forget_monthly(
    State(service): Shared,
    _: Caller,
    Query(asked): Asked,
) -> Result<StatusCode, Failure> {
    let measure = Fields::new(asked).all().parse_or_default("measure")?;
    monthly::forget(&service, measure);
    Ok(StatusCode::NO_CONTENT)
}

async fn window_card(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let last = window::last(&service).await?;
    let choice = WindowChoice::read(&Fields::new(asked).all(), &service.data, last)?;
    Ok(answer(&window::ask(&service, choice).await?))
}

async fn good_days_card(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let year = read_year(&Fields::new(asked).all(), &service.data)?;
    Ok(answer(&good_days::ask(&service, year).await?))
}

/// The good days of each year, as events. They are computed while the answer is being read, when this function has
/// returned long ago: in the scope of the request all the same.
async fn good_days_stream(State(service): Shared, _: Caller) -> Response {
    let years = tokio_stream::iter(service.data.years());
    let events = years.then(move |year| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(event(good_days::ask(&service, year).await)) }
    });
    Sse::new(events).into_response()
}

async fn transitions_card(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let season = Fields::new(asked).all().parse_or_default("season")?;
    Ok(answer(&transitions::ask(&service, season).await?))
}

async fn taste(
    State(service): Shared,
    Caller(identity): Caller,
    Query(asked): Asked,
) -> Result<StatusCode, Failure> {
    let taste = read_taste(&Fields::new(asked).all())?;
    good_days::change_taste(&service, &identity, taste).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn extremes_card(State(service): Shared, _: Caller) -> Answered {
    Ok(answer(&extremes::ask(&service).await?))
}

async fn role(
    State(service): Shared,
    Caller(identity): Caller,
    Query(asked): Asked,
) -> Result<StatusCode, Failure> {
    let role = read_role(&Fields::new(asked).all())?;
    extremes::change_role(&service, &identity, role).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn trend_card(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let fields = Fields::new(asked);
    let measure = fields.all().parse_or_default("measure")?;
    let progress = if waits(&fields) {
        trend::wait(&service, measure).await?
    } else {
        trend::progress(&service, measure).await?
    };
    Ok(state(&progress, true))
}

async fn start_trend(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let measure = Fields::new(asked).all().parse_or_default("measure")?;
    trend::start(&service, measure).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Says how far a report is; what is in it is only for who collects it.
async fn report_card(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let fields = Fields::new(asked);
    let year = read_year(&fields.all(), &service.data)?;
    let progress = if waits(&fields) {
        report::wait(&service, year).await?
    } else {
        report::progress(&service, year).await?
    };
    Ok(state(&progress, false))
}

async fn order_report(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let year = read_year(&Fields::new(asked).all(), &service.data)?;
    report::start(&service, year).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn collect_report(State(service): Shared, _: Caller, Query(asked): Asked) -> Answered {
    let year = read_year(&Fields::new(asked).all(), &service.data)?;
    let report = report::collect(&service, year).await?;
    Ok(answer(&report.ok_or(Failure::NothingToCollect)?))
}

async fn store(State(service): Shared, _: Caller) -> Json<Value> {
    Json(json!({
        "entries": statistics::rows(&service),
        "waiting": service.ledger.waiting(),
        "in_flight": statistics::flights(&service),
    }))
}

fn waits(fields: &Fields) -> bool {
    fields.all().get("wait").is_some()
}

/// An answer with its provenance; read as a reference, not copied out of the store.
fn answer<T: Serialize>(answered: &Traced<Kept<T>>) -> Response {
    Json(told(answered)).into_response()
}

fn told<T: Serialize>(answered: &Traced<Kept<T>>) -> Value {
    json!({
        "answer": *answered.answer,
        "provenance": answered.provenance,
    })
}

/// An answer, or why there is none, on one line.
fn event<T: Serialize>(asked: Result<Traced<Kept<T>>, CacheError>) -> Event {
    let told = match asked {
        Ok(answered) => told(&answered),
        Err(error) => json!({ "error": error.to_string() }),
    };
    // As text, JSON has none of the characters that an event cannot have.
    Event::default().data(told.to_string())
}

/// How far a job is; `shown` says whether its value is part of that.
fn state<T: Serialize>(progress: &Progress<T>, shown: bool) -> Response {
    match progress {
        Progress::Absent => {
            (StatusCode::NOT_FOUND, Json(json!({ "state": "absent" }))).into_response()
        }
        Progress::Running(time) => {
            let state = json!({ "state": "running", "for_us": time.as_micros() });
            (StatusCode::ACCEPTED, Json(state)).into_response()
        }
        Progress::Ready(answered) if shown => answer(answered),
        Progress::Ready(answered) => {
            let state = json!({ "state": "ready", "provenance": answered.provenance });
            Json(state).into_response()
        }
    }
}
