//! From a policy to the cache that it asks for.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{
    CacheMap, CacheStoreImpl, Clock, HashedKey, MapEntry, Removed, Retention, SetOutcome,
    StoredKey, SystemClock,
};
use cubbyhole_keep_all::{KeepAllCache, KeepAllMap};
use cubbyhole_lru::{LruCache, LruMap};
use cubbyhole_policy::{CachePolicy, LruPolicy, TtlPolicy};
use cubbyhole_ttl::{TtlCache, TtlMap};

/// Makes the cache that a policy asks for: a cache alone, with no scope and no pending value.
///
/// A [`CacheStore`](crate::CacheStore) makes the same caches by itself, one for each registry entry and scope.
///
/// ```
/// use cubbyhole_core::Retention;
/// use cubbyhole_policy::CachePolicy;
/// use cubbyhole_store::cache_impl_for_policy;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), cubbyhole_policy::PolicyError> {
/// let cache = cache_impl_for_policy::<u32>(&CachePolicy::lru(1)?);
/// assert!(cache.set("a", 1, Retention::Evictable).await.is_kept());
/// assert!(cache.set("b", 2, Retention::Evictable).await.is_kept());
/// assert_eq!((cache.get("a").await, cache.get("b").await), (None, Some(2)));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn cache_impl_for_policy<V>(policy: &CachePolicy) -> Arc<dyn CacheStoreImpl<V>>
where
    V: Clone + Send + Sync + 'static,
{
    cache_with_clock(policy, Arc::new(SystemClock))
}

/// Makes the cache that a policy asks for, as [`cache_impl_for_policy`] does, with a clock to go by.
#[must_use]
pub fn cache_with_clock<V>(
    policy: &CachePolicy,
    clock: Arc<dyn Clock>,
) -> Arc<dyn CacheStoreImpl<V>>
where
    V: Clone + Send + Sync + 'static,
{
    match policy {
        CachePolicy::Lru(policy) => Arc::new(LruCache::new(policy)),
        CachePolicy::MostRecent(policy) => Arc::new(LruCache::most_recent(policy)),
        CachePolicy::KeepAll(policy) => Arc::new(KeepAllCache::new(policy)),
        CachePolicy::Ttl(policy) => Arc::new(TtlCache::with_clock(policy, clock)),
        // The crates share one version, so there is no other policy; if there were, a bounded cache is the safe one.
        _ => Arc::new(LruCache::new(&LruPolicy::default())),
    }
}

/// Calls the map that it is.
macro_rules! with_map {
    ($self:ident, $map:ident => $call:expr) => {
        match $self {
            Self::Lru($map) => $call,
            Self::Ttl($map) => $call,
            Self::KeepAll($map) => $call,
        }
    };
}

/// The data structure of the cache that a policy asks for.
///
/// A store holds these instead of [`CacheStoreImpl`]s: no pointer, no second lock, no boxed future.
pub(crate) enum PolicyMap<V> {
    Lru(LruMap<V>),
    /// Boxed, because it is three times as large as the others, of which there are more.
    Ttl(Box<Watched<V>>),
    KeepAll(KeepAllMap<V>),
}

impl<V> PolicyMap<V> {
    pub(crate) fn new(policy: &CachePolicy) -> Self {
        match policy {
            CachePolicy::Lru(policy) => Self::Lru(LruMap::new(policy)),
            CachePolicy::MostRecent(policy) => Self::Lru(LruMap::most_recent(policy)),
            CachePolicy::KeepAll(policy) => Self::KeepAll(KeepAllMap::new(policy)),
            CachePolicy::Ttl(policy) => Self::Ttl(Box::new(Watched::new(policy))),
            // As in `cache_with_clock`.
            _ => Self::Lru(LruMap::new(&LruPolicy::default())),
        }
    }

    /// Returns how long values live, if this keeps time.
    pub(crate) fn ttl(&self) -> Option<Duration> {
        match self {
            Self::Ttl(watched) => Some(watched.ttl()),
            Self::Lru(_) | Self::KeepAll(_) => None,
        }
    }

