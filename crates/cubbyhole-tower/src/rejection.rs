//! What to answer when a request has no scope.

use cubbyhole_policy::CacheType;
use cubbyhole_store::{CacheError, StoreKey};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Extensions, Response, StatusCode};
use thiserror::Error;

use crate::record::ScopeRecord;
use crate::source::{MissingIdentity, ScopeSource};

/// Why a request has no scope that a registry entry needs, and the response to it.
///
/// It is 401 if the caller has to say who they are, and 500 if the service is put together wrongly. `Display` is for
/// the log: it names the entry and says what to do. The response is for the caller and names neither entries nor types.
/// Neither shows an id.
///
/// With axum, a handler takes the `http::Extensions` of its request, and this is a response:
///
/// ```
/// # use cubbyhole_store::CacheError;
/// # use cubbyhole_tower::ScopeRejection;
/// fn answer(error: &CacheError, extensions: &http::Extensions) -> http::Response<String> {
///     match ScopeRejection::new(error, extensions) {
///         Some(rejection) => rejection.to_response(),
///         None => http::Response::new("something else failed".to_owned()),
///     }
/// }
/// ```
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{entry} is cached by {cache_type}, and this request has no {cache_type}: {fault}")]
pub struct ScopeRejection {
    entry: StoreKey,
    cache_type: CacheType,
    fault: ScopeFault,
}

/// What is wrong with a request that has no scope, or with the service.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ScopeFault {
    /// Nobody was identified.
    #[error("{0}")]
    Unidentified(MissingIdentity),
    /// Somebody was identified, by the other kind of id alone.
    #[error("the caller was identified, but by the other kind of id alone")]
    OtherKind,
    /// The extension is there now, and was not when the scope was set.
    #[error(
        "the extension that identifies the caller was set after the scope: put the authentication layer outside of \
         `ScopeLayer`"
    )]
    TooLate,
    /// The request has a scope, and the code that failed did not run in it.
    #[error("the request has one, and this did not run in its scope: spawn with `scope::spawn`")]
    Lost,
    /// The request did not pass through a [`ScopeLayer`](crate::ScopeLayer).
    #[error("the request did not pass through a `ScopeLayer`")]
    NoLayer,
}

impl ScopeRejection {
    /// Explains an error of the store by the extensions of the request; `None` if the error is not about a missing
    /// scope. An error that came through the computation of another value is looked through.
    #[must_use]
    pub fn new(error: &CacheError, extensions: &Extensions) -> Option<Self> {
        let mut error = error;
        while let Some(inner) = error.downcast_ref::<CacheError>() {
            error = inner;
        }
        let CacheError::MissingScope { entry, cache_type } = error else {
            return None;
        };
        Some(Self {
            entry: entry.clone(),
            cache_type: *cache_type,
            fault: ScopeFault::of(*cache_type, extensions),
        })
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn fault(&self) -> ScopeFault {
        self.fault
    }

    /// Returns 401 if the caller can do something about it, else 500.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.fault {
            ScopeFault::Unidentified(_) | ScopeFault::OtherKind => StatusCode::UNAUTHORIZED,
            ScopeFault::TooLate | ScopeFault::Lost | ScopeFault::NoLayer => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// Returns the response to the caller, a line of plain text.
    ///
    /// A 401 should say how to authenticate (`WWW-Authenticate`); that is the application's to add.
    #[must_use]
    pub fn to_response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(B::from(self.text()));
        *response.status_mut() = self.status();
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }

    fn text(&self) -> String {
        let need = self.cache_type;
        match self.fault {
            ScopeFault::Unidentified(MissingIdentity::CookieRefused) => {
                format!("This needs a {need}, and the cookie is not valid: sign in again.\n")
            }
            ScopeFault::Unidentified(
                MissingIdentity::SeveralCookies | MissingIdentity::SeveralHeaders,
            ) => format!("This needs a {need}, and the request names one more than once.\n"),
            ScopeFault::Unidentified(_) => {
                format!("This needs a {need}, and the request does not say whose it is: sign in.\n")
            }
            ScopeFault::OtherKind => {
                format!("This needs a {need}, and the request is identified without one.\n")
            }
            ScopeFault::TooLate | ScopeFault::Lost | ScopeFault::NoLayer => {
                format!("This needs a {need}, and the service has lost track of it.\n")
            }
        }
    }
}

impl ScopeFault {
    fn of(cache_type: CacheType, extensions: &Extensions) -> Self {
        let Some(record) = extensions.get::<ScopeRecord>() else {
            return Self::NoLayer;
        };
        match record.source {
            ScopeSource::Missing {
                why: MissingIdentity::NoExtension(expected),
            } if expected.is_in(extensions) => Self::TooLate,
            ScopeSource::Missing { why } => Self::Unidentified(why),
            _ if record.names(cache_type) => Self::Lost,
            _ => Self::OtherKind,
        }
    }
}
