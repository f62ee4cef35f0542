//! Where the scope of a request came from, and why there is none.

use std::any::{TypeId, type_name};
use std::fmt;

use http::Extensions;
use thiserror::Error;

/// Where the scope of a request came from. [`ScopeLayer`](crate::ScopeLayer) leaves it in the extensions of every
/// request that passes through it.
///
/// It shows no id, so it may be logged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ScopeSource {
    /// From an extension that the authentication layer set.
    Extension,
    /// From a cookie that the verifier accepted.
    Cookie,
    /// From a header that the application trusts.
    Header,
    /// From the application's own [`IdentifyRequest`](crate::IdentifyRequest).
    Application,
    /// From nowhere: the request runs as nobody.
    Missing {
        /// Why nobody was identified.
        why: MissingIdentity,
    },
}

/// Why nobody was identified.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MissingIdentity {
    /// The extension that identifies the caller was not there when the scope was set.
    #[error("the request had no extension `{0}` when its scope was set")]
    NoExtension(ExpectedExtension),
    /// The cookie was not sent.
    #[error("the request has no such cookie")]
    NoCookie,
    /// The verifier refused the cookie: forged, damaged, expired or revoked.
    #[error("the cookie was refused by its verifier")]
    CookieRefused,
    /// The cookie was sent more than once; whose it is cannot be known.
    #[error("the cookie was sent more than once")]
    SeveralCookies,
    /// The header was not sent.
    #[error("the request has no such header")]
    NoHeader,
    /// The header is empty or not text.
    #[error("the header is empty or not text")]
    UnreadableHeader,
    /// The header was sent more than once; one of them may be the client's own.
    #[error("the header was sent more than once")]
    SeveralHeaders,
    /// The caller was looked at, and is nobody: the context names neither a user nor a session.
    #[error("the request was identified as nobody's")]
    Nobody,
    /// Another reason, given by the application.
    #[error("{0}")]
    Because(&'static str),
}

/// The type of an extension that was looked for.
#[derive(Clone, Copy)]
pub struct ExpectedExtension {
    id: TypeId,
    name: &'static str,
    is_in: fn(&Extensions) -> bool,
}

impl ExpectedExtension {
    pub(crate) fn of<T: Send + Sync + 'static>() -> Self {
        Self {
            id: TypeId::of::<T>(),
            name: type_name::<T>(),
            is_in: |extensions| extensions.get::<T>().is_some(),
        }
    }

    /// Returns whether the extension is there by now: then it was set too late, by a layer inside of ours.
    #[must_use]
    pub fn is_in(&self, extensions: &Extensions) -> bool {
        (self.is_in)(extensions)
    }
}

impl PartialEq for ExpectedExtension {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ExpectedExtension {}

impl fmt::Display for ExpectedExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for ExpectedExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExpectedExtension")
            .field(&self.name)
            .finish()
    }
}
