//! Telling the tier: of values that were computed, of values that were set, and what becomes of those it is not told of.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{SetOutcome, TierCell, TierError, TierLease, TierValue};
use tokio::sync::oneshot;

use super::Caches;
use crate::error::{CacheError, Invalidation};
use crate::flight::{Flight, Lists};
use crate::loaded::Loaded;
use crate::node::ScopeNode;
use crate::removal::RemovedBy;
use crate::runtime::Runtime;
use crate::shared::SharedCounters;
use crate::storing::{Put, Telling};

/// What the tier is to be told of a key that was set.
enum News {
    Value(TierValue),
    /// There is no value that others could use.
    Nothing,
}

/// What the tier is to be told, and who does it.
pub(super) struct ToTell {
    news: News,
    runtime: Runtime,
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Gives a value that was computed to the tier. If that has heard of something newer, the value is not stored here
    /// either.
    pub(crate) async fn publish_in_tier(
        &self,
        flight: &Arc<Flight<V>>,
        lease: Box<dyn TierLease>,
        loaded: &Loaded<V>,
    ) -> Result<(), CacheError> {
        let Some((tiered, News::Value(value))) = self.tiered.as_ref().zip(self.news_of(loaded))
        else {
            return Ok(());
        };
        if !self.is_listed(flight) {
            // What has happened here since may be all that others do not know of. What happens from now on takes the
            // lease.
            tiered.counters.count(|counters| &counters.refused);
            return Ok(());
        }
        match lease.publish(value).await {
            Ok(true) => tiered.counters.count(|counters| &counters.published),
            Ok(false) => {
                tiered.counters.count(|counters| &counters.refused);
                self.unlist(flight);
            }
            Err(error) => return self.without_tier(error),
        }
        Ok(())
    }

    /// Returns what the tier is to be told of a value; `None` if there is no tier.
    fn news_of(&self, loaded: &Loaded<V>) -> Option<News> {
        let tiered = self.tiered.as_ref()?;
        let lifetime = self.lifetime(loaded);
        if !loaded.is_cached || lifetime == Some(Duration::ZERO) {
            return Some(News::Nothing);
        }
        let Some(bytes) = tiered.encode(&loaded.value) else {
            return Some(News::Nothing);
        };
        let mut value = TierValue::new(bytes);
        value.lifetime = lifetime;
        value.tags.clone_from(&loaded.tags);
        value.is_negative = loaded.is_negative;
        Some(News::Value(value))
    }

    /// Returns how long a value that is new may be used; zero if it is not to be kept, `None` if for ever.
    fn lifetime(&self, loaded: &Loaded<V>) -> Option<Duration> {
        let policy = &self.settings().policy;
        match loaded.ttl {
            None if loaded.is_negative => Some(policy.options().negative_ttl().unwrap_or_default()),
            None => policy.time_to_live(),
            ttl => ttl,
        }
    }

    /// Gets ready to tell the tier of a value that is about to be set, before anything has changed.
    pub(super) fn prepare_news(&self, loaded: &Loaded<V>) -> Result<Option<ToTell>, CacheError> {
        let Some(news) = self.news_of(loaded) else {
            return Ok(None);
        };
        let runtime = Runtime::current().ok_or_else(|| CacheError::NoRuntime {
            entry: self.key.clone(),
        })?;
        Ok(Some(ToTell { news, runtime }))
    }

    /// Tells the tier of a value that was set, if there is one.
    pub(super) fn put_in_tier<'a>(
        &self,
        to_tell: Option<ToTell>,
        seat: Option<(Arc<dyn TierCell>, Arc<ScopeNode>)>,
        key: &str,
        outcome: SetOutcome,
    ) -> Put<'a> {
        match to_tell.zip(seat) {
            Some((to_tell, seat)) => Put::Telling(self.tell_of_set(to_tell, seat, key, outcome)),
            None => Put::Now(outcome),
        }
    }

    /// Tells the tier of a value that was set, whether or not anybody waits for that.
    fn tell_of_set<'a>(
        &self,
        to_tell: ToTell,
        (cell, node): (Arc<dyn TierCell>, Arc<ScopeNode>),
        key: &str,
        outcome: SetOutcome,
    ) -> Telling<'a> {
        let (told, telling) = oneshot::channel();
        let key = key.to_owned();
        let counters = self
            .tiered
            .as_ref()
            .map(|tiered| Arc::clone(&tiered.counters));
        let ToTell { news, runtime } = to_tell;
        let (this, that) = (self.weak(), self.weak());
        runtime.spawn(async move {
            let result = set_in_tier(&*cell, &key, news, counters.as_deref()).await;
            let result = this.upgrade().map_or(Ok(()), |this| {
                this.set_is_told(&node, &key);
                result.or_else(|error| this.not_told(error, &node, &key))
            });
            // Whoever set the value may have gone.
            let _ = told.send(result);
        });
        Box::pin(async move {
            match (telling.await, that.upgrade()) {
                (Ok(result), _) => result?,
                // The runtime has ended under it.
                (Err(_), Some(that)) => that.without_tier(TierError::Away)?,
                (Err(_), None) => {}
            }
            Ok(outcome)
        })
    }

    /// The tier could not be told of a value that was set. An entry that cannot do without it has no such value then.
    fn not_told(
        &self,
        error: TierError,
        node: &Arc<ScopeNode>,
        key: &str,
    ) -> Result<(), CacheError> {
        let told = self.without_tier(error);
        if told.is_err() {
            let by = RemovedBy::Invalidated(Invalidation::Distrusted);
            self.changed_elsewhere(node, key, by);
        }
        told
    }

    /// Says how an invalidation in the tier ended, to who waits for that.
    pub(super) fn told(&self, result: Result<(), TierError>) -> Result<(), CacheError> {
        result.or_else(|error| self.without_tier(error))
    }
}

/// Sets a value in the tier. The right to bring it is taken from whoever computes it.
async fn set_in_tier(
    cell: &dyn TierCell,
    key: &str,
    news: News,
    counters: Option<&SharedCounters>,
) -> Result<(), TierError> {
    let News::Value(value) = news else {
        return cell.delete(key).await;
    };
    let lease = match cell.take_lease(key).await {
        Ok(lease) => lease,
        Err(error) => {
            // Others are to lose what they have, at least; if that cannot be now, it is made up for.
            drop(cell.delete(key));
            return Err(error);
        }
    };
    let kept = lease.publish(value).await?;
    if let Some(counters) = counters {
        counters.count(|counters| match kept {
            true => &counters.published,
            false => &counters.refused,
        });
    }
    if !kept {
        // Something newer may have happened, or the lease ran out and others still have what was there before. It is not
        // tried again: a set that somebody has given up would beat a later one.
        return cell.delete(key).await;
    }
    Ok(())
}
