//! What is counted, and that it equals a recount.

use std::time::Duration;

use cubbyhole_core::ManualClock;
use cubbyhole_policy::CachePolicy;
use cubbyhole_scope::CacheScope;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};
use proptest::prelude::*;

use crate::support::{Shelf, VecCache, by_user, keep_all, lru, now, ttl, user};

#[test]
fn each_lookup_is_a_hit_or_a_miss() {
    let shelf = Shelf::new(lru(2));
    shelf.get("k");
    shelf.set("k", 1);
    shelf.get("k");
    shelf.unpin("k");
    drop(shelf.wait("k").ready());
    drop(shelf.wait("other").ready());
    let stats = shelf.stats();
    assert_eq!((stats.hits, stats.misses, stats.sets), (3, 2, 1));
    assert_eq!(stats.hit_ratio(), Some(0.6));
}

#[test]
fn waits_and_evictions_are_counted() {
    let shelf = Shelf::new(lru(1));
    let _promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    shelf.set("k", 1);
    shelf.set("other", 2);
    let stats = shelf.stats();
    assert_eq!(
        (stats.waits, stats.sets, stats.evictions, stats.entries),
        (1, 2, 1, 1)
    );
}

#[test]
fn value_that_is_not_kept_counts_as_set_and_evicted() {
    let shelf = Shelf::new(lru(1));
    shelf.pin("p", 1);
    shelf.set("k", 2);
    let stats = shelf.stats();
    assert_eq!((stats.sets, stats.evictions, stats.entries), (2, 1, 1));
}

#[test]
fn bytes_come_and_go_with_keys_values_and_scopes() {
    let shelf = Shelf::<[u8; 100]>::new(by_user(lru(10)));
    user("ada").enter(|| {
        shelf.set("short", [0; 100]);
        let short = shelf.stats().bytes;
        assert!(short >= 105, "{short}");
        shelf.set(&"long".repeat(100), [0; 100]);
        assert!(shelf.stats().bytes >= short + 500);
        shelf.delete(&"long".repeat(100));
        assert_eq!(shelf.stats().bytes, short);
        shelf.delete("short");
    });
    assert_eq!(shelf.stats().bytes, 0);
}

#[test]
fn scopes_that_only_wait_count() {
    let shelf = Shelf::<u32>::new(by_user(lru(10)));
    let promise = user("ada").enter(|| shelf.pending("k"));
    assert_eq!(shelf.held(), (0, 1));
    drop(promise);
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn entries_have_their_own_numbers_in_the_order_of_their_first_use() {
    let shelf = Shelf::<u32>::new(lru(1));
    shelf.get("k");
    let other = CachedRegistryEntry::<String>::new("other", keep_all());
    now(shelf.store.set(&other, "k", String::new())).unwrap();
    let stats = shelf.store.stats();
    let keys: Vec<_> = stats.entries.iter().map(|entry| entry.key.uid()).collect();
    assert_eq!(keys, ["shelf", "other"]);
    assert_eq!((stats.entries[0].misses, stats.entries[1].sets), (1, 1));
    assert_eq!(stats.entries[1].policy, keep_all());
    assert!(
        stats
            .of(CachedRegistryEntry::<u8>::new("nobody", lru(1)).store_key())
            .is_none()
    );
}

#[test]
fn numbers_add_up_over_threads() {
    let shelf = Shelf::new(keep_all());
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let shelf = &shelf;
            threads.spawn(move || {
                for key in 0..500 {
                    shelf.set(&format!("{thread}-{key}"), key);
                    shelf.get(&format!("{thread}-{key}"));
                    if key % 2 == 0 {
                        shelf.delete(&format!("{}-{key}", (thread + 1) % 4));
                    }
                }
            });
        }
    });
    let stats = shelf.stats();
    assert_eq!((stats.sets, stats.hits + stats.misses), (2000, 2000));
    assert_eq!(stats.entries as usize, shelf.values().len());
}

/// One step in the life of a store.
#[derive(Clone, Debug)]
enum Step {
    Get(u8, u8),
    Unpin(u8, u8),
    Set(u8, u8, bool),
    Delete(u8, u8),
    Promise(u8, u8),
    Advance(u8),
    DropScope(u8),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let (who, key) = (0..3_u8, 0..5_u8);
    prop_oneof![
        3 => (who.clone(), key.clone()).prop_map(|(who, key)| Step::Get(who, key)),
        1 => (who.clone(), key.clone()).prop_map(|(who, key)| Step::Unpin(who, key)),
        5 => (who.clone(), key.clone(), prop::bool::weighted(0.2))
            .prop_map(|(who, key, pin)| Step::Set(who, key, pin)),
        1 => (who.clone(), key.clone()).prop_map(|(who, key)| Step::Delete(who, key)),
        1 => (who.clone(), key).prop_map(|(who, key)| Step::Promise(who, key)),
        1 => (1..8_u8).prop_map(Step::Advance),
        1 => who.prop_map(Step::DropScope),
        1 => Just(Step::Clear),
    ]
}

