//! Mistakes that other caches made, as sequences of operations that bring them out.
//!
//! D1 to D9 are those of the cache this one has its contract from; E1 to E9 are those of caches in general.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use cubbyhole_lru::{CacheStoreImpl, LruCache, LruPolicy, Retention, SetOutcome};

type Cache = LruCache<&'static str>;

fn cache<V>(max_size: usize) -> LruCache<V> {
    LruCache::new(&LruPolicy::new(max_size).unwrap())
}

async fn set(cache: &Cache, key: &'static str) -> SetOutcome {
    cache.set(key, key, Retention::Evictable).await
}

async fn pin(cache: &Cache, key: &'static str) -> SetOutcome {
    cache.set(key, key, Retention::Pinned).await
}

/// Returns which keys are there, without using them.
fn keys(cache: &Cache) -> Vec<&'static str> {
    assert_eq!(cache.check_invariants(), Ok(()));
    let mut keys = cache.values();
    keys.sort_unstable();
    keys
}

/// Sets new keys until none of the old ones is left, and returns these in the order in which they went.
async fn eviction_order(cache: &Cache) -> Vec<&'static str> {
    let (mut left, mut order) = (keys(cache), Vec::new());
    for new in ["new 1", "new 2", "new 3", "new 4", "new 5"] {
        let outcome = set(cache, new).await;
        assert_eq!(outcome, SetOutcome::Kept);
        let now = keys(cache);
        order.extend(left.extract_if(.., |key| !now.contains(key)));
    }
    assert!(left.is_empty(), "{left:?} stay for ever");
    order
}

#[tokio::test]
async fn d1_head_self_loop() {
    let cache = cache(2);
    for key in ["A", "B"] {
        assert!(set(&cache, key).await.is_kept());
    }
    assert_eq!(cache.get("B").await, Some("B"));
    assert!(set(&cache, "C").await.is_kept());
    assert_eq!(keys(&cache), ["B", "C"]);
    assert!(set(&cache, "D").await.is_kept());
    assert_eq!(keys(&cache), ["C", "D"]);
    assert_eq!(cache.get("D").await, Some("D"));
    assert_eq!(eviction_order(&cache).await, ["C", "D"]);
}

#[tokio::test]
async fn d2_overwriting_a_key_just_read_ends() {
    let cache = cache(3);
    for (key, read_first) in [("F", None), ("D", Some("F")), ("F", None), ("C", None)] {
        if let Some(read) = read_first {
            assert_eq!(cache.get(read).await, Some(read));
        }
        assert!(set(&cache, key).await.is_kept());
    }
    assert_eq!(cache.get("D").await, Some("D"));
    assert!(set(&cache, "B").await.is_kept());
    assert_eq!(keys(&cache), ["B", "C", "D"]); // F was the least recent.
    assert!(set(&cache, "A").await.is_kept());
    assert_eq!(keys(&cache), ["A", "B", "D"]); // Then C was.
    assert_eq!(eviction_order(&cache).await, ["D", "B", "A"]);
}

#[tokio::test]
async fn d3_a_pinned_entry_keeps_its_place() {
    for unpin_by_set in [false, true] {
        let cache = cache(3);
        assert!(pin(&cache, "P").await.is_kept());
        for key in ["X", "Y", "Z"] {
            assert!(set(&cache, key).await.is_kept());
        }
        assert_eq!(keys(&cache), ["P", "Y", "Z"]);
        if unpin_by_set {
            assert!(set(&cache, "P").await.is_kept());
        } else {
            assert_eq!(cache.get_unpin("P").await, Some("P"));
        }
        assert_eq!(eviction_order(&cache).await, ["Y", "Z", "P"]);
    }
}

