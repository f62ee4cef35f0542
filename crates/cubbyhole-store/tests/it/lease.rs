//! Computing without handing the computation over.

use std::convert::Infallible;

use cubbyhole_core::SetOutcome;
use cubbyhole_store::{CacheError, Lease, Leased};

use crate::support::{Gate, Hand, Seen, Shelf, lru, now, settle};

fn lease(shelf: &Shelf<u32>) -> Lease<u32> {
    match now(shelf.store.get_or_lease(&shelf.entry, "k")).unwrap() {
        Leased::Lease(lease) => lease,
        Leased::Value(value) => panic!("there is a value: {value}"),
    }
}

#[test]
fn value_that_is_there_needs_no_lease() {
    let shelf = Shelf::new(lru(2));
    shelf.set("k", 1);
    let found = now(shelf.store.get_or_lease(&shelf.entry, "k")).unwrap();
    assert!(matches!(found, Leased::Value(1)));
}

#[test]
fn one_has_the_lease_and_the_others_wait_for_its_value() {
    let shelf = Shelf::new(lru(2));
    let lease = lease(&shelf);
    let mut others: Vec<_> = (0..3)
        .map(|_| Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k")))
        .collect();
    let mut reader = shelf.wait("k");
    assert!(reader.poll().is_pending());
    assert_eq!(shelf.get("k"), None);
    assert_eq!(now(lease.publish(7)), Some(SetOutcome::Kept));
    for other in others.drain(..) {
        assert_eq!(other.wakes(), 1);
        assert!(matches!(other.ready(), Ok(Leased::Value(7))));
    }
    assert_eq!(reader.ready().unwrap(), Some(7));
    assert_eq!((shelf.get("k"), shelf.held()), (Some(7), (1, 1)));
}

#[test]
fn lease_that_is_dropped_goes_to_who_has_waited_longest() {
    let shelf = Shelf::new(lru(2));
    let first = lease(&shelf);
    let mut reader = shelf.wait("k");
    assert!(reader.poll().is_pending());
    let mut second = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    let mut third = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    drop(first);
    assert_eq!((reader.wakes(), second.wakes(), third.wakes()), (0, 1, 0));
    assert!(third.poll().is_pending());
    let std::task::Poll::Ready(Ok(Leased::Lease(lease))) = second.poll() else {
        panic!("it was its turn");
    };
    assert!(now(lease.publish(7)).is_some());
    assert!(matches!(third.ready(), Ok(Leased::Value(7))));
    assert_eq!(reader.ready().unwrap(), Some(7));
}

#[test]
fn waiter_that_is_dropped_with_the_lease_unread_passes_it_on() {
    let shelf = Shelf::<u32>::new(lru(2));
    let first = lease(&shelf);
    let second = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    let third = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    drop(first);
    assert_eq!(second.wakes(), 1);
    drop(second);
    assert_eq!(third.wakes(), 1);
    assert!(matches!(third.ready(), Ok(Leased::Lease(_))));
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn lease_that_is_dropped_with_nobody_to_take_it_tells_those_who_only_wait() {
    let shelf = Shelf::<u32>::new(lru(2));
    let lease = lease(&shelf);
    let mut reader = shelf.wait("k");
    assert!(reader.poll().is_pending());
    drop(lease);
    assert_eq!(reader.wakes(), 1);
    assert!(matches!(reader.ready(), Err(CacheError::Abandoned { .. })));
    assert_eq!(shelf.held(), (0, 0));
}

#[tokio::test]
async fn lease_that_is_dropped_goes_to_a_caller_with_a_loader() {
    let shelf = Shelf::new(lru(2));
    let lease = lease(&shelf);
    let loads = Seen::default();
    let counted = loads.clone();
    let caller = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                counted.note();
                Ok::<_, Infallible>(7)
            }),
    );
    let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
    settle().await;
    assert_eq!(loads.times(), 0);
    drop(lease);
    assert_eq!(caller.finish().await.unwrap(), 7);
    assert_eq!(reader.finish().await.unwrap(), Some(7));
    assert_eq!((loads.times(), shelf.get("k")), (1, Some(7)));
}

