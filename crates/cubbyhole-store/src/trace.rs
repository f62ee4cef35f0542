//! What `tracing` is told, if the feature is on. No event has a key, or the id of a user or a session; the error of a
//! loader is the application's own, and is shown as it is.

#[cfg(feature = "tracing")]
pub(crate) use told::ended;
#[cfg(not(feature = "tracing"))]
pub(crate) use untold::ended;

#[cfg(feature = "tracing")]
mod told {
    use std::time::Duration;

    use crate::entry::StoreKey;
    use crate::error::CacheError;

    /// Tells that a computation has ended: at the level `DEBUG`, or `WARN` if it failed.
    pub(crate) fn ended(entry: &StoreKey, took: Duration, error: Option<&CacheError>) {
        let (kind, uid, seconds) = (entry.kind(), entry.uid(), took.as_secs_f64());
        match error {
            None => tracing::debug!(
                target: "cubbyhole",
                kind,
                uid,
                duration = seconds,
                "computed a value"
            ),
            Some(error) => tracing::warn!(
                target: "cubbyhole",
                kind,
                uid,
                duration = seconds,
                error = %error,
                "a computation failed"
            ),
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod untold {
    use std::time::Duration;

    use crate::entry::StoreKey;
    use crate::error::CacheError;

    pub(crate) const fn ended(_: &StoreKey, _: Duration, _: Option<&CacheError>) {}
}
