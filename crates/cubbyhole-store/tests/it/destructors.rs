//! E9: values that panic, or ask the store, when they are dropped.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use cubbyhole_scope::CacheScope;
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};
use cubbyhole_testkit::{DropCounter, PanicOnDrop, Trigger};

use crate::support::{
    Gate, Hand, Seen, Shelf, by_user, keep_all, lru, now, panics, settle, ttl, user,
};

/// Values of which the next one to be dropped panics, when it is told to.
fn explosive(counter: &DropCounter, trigger: &Trigger, number: u64) -> PanicOnDrop {
    PanicOnDrop::new(counter.track(number), trigger)
}

#[test]
fn e9_panic_in_a_destructor_comes_after_the_work_is_done() {
    for policy in [lru(1), ttl(10), keep_all()] {
        let (shelf, counter, trigger) = (Shelf::new(policy), DropCounter::new(), Trigger::new());
        shelf.set("k", explosive(&counter, &trigger, 1));
        trigger.arm();
        panics(|| shelf.set("k", explosive(&counter, &trigger, 2)));
        assert_eq!(shelf.get("k").unwrap().number(), 2);
        assert_eq!((shelf.held(), counter.live()), ((1, 1), 1));
        trigger.arm();
        panics(|| drop(shelf.delete("k")));
        assert_eq!((shelf.held(), counter.live()), ((0, 0), 0));
    }
}

#[test]
fn e9_panic_in_the_destructor_of_the_old_value_still_wakes_who_waits_for_the_new_one() {
    let (shelf, counter, trigger) = (Shelf::new(lru(1)), DropCounter::new(), Trigger::new());
    shelf.set("other", explosive(&counter, &trigger, 1));
    let promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    trigger.arm();
    panics(|| shelf.set("k", explosive(&counter, &trigger, 2)));
    assert_eq!(waiter.wakes(), 1);
    assert_eq!(waiter.ready().unwrap().unwrap().number(), 2);
    assert!(!promise.is_pending());
}

#[test]
fn e9_panic_in_a_destructor_does_not_stop_a_scope_from_being_dropped() {
    let store = CacheStore::new();
    let (counter, trigger) = (DropCounter::new(), Trigger::new());
    let entries = ["1", "2", "3"].map(|uid| CachedRegistryEntry::new(uid, by_user(keep_all())));
    let waits = user("ada").enter(|| {
        entries.each_ref().map(|entry| {
            now(store.set(entry, "k", explosive(&counter, &trigger, 1))).unwrap();
            let promise = store.set_pending(entry, "p").unwrap();
            let wait = Hand::waiting(promise.wait());
            (promise, wait)
        })
    });
    trigger.arm();
    panics(|| now(store.drop_scope(&CacheScope::user("ada"))));
    for (_promise, wait) in waits {
        assert!(matches!(wait.ready(), Err(CacheError::Invalidated { .. })));
    }
    assert_eq!(counter.live(), 0);
    for stats in store.stats().entries {
        assert_eq!((stats.entries, stats.scopes), (0, 0));
    }
}

#[test]
fn e9_panic_in_a_destructor_does_not_stop_a_clear() {
    let (shelf, counter, trigger) = (
        Shelf::new(by_user(keep_all())),
        DropCounter::new(),
        Trigger::new(),
    );
    let mut waits = Vec::new();
    for id in 0..100 {
        user(&id.to_string()).enter(|| {
            shelf.set("k", explosive(&counter, &trigger, id));
            let promise = shelf.pending("p");
            let wait = Hand::waiting(promise.wait());
            waits.push((promise, wait));
        });
    }
    trigger.arm();
    panics(|| shelf.clear());
    for (_promise, wait) in waits {
        assert!(matches!(wait.ready(), Err(CacheError::Invalidated { .. })));
    }
    assert_eq!((counter.live(), shelf.held()), (0, (0, 0)));
}

#[test]
fn e9_panic_in_a_destructor_does_not_end_expiry() {
    let (shelf, counter, trigger) = (
        Shelf::new(by_user(ttl(10))),
        DropCounter::new(),
        Trigger::new(),
    );
    let set =
        |who: &str, key: &str| user(who).enter(|| shelf.set(key, explosive(&counter, &trigger, 1)));
    set("ada", "1");
    shelf.advance(5);
    set("ada", "2");
    set("bob", "1");
    trigger.arm();
    shelf.advance(5);
    assert_eq!((counter.live(), shelf.stats().entries), (2, 2));
    shelf.advance(5);
    assert_eq!(
        (counter.live(), shelf.held()),
        (0, (0, 0)),
        "they expire untouched"
    );
    set("eve", "1");
    shelf.advance(10);
    assert_eq!(counter.live(), 0);
}

#[test]
fn destructor_may_ask_the_store() {
    use cubbyhole_testkit::CallOnDrop;
    let shelf = Arc::new(Shelf::new(ttl(10)));
    let numbers = CachedRegistryEntry::<u32>::new("numbers", ttl(10));
    let asked = Seen::default();
    let value = || {
        let (shelf, numbers, asked) = (Arc::downgrade(&shelf), numbers.clone(), asked.clone());
        CallOnDrop::new(move || {
            if let Some(shelf) = shelf.upgrade() {
                now(shelf.store.set(&numbers, "k", 1)).unwrap();
                assert!(shelf.len() < 100);
                drop(shelf.pending("k"));
                asked.note();
            }
        })
    };
    shelf.set("k", value());
    shelf.set("k", value());
    assert_eq!(asked.times(), 1, "replaced");
    drop(shelf.delete("k"));
    assert_eq!(asked.times(), 2, "deleted");
    shelf.set("k", value());
    shelf.advance(10);
    assert_eq!(asked.times(), 3, "expired");
    shelf.set("k", value());
    shelf.clear();
    assert_eq!(asked.times(), 4, "cleared");
    shelf.set("k", value());
    shelf.drop_scope(&CacheScope::Global);
    assert_eq!(asked.times(), 5, "its scope was dropped");
}

#[tokio::test]
async fn destructor_of_a_value_that_came_too_late_may_wait_for_its_flight() {
    use cubbyhole_store::PendingValue;
    use cubbyhole_testkit::CallOnDrop;

    let mut shelf = Shelf::<CallOnDrop>::new(lru(2));
    shelf.entry = shelf.entry.finish_in_background();
    let handle: Arc<Mutex<Option<PendingValue<CallOnDrop>>>> = Arc::default();
    let done = Seen::default();
    let gate = Gate::closed();
    let (slot, seen, inner) = (Arc::clone(&handle), done.clone(), gate.clone());
    let caller = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                inner.pass().await;
                Ok::<_, Infallible>(CallOnDrop::new(move || {
                    // Takes the lock of the flight, which must be free.
                    if let Some(handle) = &*slot.lock().unwrap() {
                        drop(handle.wait());
                        seen.note();
                    }
                }))
            }),
    );
    settle().await;
    *handle.lock().unwrap() = Some(shelf.pending("k"));
    shelf.set("k", CallOnDrop::new(|| {}));
    gate.open();
    // On a thread of its own, so that a lock that is not free is a failure and not the end of the tests.
    settle().await;
    assert!(caller.finish().await.is_ok());
    assert_eq!(done.times(), 2, "the value and its copy");
}