#[tokio::test]
async fn d4_a_full_house_of_pins_says_that_it_does_not_keep_a_value() {
    let cache = cache(1);
    assert_eq!(pin(&cache, "P").await, SetOutcome::Kept);
    assert_eq!(set(&cache, "N").await, SetOutcome::NotKept);
    assert_eq!(keys(&cache), ["P"]);
    assert_eq!(cache.get("N").await, None);
    assert_eq!(cache.get_unpin("P").await, Some("P"));
    assert_eq!(set(&cache, "N").await, SetOutcome::Kept);
    assert_eq!(keys(&cache), ["N"]);
}

#[tokio::test]
async fn d4_a_value_that_gives_up_its_pin_in_a_crowd_is_not_kept() {
    let cache = cache(1);
    for key in ["P", "Q"] {
        assert_eq!(pin(&cache, key).await, SetOutcome::Kept);
    }
    assert_eq!(set(&cache, "P").await, SetOutcome::NotKept);
    assert_eq!(keys(&cache), ["Q"]);
}

#[tokio::test]
async fn d5_pins_beyond_the_bound_go_as_they_are_read() {
    let cache = cache(1);
    for key in ["P", "Q", "R"] {
        assert_eq!(pin(&cache, key).await, SetOutcome::Kept);
    }
    assert_eq!(cache.len(), 3);
    for (key, left) in [("P", 2), ("Q", 1), ("R", 1)] {
        assert_eq!(cache.get_unpin(key).await, Some(key));
        assert_eq!(cache.len(), left);
    }
    assert_eq!(keys(&cache), ["R"]);
}

#[tokio::test]
async fn d5_twenty_pins_beyond_the_bound_go_as_they_are_read() {
    let cache = cache(2);
    let names: Vec<String> = (0..20).map(|i| i.to_string()).collect();
    for name in &names {
        assert!(cache.set(name, 0, Retention::Pinned).await.is_kept());
    }
    for (name, left) in names.iter().zip((2..20).rev().chain([2, 2])) {
        assert_eq!(cache.get_unpin(name).await, Some(0));
        assert_eq!(cache.len(), left);
        assert_eq!(cache.check_invariants(), Ok(()));
    }
}

#[tokio::test]
async fn d9_a_pinned_entry_is_not_deleted_but_cleared() {
    let cache = cache(2);
    assert!(pin(&cache, "P").await.is_kept());
    assert_eq!(cache.delete("P").await, None);
    assert_eq!(cache.get_unpin("P").await, Some("P"));
    assert_eq!(cache.delete("P").await, Some("P"));
    assert_eq!(cache.delete("P").await, None);
    assert!(pin(&cache, "P").await.is_kept());
    cache.clear().await;
    assert!(cache.is_empty());
}

#[test]
fn e1_eviction_ends_while_pins_come_and_go() {
    for max_size in [1, 3, 16, 20] {
        let cache = cache(max_size);
        thread::scope(|scope| {
            for thread in 0..4_u64 {
                let cache = &cache;
                scope.spawn(move || churn(cache, thread));
            }
        });
        assert_eq!(cache.check_invariants(), Ok(()));
    }
}

#[tokio::main(flavor = "current_thread")]
async fn churn(cache: &LruCache<u64>, thread: u64) {
    for step in 0..2_000 {
        let key = (step * 7 + thread * 13) % 29;
        let retention = if step % 3 == 0 {
            Retention::Pinned
        } else {
            Retention::Evictable
        };
        let _ = cache.set(&key.to_string(), key, retention).await;
        let other = (step * 11 + thread) % 29;
        let found = cache.get_unpin(&other.to_string()).await;
        assert!(found.is_none_or(|value| value == other));
    }
}

#[tokio::test]
async fn e2_capacity_one_holds_one() {
    let cache = cache(1);
    assert_eq!(cache.get("A").await, None);
    for key in ["A", "B", "B", "C"] {
        assert!(set(&cache, key).await.is_kept());
        assert_eq!(keys(&cache), [key]);
        assert_eq!(cache.get(key).await, Some(key));
    }
    assert_eq!(cache.delete("C").await, Some("C"));
    assert!(cache.is_empty());
}

