//! What went wrong, as a response.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::routes::json;

/// Why a request was not answered. It names no key, id or value.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    error: Cow<'static, str>,
}

impl Problem {
    fn new(status: StatusCode, error: impl Into<Cow<'static, str>>) -> Self {
        let error = error.into();
        Self { status, error }
    }

    pub(crate) fn forbidden(error: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, error)
    }

    pub(crate) fn missing(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub(crate) fn unusable(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    pub(crate) fn of_media_type(error: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error)
    }

    pub(crate) fn internal(error: &'static str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, json(&self)).into_response()
    }
}