/// Takes the step in one user's scope, or in that of nobody.
fn take(store: &CacheStore, entry: &CachedRegistryEntry<u32>, clock: &ManualClock, step: &Step) {
    let scoped = |who: u8, key: u8, f: &dyn Fn(&str)| {
        let long = if who == 1 {
            "a key of more than twenty-two bytes"
        } else {
            ""
        };
        user(&who.to_string()).enter(|| f(&format!("{long}{key}")));
    };
    match *step {
        Step::Get(who, n) => scoped(who, n, &|key| drop(now(store.get(entry, key)))),
        Step::Unpin(who, n) => scoped(who, n, &|key| drop(now(store.get_unpin(entry, key)))),
        Step::Set(who, n, true) => {
            scoped(who, n, &|key| drop(now(store.set_pinned(entry, key, 1))));
        }
        Step::Set(who, n, false) => {
            scoped(who, n, &|key| drop(now(store.set(entry, key, 2))));
        }
        Step::Delete(who, n) => scoped(who, n, &|key| drop(now(store.delete(entry, key)))),
        Step::Promise(who, n) => scoped(who, n, &|key| drop(store.set_pending(entry, key))),
        Step::Advance(seconds) => clock.advance(Duration::from_secs(seconds.into())),
        Step::DropScope(who) => now(store.drop_scope(&CacheScope::user(who.to_string()))),
        Step::Clear => now(store.clear()),
    }
}

fn recount(policy: CachePolicy, steps: &[Step], third_party: bool) {
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let mut entry = CachedRegistryEntry::<u32>::new("e", policy);
    if third_party {
        entry = entry.with_cache(VecCache::for_scope);
    }
    let (mut lookups, mut sets) = (0, 0);
    for step in steps {
        take(&store, &entry, &clock, step);
        lookups += u64::from(matches!(step, Step::Get(..) | Step::Unpin(..)));
        sets += u64::from(matches!(step, Step::Set(..)));
        let caches = store.scope_store(&entry).unwrap();
        let values = (0..3).map(|who| {
            let who = user(&who.to_string());
            who.enter(|| (caches.len().unwrap(), caches.values().unwrap().len()))
        });
        let counts: Vec<_> = values.collect();
        assert!(
            counts.iter().all(|(len, values)| len == values),
            "{counts:?}"
        );
        let stats = store.stats().entries.remove(0);
        let scopes = counts.iter().filter(|(len, _)| *len > 0).count();
        let entries: usize = counts.iter().map(|(len, _)| len).sum();
        let shared = entry.policy().cache_type() != cubbyhole_policy::CacheType::User;
        let (entries, scopes) = if shared {
            (counts[0].0, usize::from(counts[0].0 > 0))
        } else {
            (entries, scopes)
        };
        assert_eq!(
            (stats.entries, stats.scopes),
            (entries as u64, scopes as u64),
            "{step:?}"
        );
        assert_eq!((stats.hits + stats.misses, stats.sets), (lookups, sets));
    }
    now(store.clear());
    let stats = store.stats().entries.remove(0);
    assert_eq!((stats.entries, stats.scopes, stats.bytes), (0, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn d18_numbers_equal_a_recount_with_an_lru(steps in prop::collection::vec(step(), 1..60)) {
        recount(by_user(lru(2)), &steps, false);
    }

    #[test]
    fn d18_numbers_equal_a_recount_with_a_ttl(steps in prop::collection::vec(step(), 1..60)) {
        recount(by_user(ttl(10)), &steps, false);
    }

    #[test]
    fn d18_numbers_equal_a_recount_of_the_global_scope(steps in prop::collection::vec(step(), 1..60)) {
        recount(ttl(10), &steps, false);
    }

    #[test]
    fn d18_numbers_equal_a_recount_with_another_make(steps in prop::collection::vec(step(), 1..60)) {
        recount(by_user(keep_all()), &steps, true);
    }
}

/// A value whose clones are counted: a snapshot that walked the values would have to touch them.
#[test]
fn d18_snapshot_and_read_walk_no_values() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static CLONES: AtomicUsize = AtomicUsize::new(0);
    struct Walked;
    impl Clone for Walked {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, Ordering::SeqCst);
            Self
        }
    }
    let shelf = Shelf::new(keep_all());
    for key in 0..1000 {
        shelf.set(&key.to_string(), Walked);
    }
    let before = CLONES.load(Ordering::SeqCst);
    assert_eq!(shelf.stats().entries, 1000);
    assert!(shelf.get("7").is_some());
    assert_eq!(CLONES.load(Ordering::SeqCst) - before, 1);
}