#[test]
fn e2_capacity_zero_is_refused_by_the_policy() {
    assert!(LruPolicy::new(0).is_err());
}

#[tokio::test]
async fn e2_the_largest_capacity_is_one() {
    let cache = cache(usize::MAX);
    assert!(set(&cache, "A").await.is_kept());
    assert_eq!(keys(&cache), ["A"]);
}

#[tokio::test]
async fn e6_a_value_just_set_is_there() {
    for max_size in [1, 2, 10, 16, 17, 100] {
        let cache = cache(max_size);
        for value in 0..300 {
            let key = value.to_string();
            assert!(cache.set(&key, value, Retention::Evictable).await.is_kept());
            assert_eq!(cache.get(&key).await, Some(value));
        }
        assert_eq!(cache.len(), max_size);
    }
}

#[tokio::test]
async fn e7_values_are_dropped_when_they_go() {
    for max_size in [2, 16, 17] {
        let cache = cache(max_size);
        let value = Arc::new(());
        let held = || Arc::strong_count(&value) - 1;
        let evictable = async |key: &str| {
            let value = Arc::clone(&value);
            cache.set(key, value, Retention::Evictable).await
        };
        for key in 0..max_size {
            assert!(evictable(&key.to_string()).await.is_kept());
        }
        assert_eq!(held(), max_size);
        assert!(evictable("0").await.is_kept()); // Replaces.
        assert!(evictable("new").await.is_kept()); // Evicts 1.
        assert_eq!(held(), max_size);
        drop(cache.delete("0").await);
        assert_eq!(held(), max_size - 1);
        cache.clear().await;
        assert_eq!(held(), 0);

        for key in 0..=max_size {
            let value = Arc::clone(&value);
            let outcome = cache.set(&key.to_string(), value, Retention::Pinned).await;
            assert!(outcome.is_kept());
        }
        assert!(!evictable("new").await.is_kept());
        assert_eq!(held(), max_size + 1);
        drop(cache.get_unpin("0").await);
        assert_eq!(held(), max_size);
        drop(cache);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[tokio::test]
async fn e8_a_set_that_is_never_polled_changes_nothing() {
    let cache = cache(1);
    assert!(set(&cache, "A").await.is_kept());
    drop(cache.set("B", "B", Retention::Pinned));
    assert_eq!(keys(&cache), ["A"]);
}

/// A value whose `Clone` and `Drop` panic when asked to.
struct Trap {
    armed: bool,
}

impl Clone for Trap {
    fn clone(&self) -> Self {
        assert!(!self.armed, "this value cannot be cloned");
        Self { armed: false }
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        assert!(
            !self.armed || thread::panicking(),
            "this value cannot be dropped"
        );
    }
}

#[test]
fn e9_a_panic_in_clone_or_drop_leaves_the_cache_in_order() {
    for max_size in [1, 10, 17, 30] {
        let cache = cache(max_size);
        let run = |job: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(job)).is_err();
        let set = |key: usize, armed: bool, retention| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let _ = runtime.block_on(cache.set(&key.to_string(), Trap { armed }, retention));
        };
        let read = |key: usize| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime
                .block_on(cache.get_unpin(&key.to_string()))
                .is_some()
        };
        for key in 0..max_size {
            set(key, true, Retention::Pinned);
        }
        assert!(run(&mut || assert!(read(0))), "the clone panics");
        assert!(
            run(&mut || set(0, false, Retention::Evictable)),
            "the drop panics"
        );
        assert!(run(&mut || drop(cache.values())) == (max_size > 1));
        assert_eq!((cache.check_invariants(), cache.len()), (Ok(()), max_size));
        assert!(read(0));
        for key in 1..max_size {
            assert!(run(&mut || set(key, false, Retention::Evictable)));
        }
        for key in 0..2 * max_size {
            set(key, false, Retention::Evictable);
            assert!(read(key));
        }
        assert_eq!((cache.check_invariants(), cache.len()), (Ok(()), max_size));
    }
}
