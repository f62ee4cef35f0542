//! Operations of a cache, run to their end.

use cubbyhole_testkit::block_on;
use cubbyhole_ttl::{CacheStoreImpl, Retention, TtlCache};

/// Stores a value, which a cache of this kind always keeps.
pub(crate) fn set<V>(cache: &TtlCache<V>, key: &str, value: V, retention: Retention)
where
    V: Clone + Send + 'static,
{
    assert!(block_on(cache.set(key, value, retention)).is_kept());
}

pub(crate) fn get<V: Clone + Send + 'static>(cache: &TtlCache<V>, key: &str) -> Option<V> {
    block_on(cache.get(key))
}
