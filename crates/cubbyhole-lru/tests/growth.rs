//! How much a single operation allocates and frees. In a binary of its own, because it counts with an allocator of its
//! own.

use allocation_counter::measure;
use cubbyhole_lru::{HashedKey, InProcessCache, LruCache, LruPolicy, Removed, Retention};

const ENTRIES: usize = 100_000;

/// A table that doubles allocates and frees megabytes at once; the time that takes is the pause of its user.
const MOST: u64 = 128 * 1024;

#[test]
fn no_operation_on_a_cache_that_grows_or_shrinks_allocates_or_frees_much() {
    let cache = LruCache::new(&LruPolicy::new(2 * ENTRIES).unwrap());
    let keys: Vec<String> = (0..ENTRIES).map(|number| number.to_string()).collect();
    for key in &keys {
        let key = HashedKey::new(key);
        let made = measure(|| {
            let outcome = cache.insert(key, 1, Retention::Evictable, &mut Removed::new());
            assert!(outcome.is_kept());
        });
        check(&made);
    }
    for key in &keys {
        let made = measure(|| {
            let removed = cache.remove(HashedKey::new(key), &mut Removed::new());
            assert_eq!(removed, Some(1));
        });
        check(&made);
    }
}

fn check(made: &allocation_counter::AllocationInfo) {
    let freed = made.bytes_total.cast_signed() - made.bytes_current;
    assert!(made.bytes_total <= MOST, "{made:?}");
    assert!(freed <= MOST.cast_signed(), "{made:?}");
}