#[test]
fn promise_that_is_dropped_goes_to_who_can_bring_the_value() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    let waiting = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    drop(promise);
    let Ok(Leased::Lease(lease)) = waiting.ready() else {
        panic!("nobody else can");
    };
    now(lease.publish(7)).unwrap();
    assert_eq!(shelf.get("k"), Some(7));
}

#[test]
fn failing_a_lease_tells_everybody_and_frees_the_key() {
    let shelf = Shelf::<u32>::new(lru(2));
    let first = lease(&shelf);
    let second = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    first.fail("no such thing");
    assert!(matches!(second.ready(), Err(CacheError::Failed { .. })));
    assert_eq!(shelf.held(), (0, 0));
    drop(lease(&shelf));
}

#[test]
fn set_beats_a_lease() {
    let shelf = Shelf::new(lru(2));
    let lease = lease(&shelf);
    let other = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    shelf.set("k", 1);
    assert!(matches!(other.ready(), Ok(Leased::Value(1))));
    assert_eq!(now(lease.publish(7)), None);
    assert_eq!(shelf.get("k"), Some(1));
}

#[test]
fn lease_can_pin_what_it_brings() {
    let shelf = Shelf::new(lru(1));
    assert_eq!(now(lease(&shelf).publish_pinned(7)), Some(SetOutcome::Kept));
    assert_eq!(shelf.set("other", 1), SetOutcome::NotKept);
    assert_eq!(shelf.unpin("k"), Some(7));
}

#[test]
fn lease_that_finds_only_pins_says_so() {
    let shelf = Shelf::new(lru(1));
    shelf.pin("p", 1);
    let lease = lease(&shelf);
    assert_eq!(lease.store_key(), shelf.entry.store_key());
    let other = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    assert_eq!(now(lease.publish(7)), Some(SetOutcome::NotKept));
    assert!(matches!(other.ready(), Ok(Leased::Value(7))));
}

#[tokio::test]
async fn joined_promise_of_a_computation_is_no_promise_to_keep() {
    let shelf = Shelf::new(lru(2));
    let gate = Gate::closed();
    let inner = gate.clone();
    let caller = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                inner.pass().await;
                Ok::<_, Infallible>(7)
            }),
    );
    drop(shelf.pending("k"));
    gate.open();
    assert_eq!(caller.finish().await.unwrap(), 7);
}

#[test]
fn promise_that_joined_a_lease_outlives_it() {
    let shelf = Shelf::new(lru(2));
    let lease = lease(&shelf);
    let promise = shelf.pending("k");
    assert!(promise.is_joined());
    let mut reader = shelf.wait("k");
    assert!(reader.poll().is_pending());
    drop(lease);
    assert!(reader.poll().is_pending(), "who promised still works on it");
    shelf.set("k", 1);
    assert_eq!(reader.ready().unwrap(), Some(1));
    drop(promise);
    assert_eq!((shelf.get("k"), shelf.held()), (Some(1), (1, 1)));
}

#[test]
fn promise_that_joined_a_lease_ends_as_a_promise_does() {
    let shelf = Shelf::<u32>::new(lru(2));
    let lease = lease(&shelf);
    let promise = shelf.pending("k");
    let mut reader = shelf.wait("k");
    assert!(reader.poll().is_pending());
    drop(lease);
    drop(promise);
    assert!(matches!(reader.ready(), Err(CacheError::Abandoned { .. })));
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn promise_that_nobody_can_keep_ends_with_the_lease() {
    let shelf = Shelf::<u32>::new(lru(2));
    let lease = lease(&shelf);
    let _promise = shelf.pending("k");
    let mut reader = shelf.wait("k");
    assert!(reader.poll().is_pending());
    shelf.delete("k");
    assert!(reader.poll().is_pending(), "the lease may still bring it");
    drop(lease);
    assert!(matches!(reader.ready(), Err(CacheError::Abandoned { .. })));
    assert_eq!(shelf.held(), (0, 0));
}
