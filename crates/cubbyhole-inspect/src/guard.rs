//! Who may do what: a question that only the application can answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::http::request::Parts;

/// Says whether a request may do something, by what the application knows of it: its extensions, its headers.
#[derive(Clone)]
pub(crate) struct Guard(Arc<Allows>);

type Allows = dyn Fn(&Parts) -> bool + Send + Sync;

impl Guard {
    pub(crate) fn of(allows: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allows))
    }

    /// Asks the application. A guard that panics has not said yes.
    pub(crate) fn allows(&self, request: &Parts) -> bool {
        catch_unwind(AssertUnwindSafe(|| (self.0)(request))).unwrap_or(false)
    }
}

/// The permission that a request was given, to be asked about again for as long as it is being answered.
pub(crate) struct Permit(Option<(Guard, Parts)>);

impl Permit {
    /// Of a request that was allowed, or that nobody guards.
    pub(crate) fn of(guard: Option<&Guard>, request: Parts) -> Self {
        Self(guard.map(|guard| (guard.clone(), request)))
    }

    pub(crate) fn holds(&self) -> bool {
        let asked = self.0.as_ref();
        asked.is_none_or(|(guard, request)| guard.allows(request))
    }
}
