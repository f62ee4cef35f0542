//! The suite that every cache passes.

use std::sync::Arc;

use cubbyhole_lru::{CacheStoreImpl, LruCache, LruPolicy, MostRecentPolicy};
use cubbyhole_testkit::{Profile, conformance};

fn lru<V: Clone + Send + 'static>(profile: &Profile) -> Arc<dyn CacheStoreImpl<V>> {
    let max_size = profile.capacity().unwrap();
    Arc::new(LruCache::new(&LruPolicy::new(max_size).unwrap()))
}

fn most_recent<V: Clone + Send + 'static>(_: &Profile) -> Arc<dyn CacheStoreImpl<V>> {
    Arc::new(LruCache::most_recent(&MostRecentPolicy::new()))
}

conformance!(most_recent, Profile::lru(1), super::most_recent);
conformance!(lru_of_1, Profile::lru(1), lru);
conformance!(lru_of_10, Profile::lru(10), lru);
conformance!(lru_of_100, Profile::lru(100), lru);
