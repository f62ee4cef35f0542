//! How often the cache allocates. In a binary of its own, because it counts with a global allocator of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use allocation_counter::measure;
use cubbyhole_lru::{HashedKey, InProcessCache, LruCache, LruPolicy, Removed, Retention};

fn cache(max_size: usize) -> LruCache<Arc<u64>> {
    LruCache::new(&LruPolicy::new(max_size).unwrap())
}

fn set(cache: &LruCache<Arc<u64>>, key: &str, value: &Arc<u64>) {
    let value = Arc::clone(value);
    let _ = cache.insert(
        HashedKey::new(key),
        value,
        Retention::Evictable,
        &mut Removed::new(),
    );
}

#[test]
fn an_empty_cache_allocates_nothing() {
    let made = measure(|| {
        let cache = cache(10);
        assert!(
            cache
                .lookup(HashedKey::new("a"), &mut Removed::new())
                .is_none()
        );
        black_box(cache);
    });
    assert_eq!(made.count_total, 0);
}

#[test]
fn one_entry_is_one_allocation() {
    let cache = cache(10);
    let value = Arc::new(1);
    let made = measure(|| set(&cache, "a key of 22 bytes, full", &value));
    assert_eq!((made.count_total, made.bytes_total), (2, 24 + 8 + 23));
    let made = measure(|| set(&cache, "short", &value));
    assert_eq!((made.count_total, made.bytes_current), (1, 24 + 8));
}

#[test]
fn a_hit_allocates_nothing() {
    for max_size in [1, 10, 16, 17, 100] {
        let cache = cache(max_size);
        let keys: Vec<String> = (0..max_size).map(|i| format!("key {i}")).collect();
        let value = Arc::new(1);
        for key in &keys {
            set(&cache, key, &value);
        }
        let made = measure(|| {
            for key in &keys {
                let found = cache.lookup(HashedKey::new(key), &mut Removed::new());
                assert!(found.is_some());
                let found = cache.lookup_unpin(HashedKey::new(key), &mut Removed::new());
                assert!(found.is_some());
            }
        });
        assert_eq!(made.count_total, 0, "max_size {max_size}");
    }
}

#[test]
fn a_full_cache_replaces_and_evicts_without_allocating() {
    for max_size in [1, 10, 16] {
        let cache = cache(max_size);
        let keys: Vec<String> = (0..40).map(|i| format!("key {i}")).collect();
        let value = Arc::new(1);
        for key in &keys {
            set(&cache, key, &value);
        }
        let made = measure(|| keys.iter().for_each(|key| set(&cache, key, &value)));
        assert_eq!(made.count_total, 0, "max_size {max_size}");
    }
}

#[test]
fn what_one_set_evicts_is_handed_over_without_allocating() {
    let cache = cache(10);
    let keys: Vec<String> = (0..20).map(|i| format!("key {i}")).collect();
    let value = Arc::new(1);
    for key in &keys[..10] {
        set(&cache, key, &value);
    }
    let made = measure(|| {
        for (old, key) in keys.iter().zip(&keys[10..]) {
            let mut removed = Removed::new();
            let value = Arc::clone(&value);
            let key = HashedKey::new(key);
            let _ = cache.insert(key, value, Retention::Evictable, &mut removed);
            let left = removed.drain().map(|entry| entry.hash);
            assert!(left.eq([HashedKey::new(old).hash()]));
        }
    });
    assert_eq!(made.count_total, 0);
}

#[test]
fn the_last_entry_takes_the_memory_with_it() {
    for max_size in [10, 100] {
        let cache = cache(max_size);
        let keys: Vec<String> = (0..max_size).map(|i| format!("key {i}")).collect();
        let value = Arc::new(1);
        let made = measure(|| {
            for key in &keys {
                set(&cache, key, &value);
            }
            for key in &keys {
                let deleted = cache.remove(HashedKey::new(key), &mut Removed::new());
                assert!(deleted.is_some());
            }
        });
        assert_eq!(made.bytes_current, 0, "max_size {max_size}");
    }
}
