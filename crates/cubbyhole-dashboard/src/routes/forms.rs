//! What the forms of the cards do: change something, then show the page again.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::failure::{Failure, PageFailure};
use super::identity::SignedIn;
use crate::analytics::Taste;
use crate::cards::{extremes, good_days, monthly, report, trend};
use crate::choices::{Card, ChoiceError, Choices, Fields, Named, read_year};
use crate::people::{Role, UnknownRole};
use crate::service::Service;
use crate::station::{Health, UnknownHealth};

type Sent = Form<Vec<(String, String)>>;

pub(super) async fn taste(
    State(service): State<Arc<Service>>,
    SignedIn(identity): SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    let taste = read_taste(&fields.all())?;
    good_days::change_taste(&service, &identity, taste).await?;
    Ok(back(&fields, &service, Card::GoodDays))
}

pub(super) async fn role(
    State(service): State<Arc<Service>>,
    SignedIn(identity): SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    let role = read_role(&fields.all())?;
    extremes::change_role(&service, &identity, role).await?;
    Ok(back(&fields, &service, Card::Extremes))
}

/// Changes the station for everyone: it is one.
pub(super) async fn station(
    State(service): State<Arc<Service>>,
    _: SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    service.station.set_health(read_health(&fields.all())?);
    Ok(back(&fields, &service, Card::RightNow))
}

pub(super) async fn forget_monthly(
    State(service): State<Arc<Service>>,
    _: SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    let measure = fields.of(Card::Monthly).parse_or_default("measure")?;
    monthly::forget(&service, measure);
    Ok(back(&fields, &service, Card::Monthly))
}

pub(super) async fn start_trend(
    State(service): State<Arc<Service>>,
    _: SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    let measure = fields.of(Card::Trend).parse_or_default("measure")?;
    trend::start(&service, measure).await?;
    Ok(back(&fields, &service, Card::Trend))
}

pub(super) async fn forget_trend(
    State(service): State<Arc<Service>>,
    _: SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    let measure = fields.of(Card::Trend).parse_or_default("measure")?;
    trend::forget(&service, measure).await?;
    Ok(back(&fields, &service, Card::Trend))
}

pub(super) async fn order_report(
    State(service): State<Arc<Service>>,
    _: SignedIn,
    Form(sent): Sent,
) -> Result<Redirect, PageFailure> {
    let fields = Fields::new(sent);
    let year = read_year(&fields.all(), &service.data)?;
    report::start(&service, year).await?;
    Ok(back(&fields, &service, Card::Report))
}

/// Hands the report out with this very response: it is nowhere else any more.
pub(super) async fn collect_report(
    State(service): State<Arc<Service>>,
    SignedIn(identity): SignedIn,
    Form(sent): Sent,
) -> Result<Response, PageFailure> {
    let year = read_year(&Fields::new(sent).all(), &service.data)?;
    let report = report::collect(&service, year)
        .await?
        .ok_or(Failure::NothingToCollect)?;
    Ok(report::document(&report, &identity).into_response())
}

/// Reads a taste from the four fields that name its bounds.
pub(super) fn read_taste(fields: &Named<'_>) -> Result<Taste, Failure> {
    let number = |name: &'static str| {
        let number = fields.get(name).and_then(|text| text.parse().ok());
        number.ok_or(Failure::NoNumber(name))
    };
    let taste = Taste {
        warm_from: number("warm_from")?,
        warm_to: number("warm_to")?,
        rain_at_most: number("rain_at_most")?,
        wind_at_most: number("wind_at_most")?,
    };
    Ok(taste.check()?)
}

/// Reads a role; there is no usual one to change to.
pub(super) fn read_role(fields: &Named<'_>) -> Result<Role, ChoiceError> {
    fields.parse("role")?.ok_or_else(|| UnknownRole.into())
}

/// Reads how the station is to be.
pub(super) fn read_health(fields: &Named<'_>) -> Result<Health, ChoiceError> {
    fields.parse("health")?.ok_or_else(|| UnknownHealth.into())
}

fn back(fields: &Fields, service: &Service, card: Card) -> Redirect {
    let (choices, _) = Choices::read(fields, &service.data, None);
    Redirect::to(&choices.address(card, false))
}
