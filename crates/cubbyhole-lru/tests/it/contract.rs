//! What the cache answers, and that it is what its traits ask for.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cubbyhole_lru::{
    CacheStoreImpl, HashedKey, InProcessCache, LruCache, LruPolicy, MostRecentPolicy, Removed,
    Retention, SetOutcome,
};

#[tokio::test]
async fn most_recent_keeps_one_value() {
    let cache = LruCache::most_recent(&MostRecentPolicy::new());
    for value in 0..3 {
        let key = value.to_string();
        let outcome = cache.set(&key, value, Retention::Evictable).await;
        assert_eq!((outcome, cache.values()), (SetOutcome::Kept, vec![value]));
    }
}

#[tokio::test]
async fn a_set_takes_the_new_value_and_the_new_pin() {
    let cache = LruCache::new(&LruPolicy::new(1).unwrap());
    assert!(cache.set("a", 1, Retention::Pinned).await.is_kept());
    assert!(cache.set("a", 2, Retention::Evictable).await.is_kept());
    assert_eq!(cache.get("a").await, Some(2));
    assert!(cache.set("b", 3, Retention::Evictable).await.is_kept());
    assert_eq!(cache.get("a").await, None);
    assert!(cache.set("b", 4, Retention::Pinned).await.is_kept());
    assert_eq!(cache.get("b").await, Some(4)); // A plain read leaves the pin.
    assert!(!cache.set("c", 5, Retention::Evictable).await.is_kept());
}

#[tokio::test]
async fn keys_are_their_bytes() {
    let cache = LruCache::new(&LruPolicy::new(100).unwrap());
    let keys = [
        "",
        "\0",
        "\0\0",
        "global",
        "ключ",
        "a:b",
        "a",
        "exactly 22 bytes, yes!",
        "23 bytes, on the heap..",
    ];
    for (value, key) in keys.into_iter().enumerate() {
        assert!(cache.set(key, value, Retention::Evictable).await.is_kept());
    }
    for (value, key) in keys.into_iter().enumerate() {
        assert_eq!(cache.get(key).await, Some(value));
    }
}

#[test]
fn an_operation_is_complete_at_its_first_poll() {
    let cache = LruCache::new(&LruPolicy::default());
    let mut context = Context::from_waker(Waker::noop());
    let set = pin!(cache.set("a", 1, Retention::Evictable)).poll(&mut context);
    assert_eq!(set, Poll::Ready(SetOutcome::Kept));
    let get = pin!(cache.get("a")).poll(&mut context);
    assert_eq!(get, Poll::Ready(Some(1)));
}

#[test]
fn a_cache_is_shared_behind_either_trait() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    let cache: Arc<LruCache<std::cell::Cell<u8>>> = Arc::new(LruCache::new(&LruPolicy::default()));
    is_shared(&cache); // A value need not be `Sync`: each reader has its own clone.
    let cache: Arc<dyn CacheStoreImpl<std::cell::Cell<u8>>> = cache;
    let in_process: &dyn InProcessCache<Value = _> = cache.as_in_process().unwrap();
    let found = in_process.lookup(HashedKey::new("a"), &mut Removed::new());
    assert_eq!(found, None);
}

#[test]
fn a_locked_map_takes_56_bytes() {
    assert_eq!(size_of::<LruCache<String>>(), 56);
}

#[tokio::test]
async fn debug_output_shows_no_key_and_no_value() {
    let cache = LruCache::new(&LruPolicy::default());
    let _ = cache.set("ada", 1815, Retention::Pinned).await;
    let shown = format!("{cache:?}");
    assert!(!shown.contains("ada") && !shown.contains("1815"), "{shown}");
}
