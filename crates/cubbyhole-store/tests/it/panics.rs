//! E9: clones, clocks, loaders and caches that panic leave the store usable and its counts right.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cubbyhole_core::{Alarm, Clock, ManualClock};
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Leased};
use cubbyhole_testkit::{DropCounter, PanicOnClone, Trigger};

use crate::support::{
    Hand, Shelf, VecCache, by_user, keep_all, lru, now, panics, settle, ttl, user,
};

#[tokio::test]
async fn s6_panic_in_a_load_reaches_every_waiter_and_frees_the_key() {
    for when in [
        "in the closure itself",
        "before the first await",
        "after it",
    ] {
        let shelf = Shelf::<u32>::new(lru(2));
        let ask = || {
            let loader = move || {
                assert!(when != "in the closure itself", "{when}");
                async move {
                    assert!(when != "before the first await", "{when}");
                    settle().await;
                    assert!(when != "after it", "{when}");
                    Ok::<_, Infallible>(7)
                }
            };
            Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", loader))
        };
        let callers = [ask(), ask()];
        let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
        let mut errors = Vec::new();
        for caller in callers {
            errors.push(caller.finish().await.unwrap_err());
        }
        errors.push(reader.finish().await.unwrap_err());
        for error in errors {
            assert!(matches!(&error, CacheError::Panicked { .. }), "{error}");
            assert!(error.to_string().contains(when), "{error}");
        }
        assert_eq!((shelf.get("k"), shelf.held()), (None, (0, 0)));
        let load = || async { Ok::<_, Infallible>(1) };
        assert_eq!(
            shelf
                .store
                .get_or_compute(&shelf.entry, "k", load)
                .await
                .unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn s10_load_that_fails_before_its_first_await_releases_everything() {
    let shelf = Shelf::<u32>::new(lru(2));
    let counter = DropCounter::new();
    for n in 0..100 {
        let held = counter.track(n);
        let loader = move || async move {
            let _held = held;
            Err::<u32, _>("no such thing")
        };
        assert!(
            shelf
                .store
                .get_or_compute(&shelf.entry, "k", loader)
                .await
                .is_err()
        );
    }
    assert_eq!((counter.live(), shelf.held()), (0, (0, 0)));
    assert!(!shelf.pending("k").is_joined());
}

#[tokio::test]
async fn panic_while_a_load_is_dropped_does_not_hold_anybody_up() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            assert!(
                std::thread::panicking(),
                "a future that panics when it is dropped"
            );
        }
    }
    let shelf = Shelf::<u32>::new(lru(2));
    let guard = PanicsWhenDropped;
    let caller = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                let _guard = guard;
                settle().await;
                Ok::<_, Infallible>(1)
            }),
    );
    assert!(matches!(
        caller.finish().await,
        Err(CacheError::Panicked { .. })
    ));
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn e9_panic_in_a_clone_is_the_readers_own() {
    for policy in [lru(2), ttl(10), keep_all()] {
        let (shelf, trigger) = (Shelf::new(policy), Trigger::new());
        shelf.pin("k", PanicOnClone::new(1, &trigger));
        trigger.arm();
        panics(|| shelf.get("k"));
        panics(|| shelf.unpin("k"));
        panics(|| shelf.wait("k").ready());
        panics(|| now(shelf.store.get_or_lease(&shelf.entry, "k")));
        panics(|| shelf.values());
        trigger.disarm();
        assert_eq!(shelf.get("k").unwrap().number(), 1);
        assert_eq!(shelf.held(), (1, 1));
        shelf.unpin("k");
        assert_eq!(shelf.delete("k").unwrap().number(), 1);
        assert_eq!(shelf.held(), (0, 0));
    }
}

