//! Who a request is from: the question, and the ways to answer it that are not cookies.

use std::marker::PhantomData;

use cubbyhole_scope::ScopeContext;
use http::HeaderName;
use http::request::Parts;

use crate::source::{ExpectedExtension, MissingIdentity, ScopeSource};

/// Says who a request is from.
///
/// Believe nothing that the client could have written itself: a header, a query parameter and an unsigned cookie are
/// the client's. What the context does not name is nobody's; nothing is inherited from the scope in which the service
/// is called. Where that is wanted, build on [`ScopeContext::current`], which is that scope here.
pub trait IdentifyRequest: Send + Sync + 'static {
    /// Returns who the request is from.
    ///
    /// # Errors
    ///
    /// Why that is not known. The request goes on as nobody's.
    fn identify(&self, parts: &Parts) -> Result<ScopeContext, MissingIdentity>;

    /// Returns what it goes by, for [`ScopeSource`].
    fn source(&self) -> ScopeSource {
        ScopeSource::Application
    }
}

/// Asks a closure.
pub(crate) struct FromFn<F>(pub(crate) F);

impl<F> IdentifyRequest for FromFn<F>
where
    F: Fn(&Parts) -> Result<ScopeContext, MissingIdentity> + Send + Sync + 'static,
{
    fn identify(&self, parts: &Parts) -> Result<ScopeContext, MissingIdentity> {
        (self.0)(parts)
    }
}

/// Asks an extension that a layer further out has set.
pub(crate) struct FromExtension<T, F> {
    identify: F,
    extension: PhantomData<fn(&T)>,
}

impl<T, F> FromExtension<T, F> {
    pub(crate) const fn new(identify: F) -> Self {
        Self {
            identify,
            extension: PhantomData,
        }
    }
}

impl<T, F> IdentifyRequest for FromExtension<T, F>
where
    T: Send + Sync + 'static,
    F: Fn(&T) -> ScopeContext + Send + Sync + 'static,
{
    fn identify(&self, parts: &Parts) -> Result<ScopeContext, MissingIdentity> {
        match parts.extensions.get::<T>() {
            Some(extension) => Ok((self.identify)(extension)),
            None => Err(MissingIdentity::NoExtension(ExpectedExtension::of::<T>())),
        }
    }

    fn source(&self) -> ScopeSource {
        ScopeSource::Extension
    }
}

/// Believes a header.
pub(crate) struct FromHeader<F> {
    pub(crate) name: HeaderName,
    pub(crate) identify: F,
}

impl<F> IdentifyRequest for FromHeader<F>
where
    F: Fn(&str) -> ScopeContext + Send + Sync + 'static,
{
    fn identify(&self, parts: &Parts) -> Result<ScopeContext, MissingIdentity> {
        let mut values = parts.headers.get_all(&self.name).iter();
        let value = values.next().ok_or(MissingIdentity::NoHeader)?;
        if values.next().is_some() {
            return Err(MissingIdentity::SeveralHeaders);
        }
        match value.to_str() {
            Ok(text) if !text.trim().is_empty() => Ok((self.identify)(text)),
            _ => Err(MissingIdentity::UnreadableHeader),
        }
    }

    fn source(&self) -> ScopeSource {
        ScopeSource::Header
    }
}
