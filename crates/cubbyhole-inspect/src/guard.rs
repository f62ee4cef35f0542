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
