//! The future of a lookup that computes: small, because thousands may wait for one value.

use std::future::Future;

use cubbyhole_core::HashedKey;

use crate::caches::Begun;
use crate::error::CacheError;
use crate::flight::Waited;
use crate::loaded::Loaded;
use crate::lookup::Source;
use crate::store::Found;

/// Returns the value of `key`, and computes it if nobody does.
///
/// What only one caller needs, the one that begins the computation, is in a box of its own.
pub(crate) async fn get_or_compute<V, L, F, Fut, E>(
    source: Source<'_, V>,
    key: &str,
    finish_in_background: bool,
    loader: F,
) -> Result<V, CacheError>
where
    V: Clone + Send + Sync + 'static,
    L: Into<Loaded<V>> + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    if let Some(caches) = source.bound() {
        match caches.begin_at_a_glance(HashedKey::new(key)).await {
            Some(Begun::Found(value)) => return Ok(value),
            Some(Begun::Join(wait)) => match wait.await {
                Waited::Ended(outcome) => return outcome,
                // Whoever was to bring the value has gone without it.
                Waited::Lead(lead) => {
                    let lead = caches.lead(lead, loader, finish_in_background, false);
                    return Box::pin(lead).await;
                }
                Waited::Again => {}
            },
            _ => {}
        }
    }
    let caches = source.found()?;
    Box::pin(begin_and_compute(caches, key, finish_in_background, loader)).await
}

/// Joins those who wait, or begins the computation, or asks a remote cache first.
async fn begin_and_compute<V, L, F, Fut, E>(
    caches: Found<'_, V>,
    key: &str,
    finish_in_background: bool,
    loader: F,
) -> Result<V, CacheError>
where
    V: Clone + Send + Sync + 'static,
    L: Into<Loaded<V>> + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let key = HashedKey::new(key);
    let lead = loop {
        match caches.begin(key, true).await? {
            Begun::Found(value) => return Ok(value),
            Begun::Refresh(value, lead) => {
                caches.refresh(lead, loader);
                return Ok(value);
            }
            Begun::Failed(error) => return Err(error),
            Begun::Lead(lead) => break lead,
            Begun::Join(wait) => match caches.wait_out(caches.expect(wait)?).await {
                Waited::Ended(outcome) => return outcome,
                Waited::Lead(lead) => break lead,
                Waited::Again => {}
            },
            // `begin` has asked.
            Begun::Ask(_) => return Err(caches.abandoned()),
        }
    };
    caches.lead(lead, loader, finish_in_background, false).await
}

/// Computes the value of `key` anew, whether or not it is there, or joins who does so already.
pub(crate) async fn refresh<V, L, F, Fut, E>(
    caches: Found<'_, V>,
    key: &str,
    finish_in_background: bool,
    loader: F,
) -> Result<V, CacheError>
where
    V: Clone + Send + Sync + 'static,
    L: Into<Loaded<V>> + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let key = HashedKey::new(key);
    let lead = loop {
        match caches.begin_anew(key)? {
            Begun::Lead(lead) => break lead,
            Begun::Join(wait) => match caches.wait_out(caches.expect(wait)?).await {
                Waited::Ended(outcome) => return outcome,
                Waited::Lead(lead) => break lead,
                Waited::Again => {}
            },
            // It looks at nothing but flights.
            _ => return Err(caches.abandoned()),
        }
    };
    caches.lead(lead, loader, finish_in_background, true).await
}

/// Returns the value of `key`, and computes it on this thread if nobody does, or if it is wanted `anew`.
pub(crate) fn get_or_compute_here<V, L, E>(
    caches: &Found<'_, V>,
    key: &str,
    anew: bool,
    loader: impl FnOnce() -> Result<L, E>,
) -> Result<V, CacheError>
where
    V: Clone + Send + Sync + 'static,
    L: Into<Loaded<V>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    caches.check_not_shared()?;
    let key = HashedKey::new(key);
    let lead = loop {
        let begun = if anew {
            caches.begin_anew(key)?
        } else {
            caches.begin_here(key)?
        };
        match begun {
            Begun::Found(value) => return Ok(value),
            // There is no thread but this one to bring a newer value.
            Begun::Lead(lead) | Begun::Refresh(_, lead) => break lead,
            Begun::Failed(error) => return Err(error),
            Begun::Join(wait) => match caches.wait_here(wait)? {
                Waited::Ended(outcome) => return outcome,
                Waited::Lead(lead) => break lead,
                Waited::Again => {}
            },
            Begun::Ask(_) => return Err(caches.abandoned()),
        }
    };
    caches.run_here(lead, loader)
}
