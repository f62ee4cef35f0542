//! From a question to an answer that knows where it came from.

use std::future::{poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Instant;

use cubbyhole::{CacheError, CachedRegistryEntry, scope};

use super::{Ledger, Service};
use crate::answer::{Answer, Owner, Provenance, Source, Traced};

/// An answer as the store keeps it: cheap to clone.
pub(crate) type Kept<T> = Arc<Answer<T>>;

/// A registry entry whose values are answers.
pub(crate) type Entry<T> = CachedRegistryEntry<Kept<T>>;

/// A computation that ended without a value.
#[derive(Debug, thiserror::Error)]
#[error("the computation did not end well: {0}")]
pub(crate) struct NoValue(#[from] tokio::task::JoinError);

impl Service {
    /// The answer to `key`, computed by `work` unless it is there or on its way.
    pub(crate) async fn ask<T, F>(
        &self,
        entry: &Entry<T>,
        key: &str,
        work: F,
    ) -> Result<Traced<Kept<T>>, CacheError>
    where
        T: Send + Sync + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.ask_prepared(entry, key, ready(work)).await
    }

    /// As [`ask`](Self::ask), of work that is found out when it is to be done, in the scope of whoever asked.
    pub(crate) async fn ask_prepared<T, P, F>(
        &self,
        entry: &Entry<T>,
        key: &str,
        prepare: P,
    ) -> Result<Traced<Kept<T>>, CacheError>
    where
        T: Send + Sync + 'static,
        P: Future<Output = F> + Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (ledger, of) = (Arc::clone(&self.ledger), entry.clone());
        let asked = hear(|own| {
            self.store.get_or_compute(entry, key, move || async move {
                let answer = compute(&ledger, &of, prepare.await).await?;
                own.made(&answer);
                Ok::<_, NoValue>(answer)
            })
        });
        let heard = asked.await?;
        Ok(self.trace(entry, heard.answer, heard.source, heard.begun))
    }

    /// Says of an answer how this request got it.
    pub(crate) fn trace<T>(
        &self,
        entry: &Entry<T>,
        answer: Kept<T>,
        source: Source,
        begun: Instant,
    ) -> Traced<Kept<T>> {
        let source = match source {
            Source::Waited if !self.ledger.is_ours(answer.computation) => Source::Shared,
            other => other,
        };
        self.ledger
            .answered(entry.store_key().uid(), source, answer.cost);
        Traced {
            provenance: Provenance {
                source,
                policy: entry.policy().clone(),
                took: begun.elapsed(),
                cost: answer.cost,
            },
            answer,
        }
    }
}

/// An answer, and how a request came to it.
#[derive(Debug)]
pub(crate) struct Heard<T> {
    pub(crate) answer: Kept<T>,
    pub(crate) source: Source,
    /// When it was asked for.
    pub(crate) begun: Instant,
}

/// The number of the computation that a request made itself; none yet, or ever, if somebody else did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own(Arc<AtomicU64>);

impl Own {
    pub(crate) fn made<T>(&self, answer: &Answer<T>) {
        self.0.store(answer.computation, Ordering::Relaxed);
    }

    fn is<T>(&self, answer: &Answer<T>) -> bool {
        self.0.load(Ordering::Relaxed) == answer.computation
    }
}

/// Asks, and says where the answer came from.
pub(crate) async fn hear<T, E, A>(ask: impl FnOnce(Own) -> A) -> Result<Heard<T>, E>
where
    A: Future<Output = Result<Kept<T>, E>>,
{
    let (begun, own) = (Instant::now(), Own::default());
    let (answer, at_once) = first_poll(ask(own.clone()), || ()).await;
    let answer = answer?;
    let source = match (own.is(&answer), at_once) {
        (true, _) => Source::Computed,
        (false, true) => Source::Cached,
        (false, false) => Source::Waited,
    };
    Ok(Heard {
        answer,
        source,
        begun,
    })
}

/// Runs `work` on a thread of its own, in the scope of whoever asked, and notes for whom that was.
pub(crate) async fn compute<T, F>(
    ledger: &Ledger,
    entry: &Entry<T>,
    work: F,
) -> Result<Kept<T>, NoValue>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let begun = Instant::now();
    let cache_type = entry.policy().cache_type();
    let (value, owner) =
        scope::spawn_blocking(move || (work(), Owner::current(cache_type))).await?;
    let cost = begun.elapsed();
    Ok(Arc::new(Answer {
        value,
        owner,
        computation: ledger.computed(entry.store_key().uid(), cost),
        cost,
    }))
}

/// Awaits `future`, and says whether it was ready when it was first polled: a value that is in the
/// cache is, and one that somebody must still compute is not. What `waiting` returns is held for as
/// long as there is something to wait for.
pub(crate) async fn first_poll<F: Future, G>(
    future: F,
    waiting: impl FnOnce() -> G,
) -> (F::Output, bool) {
    let mut future = pin!(future);
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => (output, true),
        Poll::Pending => {
            let _held = waiting();
            (future.await, false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_poll_tells_ready_from_pending() {
        assert_eq!(first_poll(async { 1 }, || ()).await, (1, true));
        let later = async {
            tokio::task::yield_now().await;
            2
        };
        assert_eq!(first_poll(later, || ()).await, (2, false));
    }
}