#[test]
fn e9_panic_in_a_clone_changes_no_count_of_what_has_expired() {
    let (shelf, trigger) = (Shelf::new(ttl(10)), Trigger::new());
    shelf.set("old", PanicOnClone::new(1, &trigger));
    shelf.advance(5);
    shelf.set("k", PanicOnClone::new(2, &trigger));
    // No alarm rings: the clock of this store stands in the way, so that the read finds what is past its time.
    trigger.arm();
    panics(|| shelf.unpin("k"));
    shelf.advance(5);
    panics(|| shelf.unpin("k"));
    trigger.disarm();
    assert_eq!((shelf.stats().entries, shelf.len()), (1, 1));
    shelf.advance(5);
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn e9_panic_in_the_clone_for_those_who_wait_leaves_the_key_pending() {
    let (shelf, trigger) = (Shelf::new(lru(2)), Trigger::new());
    let _promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    trigger.arm();
    panics(|| shelf.set("k", PanicOnClone::new(1, &trigger)));
    trigger.disarm();
    assert!(waiter.poll().is_pending());
    shelf.set("k", PanicOnClone::new(2, &trigger));
    assert_eq!(waiter.ready().unwrap().unwrap().number(), 2);
}

#[test]
fn e9_panic_in_a_waiters_clone_is_its_own() {
    let (shelf, trigger) = (Shelf::new(lru(2)), Trigger::new());
    let _promise = shelf.pending("k");
    let (mut one, mut other) = (shelf.wait("k"), shelf.wait("k"));
    assert!(one.poll().is_pending() && other.poll().is_pending());
    shelf.set("k", PanicOnClone::new(1, &trigger));
    trigger.arm();
    panics(|| one.poll());
    trigger.disarm();
    drop(one);
    assert_eq!(other.ready().unwrap().unwrap().number(), 1);
}

#[tokio::test]
async fn e9_panic_in_the_clone_of_a_computed_value_is_an_error_for_all() {
    let (shelf, trigger) = (Shelf::new(lru(2)), Trigger::new());
    let value = PanicOnClone::new(1, &trigger);
    trigger.arm();
    let load = || async move { Ok::<_, Infallible>(value) };
    let error = shelf
        .store
        .get_or_compute(&shelf.entry, "k", load)
        .await
        .unwrap_err();
    assert!(matches!(error, CacheError::Panicked { .. }), "{error}");
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn e9_panic_in_the_clone_of_a_leased_value_passes_the_lease_on() {
    let (shelf, trigger) = (Shelf::new(lru(2)), Trigger::new());
    let Ok(Leased::Lease(lease)) = now(shelf.store.get_or_lease(&shelf.entry, "k")) else {
        panic!("nobody else asks");
    };
    let next = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    trigger.arm();
    panics(|| now(lease.publish(PanicOnClone::new(1, &trigger))));
    assert!(matches!(next.ready(), Ok(Leased::Lease(_))));
    assert_eq!(shelf.held(), (0, 0));
}

/// A clock that panics when it is told to.
#[derive(Clone, Debug, Default)]
struct Fragile(ManualClock, Arc<AtomicBool>);

impl Clock for Fragile {
    fn now(&self) -> Duration {
        assert!(
            !self.1.load(Ordering::SeqCst),
            "a clock that panics, as it was told to"
        );
        self.0.now()
    }

    fn wake_at(&self, at: Duration, alarm: std::sync::Weak<dyn Alarm>) {
        self.0.wake_at(at, alarm);
    }
}

#[test]
fn e9_panic_in_the_clock_leaves_the_store_in_order() {
    let clock = Fragile::default();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(ttl(10)));
    let ada = user("ada");
    ada.enter(|| now(store.set(&entry, "k", 1)).unwrap());
    let promise = ada.enter(|| store.set_pending(&entry, "k").unwrap());
    let mut wait = Hand::waiting(promise.wait());
    clock.1.store(true, Ordering::SeqCst);
    ada.enter(|| {
        panics(|| now(store.get(&entry, "k")));
        panics(|| now(store.get_unpin(&entry, "k")));
        panics(|| now(store.set(&entry, "k", 2)));
        panics(|| now(store.delete(&entry, "k")));
    });
    user("bob").enter(|| panics(|| now(store.set(&entry, "k", 2))));
    clock.1.store(false, Ordering::SeqCst);
    assert!(wait.poll().is_pending(), "nothing has happened");
    let stats = store.stats().entries.remove(0);
    assert_eq!(
        (stats.entries, stats.scopes, stats.sets),
        (1, 1, 1),
        "no empty shell"
    );
    ada.enter(|| {
        assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1));
        now(store.set(&entry, "k", 3)).unwrap();
    });
    assert_eq!(wait.ready().unwrap(), 3);
    clock.0.advance(Duration::from_secs(10));
    assert_eq!(store.stats().entries[0].entries, 0);
}

