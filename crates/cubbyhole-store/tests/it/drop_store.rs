//! The end of the last handle: values go, and who waits is told.

use std::convert::Infallible;

use cubbyhole_core::ManualClock;
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Invalidation, Leased};
use cubbyhole_testkit::DropCounter;

use crate::support::{Gate, Hand, Shelf, by_user, keep_all, lru, now, settle, ttl, user};

#[test]
fn values_go_with_the_last_handle_and_not_before() {
    let counter = DropCounter::new();
    let entry = CachedRegistryEntry::new("e", by_user(keep_all()));
    let store = CacheStore::new();
    for id in 0..10 {
        let who = user(&id.to_string());
        who.enter(|| now(store.set_pinned(&entry, "k", counter.track(id))).unwrap());
    }
    let other = store.clone();
    let caches = store.scope_store(&entry).unwrap();
    drop(store);
    assert_eq!(counter.live(), 10);
    drop(other);
    assert_eq!(
        counter.live(),
        10,
        "the store of one entry is a handle, too"
    );
    drop(caches);
    assert_eq!(counter.live(), 0, "although the entry lives on");
    drop(entry);
}

#[test]
fn waiters_of_a_promise_are_told_that_the_store_is_gone() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    let mut wait = Hand::new(promise.wait());
    assert!(wait.poll().is_pending());
    drop(shelf);
    assert_eq!(wait.wakes(), 1);
    let error = wait.ready().unwrap_err();
    let gone = Invalidation::StoreDropped;
    assert!(
        matches!(error, CacheError::Invalidated { by, .. } if by == gone),
        "{error}"
    );
    assert!(!promise.is_pending());
}

#[tokio::test]
async fn computation_that_outlives_its_store_answers_and_stores_nothing() {
    let counter = DropCounter::new();
    let mut shelf = Shelf::new(lru(2));
    shelf.entry = shelf.entry.finish_in_background();
    let gate = Gate::closed();
    let (inner, value) = (gate.clone(), counter.track(1));
    drop(Hand::waiting(shelf.store.get_or_compute(
        &shelf.entry,
        "k",
        move || async move {
            inner.pass().await;
            Ok::<_, Infallible>(value)
        },
    )));
    let promise = shelf.pending("k");
    let wait = Hand::waiting(promise.wait());
    drop(shelf);
    gate.open();
    assert_eq!(wait.finish().await.unwrap().number(), 1);
    drop(promise);
    settle().await;
    assert_eq!(counter.live(), 0);
}

#[tokio::test]
async fn computation_that_nobody_waits_for_ends_with_its_caller_and_the_store() {
    let counter = DropCounter::new();
    let shelf = Shelf::<u32>::new(lru(2));
    let held = counter.track(1);
    drop(Hand::waiting(shelf.store.get_or_compute(
        &shelf.entry,
        "k",
        move || async move {
            let _held = held;
            std::future::pending::<Result<u32, Infallible>>().await
        },
    )));
    drop(shelf);
    settle().await;
    assert_eq!(counter.live(), 0);
}

#[test]
fn lease_that_outlives_its_store_stores_nothing() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(lru(2));
    let Ok(Leased::Lease(lease)) = now(shelf.store.get_or_lease(&shelf.entry, "k")) else {
        panic!("nobody else asks");
    };
    drop(shelf);
    assert!(now(lease.publish(counter.track(1))).is_none());
    assert_eq!(counter.live(), 0);
}

#[test]
fn clock_keeps_no_store_alive() {
    let counter = DropCounter::new();
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let entry = CachedRegistryEntry::new("e", ttl(10));
    now(store.set(&entry, "k", counter.track(1))).unwrap();
    drop(store);
    assert_eq!(counter.live(), 0);
    clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(clock.alarms(), 0);
}

#[test]
fn values_that_hold_the_store_are_freed_by_a_clear() {
    let counter = DropCounter::new();
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<std::sync::Arc<(CacheStore, _)>>::new("e", keep_all());
    let value = std::sync::Arc::new((store.clone(), counter.track(1)));
    now(store.set(&entry, "k", value)).unwrap();
    now(store.clear());
    assert_eq!(counter.live(), 0);
    drop(store);
}

#[test]
fn entry_of_a_store_that_is_gone_serves_the_next_one() {
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(lru(2)));
    let ada = user("ada");
    for value in 0..3 {
        let store = CacheStore::new();
        ada.enter(|| {
            assert_eq!(now(store.get(&entry, "k")).unwrap(), None);
            now(store.set(&entry, "k", value)).unwrap();
            assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(value));
        });
    }
}
