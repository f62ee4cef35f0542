//! What can go wrong with a request, as JSON for programs and as a page for people.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use cubbyhole::CacheError;
use serde_json::json;

use crate::analytics::TasteError;
use crate::choices::ChoiceError;
use crate::page::message;
use crate::people::ChangeError;
use crate::station::StationError;

/// Why a request has no answer. As a response of its own it is JSON; see [`Failure::page`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("sign in first: post a name to /sign-in and send the cookie along")]
    NotSignedIn,
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Taste(#[from] TasteError),
    #[error("{0} is missing or no number")]
    NoNumber(&'static str),
    #[error("there is nothing to collect")]
    NothingToCollect,
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl Failure {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::Choice(_) | Self::Taste(_) | Self::NoNumber(_) => StatusCode::BAD_REQUEST,
            Self::NothingToCollect => StatusCode::NOT_FOUND,
            // Signed out, erased or withdrawn while it was being answered.
            Self::Cache(CacheError::Invalidated { .. }) => StatusCode::CONFLICT,
            // The station is outside of the service.
            Self::Cache(CacheError::TimedOut { .. }) => StatusCode::GATEWAY_TIMEOUT,
            Self::Change(ChangeError::TooMany(_) | ChangeError::Alone) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Cache(error) if is_of_station(error) => StatusCode::BAD_GATEWAY,
            Self::Change(ChangeError::Cache(_)) | Self::Cache(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The failure for people: who is not signed in is asked to.
    pub(super) fn page(&self) -> Response {
        if matches!(self, Self::NotSignedIn) {
            return Redirect::to("/sign-in").into_response();
        }
        let status = self.status();
        let title = match status {
            StatusCode::BAD_REQUEST => "That cannot be done",
            StatusCode::NOT_FOUND => "Nothing to collect",
            _ => "Something went wrong",
        };
        let text = match self {
            Self::NothingToCollect => {
                "The report is not ready, or it was collected already: each is there for one reader, once.".to_owned()
            }
            other => format!("{}.", capitalized(&other.to_string())),
        };
        (status, message(title, &text)).into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "error": self.to_string() }))).into_response()
    }
}

/// Whether it is the station that failed, outside of the service.
fn is_of_station(error: &CacheError) -> bool {
    error.downcast_ref::<StationError>().is_some()
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// A failure that is shown as a page.
#[derive(Debug)]
pub(super) struct PageFailure(Failure);

impl<F: Into<Failure>> From<F> for PageFailure {
    fn from(failure: F) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for PageFailure {
    fn into_response(self) -> Response {
        self.0.page()
    }
}