#[test]
fn e9_panic_in_a_cache_of_another_make_leaves_the_store_in_order() {
    let panics_at: Arc<Mutex<Option<&'static str>>> = Arc::default();
    let told = Arc::clone(&panics_at);
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(keep_all()))
        .with_cache(move |_| VecCache::panicking(&told));
    let ours = CachedRegistryEntry::<u32>::new("ours", by_user(keep_all()));
    let store = CacheStore::new();
    let ada = user("ada");
    ada.enter(|| {
        now(store.set(&entry, "k", 1)).unwrap();
        now(store.set(&ours, "k", 1)).unwrap();
        for at in ["lookup", "lookup_unpin", "insert", "remove"] {
            *panics_at.lock().unwrap() = Some(at);
            match at {
                "lookup" => panics(|| now(store.get(&entry, "k"))),
                "lookup_unpin" => panics(|| now(store.get_unpin(&entry, "k"))),
                "insert" => panics(|| now(store.set(&entry, "k", 2))),
                _ => panics(|| now(store.delete(&entry, "k"))),
            }
            *panics_at.lock().unwrap() = None;
            assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1), "{at}");
        }
        let promise = store.set_pending(&ours, "p").unwrap();
        let wait = Hand::waiting(promise.wait());
        *panics_at.lock().unwrap() = Some("remove_all");
        panics(|| now(store.drop_scope(&CacheScope::user("ada"))));
        assert!(matches!(wait.ready(), Err(CacheError::Invalidated { .. })));
        *panics_at.lock().unwrap() = None;
        assert_eq!(now(store.get(&ours, "k")).unwrap(), None);
        now(store.set(&entry, "k", 3)).unwrap();
        assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(3));
    });
}

#[tokio::test]
async fn e9_panic_in_a_factory_is_the_callers_own() {
    let told = Arc::new(AtomicBool::new(true));
    let panicking = Arc::clone(&told);
    let entry =
        CachedRegistryEntry::<u32>::new("e", by_user(keep_all())).with_cache(move |scope| {
            assert!(
                !panicking.load(Ordering::SeqCst),
                "a factory that panics, as it was told to"
            );
            VecCache::for_scope(scope)
        });
    let store = CacheStore::new();
    user("ada").enter(|| panics(|| now(store.set(&entry, "k", 1))));
    told.store(false, Ordering::SeqCst);
    assert_eq!(store.stats().entries[0].scopes, 0);
    store
        .set(&entry, "k", 1)
        .in_scope(user("ada"))
        .await
        .unwrap();
    assert_eq!(
        store.get(&entry, "k").in_scope(user("ada")).await.unwrap(),
        Some(1)
    );
}

#[test]
fn e9_waker_that_panics_keeps_nobody_else_waiting() {
    struct Broken;
    impl std::task::Wake for Broken {
        fn wake(self: Arc<Self>) {
            panic!("a waker that is broken, as it should be in this test");
        }
    }
    let shelf = Shelf::new(lru(2));
    let _promise = shelf.pending("k");
    let mut first = Box::pin(shelf.store.get_or_wait(&shelf.entry, "k"));
    let broken = std::task::Waker::from(Arc::new(Broken));
    let polled = first
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&broken));
    assert!(polled.is_pending());
    let second = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
    panics(|| shelf.set("k", 1));
    assert_eq!(second.wakes(), 1);
    assert_eq!(second.ready().unwrap(), Some(1));
}
