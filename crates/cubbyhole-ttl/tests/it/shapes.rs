//! What the type system and `Debug` show.

use std::cell::Cell;
use std::sync::Arc;

use cubbyhole_testkit::block_on;
use cubbyhole_ttl::{CacheStoreImpl, Retention, SystemClock, TtlCache, TtlMap, TtlPolicy};

#[test]
fn a_cache_is_shared_behind_its_trait() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    let policy = TtlPolicy::parse("1h").unwrap();
    // A value need not be `Sync`: each reader has its own clone.
    let cache: TtlCache<Cell<u8>> = TtlCache::new(&policy);
    is_shared(&cache);
    let cache: Arc<dyn CacheStoreImpl<Cell<u8>>> = Arc::new(cache);
    assert!(cache.as_in_process().is_some() && cache.is_empty());
}

#[test]
fn a_clock_may_be_shared_behind_its_trait() {
    let policy = TtlPolicy::parse("1h").unwrap();
    let clock: Arc<dyn cubbyhole_ttl::Clock> = Arc::new(SystemClock);
    let cache = TtlCache::with_clock(&policy, clock);
    assert!(block_on(cache.set("a", 1, Retention::Evictable)).is_kept());
    assert_eq!(block_on(cache.get("a")), Some(1));
}

#[test]
fn a_map_is_small() {
    assert!(size_of::<TtlMap<u64>>() <= 88);
    assert_eq!(size_of::<TtlCache<u64>>(), size_of::<usize>());
}

#[test]
fn debug_output_shows_no_key_and_no_value() {
    let cache = TtlCache::new(&TtlPolicy::parse("1h").unwrap());
    assert!(block_on(cache.set("ada", 1815, Retention::Pinned)).is_kept());
    let shown = format!("{cache:?}");
    assert!(!shown.contains("ada") && !shown.contains("1815"), "{shown}");
}
