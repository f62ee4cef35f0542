//! What the type system and `Debug` show.

use std::cell::Cell;
use std::sync::Arc;

use cubbyhole_keep_all::{CacheStoreImpl, KeepAllCache, KeepAllMap, KeepAllPolicy, Retention};
use cubbyhole_testkit::block_on;

#[test]
fn a_cache_is_shared_behind_its_trait() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    // A value need not be `Sync`: each reader has its own clone.
    let cache: KeepAllCache<Cell<u8>> = KeepAllCache::new(&KeepAllPolicy::new());
    is_shared(&cache);
    let cache: Arc<dyn CacheStoreImpl<Cell<u8>>> = Arc::new(cache);
    assert!(cache.as_in_process().is_some() && cache.is_empty());
}

#[test]
fn a_map_is_a_table_and_nothing_else() {
    assert_eq!(size_of::<KeepAllMap<u64>>(), 32);
}

#[test]
fn debug_output_shows_no_key_and_no_value() {
    let cache = KeepAllCache::new(&KeepAllPolicy::new());
    assert!(block_on(cache.set("ada", 1815, Retention::Pinned)).is_kept());
    let shown = format!("{cache:?}");
    assert!(!shown.contains("ada") && !shown.contains("1815"), "{shown}");
}
