//! The future of a lookup that computes: small, because thousands may wait for one value.

use std::future::Future;

use cubbyhole_core::HashedKey;

use crate::caches::Begun;
use crate::error::CacheError;
use crate::flight::Waited;
use crate::lookup::Source;
use crate::store::Found;

/// Returns the value of `key`, and computes it if nobody does.
///
/// What only one caller needs, the one that begins the computation, is in a box of its own.
pub(crate) async fn get_or_compute<V, F, Fut, E>(
    source: Source<'_, V>,
    key: &str,
    finish_in_background: bool,
    loader: F,
) -> Result<V, CacheError>
where
    V: Clone + Send + Sync + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<V, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    if let Some(caches) = source.bound() {
        match caches.begin_at_a_glance(HashedKey::new(key)).await {
            Some(Begun::Found(value)) => return Ok(value),
            Some(Begun::Join(wait)) => {
                return match caches.expect(wait)?.await {
                    Waited::Ended(outcome) => outcome,
                    // Whoever was to bring the value has gone without it.
                    Waited::Lead(lead) => {
                        Box::pin(caches.lead(lead, loader, finish_in_background)).await
                    }
                };
            }
            _ => {}
        }
    }
    let caches = source.found()?;
    Box::pin(begin_and_compute(caches, key, finish_in_background, loader)).await
}

/// Joins those who wait, or begins the computation, or asks a remote cache first.
async fn begin_and_compute<V, F, Fut, E>(
    caches: Found<'_, V>,
    key: &str,
    finish_in_background: bool,
    loader: F,
) -> Result<V, CacheError>
where
    V: Clone + Send + Sync + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<V, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let lead = match caches.begin(HashedKey::new(key)).await? {
        Begun::Found(value) => return Ok(value),
        Begun::Lead(lead) => lead,
        Begun::Join(wait) => match caches.expect(wait)?.await {
            Waited::Ended(outcome) => return outcome,
            Waited::Lead(lead) => lead,
        },
        // `begin` has asked.
        Begun::Ask(_) => return Err(caches.abandoned()),
    };
    caches.lead(lead, loader, finish_in_background).await
}