    /// Looks a key up as [`CacheMap::get`] does. The clock is asked for only where time matters.
    #[inline]
    pub(crate) fn glance<'a>(
        &mut self,
        key: HashedKey<'_>,
        clock: impl FnOnce() -> &'a dyn Clock,
    ) -> Option<&V>
    where
        V: Clone,
    {
        match self {
            // By far the most, and so worth a copy of the code wherever it is called.
            Self::Lru(map) => map.get(key, &SystemClock),
            Self::Ttl(_) | Self::KeepAll(_) => self.get(key, clock()),
        }
    }
}

/// A map whose values expire, and who watches over that.
pub(crate) struct Watched<V> {
    map: TtlMap<V>,
    /// Which record of the expiry queue watches over this map; 0 if none does.
    pub(crate) watch: u64,
}

impl<V> Watched<V> {
    fn new(policy: &TtlPolicy) -> Self {
        Self {
            map: TtlMap::new(policy),
            watch: 0,
        }
    }
}

impl<V> Deref for Watched<V> {
    type Target = TtlMap<V>;

    fn deref(&self) -> &TtlMap<V> {
        &self.map
    }
}

impl<V> DerefMut for Watched<V> {
    fn deref_mut(&mut self) -> &mut TtlMap<V> {
        &mut self.map
    }
}

impl<V: Clone> CacheMap<V> for PolicyMap<V> {
    #[inline(never)] // The short way to an LRU, which is beside it, is `glance`.
    fn get(&mut self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V> {
        with_map!(self, map => map.get(key, clock))
    }

    fn peek(&self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V> {
        with_map!(self, map => map.peek(key, clock))
    }

    fn get_unpin(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        with_map!(self, map => map.get_unpin(key, clock, removed))
    }

    fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        with_map!(self, map => map.set(key, value, retention, clock, removed))
    }

    fn delete(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        with_map!(self, map => map.delete(key, clock, removed))
    }

    fn remove(&mut self, key: HashedKey<'_>) -> Option<V> {
        with_map!(self, map => map.remove(key))
    }

    fn clear(&mut self, removed: &mut Removed<V>) {
        with_map!(self, map => map.clear(removed));
    }

    fn take_entries(&mut self) -> Vec<MapEntry<V>> {
        with_map!(self, map => map.take_entries())
    }

    fn keys(&self) -> Vec<StoredKey> {
        with_map!(self, map => map.keys())
    }

    fn inspect(&self, key: HashedKey<'_>) -> Option<MapEntry<&V>> {
        with_map!(self, map => map.inspect(key))
    }

    fn restore(&mut self, entry: MapEntry<V>, clock: &dyn Clock) -> Result<(), MapEntry<V>> {
        with_map!(self, map => map.restore(entry, clock))
    }

    fn len(&self, clock: &dyn Clock) -> usize {
        with_map!(self, map => map.len(clock))
    }

    fn is_vacant(&self) -> bool {
        with_map!(self, map => map.is_vacant())
    }

    fn values(&self, clock: &dyn Clock) -> Vec<V> {
        with_map!(self, map => map.values(clock))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cubbyhole_core::ManualClock;

    use super::*;

    #[test]
    fn every_map_hands_its_entries_out() {
        let second = Duration::from_secs(1);
        let policies = [
            CachePolicy::lru(3).unwrap(),
            CachePolicy::keep_all(),
            CachePolicy::ttl(second).unwrap(),
        ];
        for policy in policies {
            let (clock, mut removed) = (ManualClock::new(), Removed::new());
            let mut map = PolicyMap::new(&policy);
            for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
                let key = HashedKey::new(key);
                let _ = map.set(key, value, Retention::Pinned, &clock, &mut removed);
            }
            assert_eq!(map.peek(HashedKey::new("a"), &clock), Some(&1));
            assert_eq!(map.remove(HashedKey::new("b")), Some(2));
            let mut entries = map.take_entries();
            entries.sort_by_key(|entry| entry.value);
            let expires = matches!(policy, CachePolicy::Ttl(_));
            let expected = [("a", 1), ("c", 3)].map(|(key, value)| MapEntry {
                key: StoredKey::new(key),
                value,
                retention: Retention::Pinned,
                expires_at: expires.then_some(second),
            });
            assert_eq!(entries, expected);
            assert!(map.is_vacant() && removed.is_empty());
        }
    }
}
