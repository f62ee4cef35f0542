//! Caches of another make that answer at once: the store treats them as its own.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use cubbyhole_core::SetOutcome;
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, cache_impl_for_policy, cache_with_clock};
use cubbyhole_testkit::DropCounter;

use crate::support::{
    Gate, Hand, Seen, Shelf, VecCache, by_user, keep_all, lru, now, settle, ttl, user,
};

fn shelf<V: Clone + Send + Sync + 'static>() -> Shelf<V> {
    let entry = CachedRegistryEntry::new("shelf", by_user(keep_all()));
    Shelf::with(entry.with_cache(VecCache::for_scope))
}

#[test]
fn every_operation_is_complete_at_its_first_poll() {
    let shelf = shelf();
    user("ada").enter(|| {
        assert_eq!(shelf.get("k"), None);
        assert_eq!(shelf.set("k", 1), SetOutcome::Kept);
        assert_eq!(
            (shelf.get("k"), shelf.len(), shelf.values()),
            (Some(1), 1, vec![1])
        );
        assert_eq!(shelf.pin("k", 2), SetOutcome::Kept);
        assert_eq!(shelf.delete("k"), None);
        assert_eq!(shelf.unpin("k"), Some(2));
        assert_eq!(shelf.delete("k"), Some(2));
        assert_eq!(shelf.get("k"), None);
    });
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn factory_makes_one_cache_for_each_scope_outside_of_any_lock() {
    let made: Arc<Mutex<Vec<CacheScope>>> = Arc::default();
    let store = CacheStore::new();
    let (seen, inner) = (Arc::clone(&made), store.clone());
    let numbers = CachedRegistryEntry::<u32>::new("numbers", by_user(lru(2)));
    let used = numbers.clone();
    let entry =
        CachedRegistryEntry::<u32>::new("e", by_user(keep_all())).with_cache(move |scope| {
            seen.lock().unwrap().push(scope.clone());
            // The same scope of the same store.
            now(inner.set(&used, "k", 1)).unwrap();
            VecCache::for_scope(scope)
        });
    for who in ["ada", "bob", "ada"] {
        user(who).enter(|| now(store.set(&entry, who, 1)).unwrap());
    }
    let made = std::mem::take(&mut *made.lock().unwrap());
    assert_eq!(made, [CacheScope::user("ada"), CacheScope::user("bob")]);
    assert_eq!(
        user("bob").enter(|| now(store.get(&numbers, "k"))).unwrap(),
        Some(1)
    );
    // The factory holds the store that holds the factory.
    now(store.clear());
}

#[test]
fn its_values_go_with_their_scope_their_store_and_a_clear() {
    let counter = DropCounter::new();
    let shelf = shelf();
    let fill = || {
        for who in ["ada", "bob"] {
            user(who).enter(|| shelf.set("k", counter.track(1)));
        }
    };
    fill();
    shelf.drop_scope(&CacheScope::user("ada"));
    assert_eq!((counter.live(), shelf.held()), (1, (1, 1)));
    fill();
    shelf.clear();
    assert_eq!((counter.live(), shelf.held()), (0, (0, 0)));
    fill();
    drop(shelf);
    assert_eq!(counter.live(), 0);
}

#[tokio::test]
async fn pending_values_computations_and_invalidations_work_as_with_caches_of_ours() {
    let shelf = shelf();
    let gate = Gate::closed();
    let ask = |value: u32| {
        let gate = gate.clone();
        let loader = move || async move {
            gate.pass().await;
            Ok::<_, Infallible>(value)
        };
        let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
        Hand::waiting(asking.in_scope(user("ada")))
    };
    let old = ask(1);
    settle().await;
    user("ada").enter(|| assert_eq!(shelf.delete("k"), None));
    let new = ask(2);
    gate.open();
    assert_eq!(
        (old.finish().await.unwrap(), new.finish().await.unwrap()),
        (1, 2)
    );
    user("ada").enter(|| {
        assert_eq!(shelf.get("k"), Some(2));
        let _promise = shelf.pending("p");
        let mut waiter = shelf.wait("p");
        assert!(waiter.poll().is_pending());
        shelf.set("p", 3);
        assert_eq!(waiter.ready().unwrap(), Some(3));
    });
}

#[test]
fn caches_of_ours_stand_behind_the_same_door() {
    // A cache made for a policy is a cache of another make like any other.
    let made = Seen::default();
    let counted = made.clone();
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(keep_all())).with_cache(move |_| {
        counted.note();
        cache_impl_for_policy(&lru(1))
    });
    let shelf = Shelf::with(entry);
    user("ada").enter(|| {
        shelf.set("a", 1);
        shelf.set("b", 2);
        assert_eq!((shelf.get("a"), shelf.get("b")), (None, Some(2)));
    });
    let stats = shelf.stats();
    assert_eq!((stats.evictions, stats.entries, made.times()), (1, 1, 1));
}

#[tokio::test]
async fn cache_for_a_policy_goes_by_the_clock_it_is_given() {
    let clock = cubbyhole_core::ManualClock::new();
    let cache = cache_with_clock::<u32>(&ttl(10), Arc::new(clock.clone()));
    assert!(
        cache
            .set("k", 1, cubbyhole_core::Retention::Evictable)
            .await
            .is_kept()
    );
    assert_eq!((cache.get("k").await, cache.len()), (Some(1), 1));
    clock.advance(std::time::Duration::from_secs(10));
    assert_eq!((cache.get("k").await, cache.len()), (None, 0));
}
