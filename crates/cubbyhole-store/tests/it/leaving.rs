//! Callers who go away: the leader, a waiter, all of them.

use std::convert::Infallible;

use cubbyhole_store::CacheError;
use cubbyhole_testkit::DropCounter;

use crate::support::{Gate, Hand, Seen, Shelf, lru, settle};

/// What a computation has been seen to do.
#[derive(Clone)]
struct Load {
    gate: Gate,
    begun: Seen,
    dropped: Seen,
}

impl Load {
    fn new() -> Self {
        Self {
            gate: Gate::closed(),
            begun: Seen::default(),
            dropped: Seen::default(),
        }
    }

    /// Asks for `k`, to be computed as `value`.
    fn ask<'a>(&self, shelf: &'a Shelf<u32>, value: u32) -> Hand<'a, Result<u32, CacheError>> {
        let load = self.clone();
        let guard = self.dropped.on_drop();
        let loader = move || async move {
            let _guard = guard;
            load.begun.note();
            load.gate.pass().await;
            Ok::<_, Infallible>(value)
        };
        Hand::new(shelf.store.get_or_compute(&shelf.entry, "k", loader))
    }

    fn waiting<'a>(&self, shelf: &'a Shelf<u32>, value: u32) -> Hand<'a, Result<u32, CacheError>> {
        let mut hand = self.ask(shelf, value);
        assert!(hand.poll().is_pending());
        hand
    }
}

#[tokio::test]
async fn s1_leader_that_is_dropped_leaves_the_computation_to_the_others() {
    for begun in [false, true] {
        let (shelf, load) = (Shelf::new(lru(2)), Load::new());
        let leader = load.waiting(&shelf, 1);
        let waiter = load.waiting(&shelf, 2);
        let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
        if begun {
            settle().await;
        }
        drop(leader);
        load.gate.open();
        assert_eq!(waiter.finish().await.unwrap(), 1);
        assert_eq!(reader.finish().await.unwrap(), Some(1));
        assert_eq!((load.begun.times(), shelf.get("k")), (1, Some(1)));
    }
}

#[tokio::test]
async fn s2_waiter_that_is_dropped_changes_nothing_for_the_others() {
    let (shelf, load) = (Shelf::new(lru(2)), Load::new());
    let leader = load.waiting(&shelf, 1);
    let waiters: Vec<_> = (0..10).map(|_| load.waiting(&shelf, 2)).collect();
    settle().await;
    drop(waiters);
    settle().await;
    assert_eq!(load.dropped.times(), 10, "closures that were not needed");
    load.gate.open();
    assert_eq!(leader.finish().await.unwrap(), 1);
}

#[tokio::test]
async fn s3_computation_that_nobody_waits_for_is_cancelled() {
    for begun in [false, true] {
        let (shelf, load) = (Shelf::new(lru(2)), Load::new());
        let callers = [load.waiting(&shelf, 1), load.waiting(&shelf, 2)];
        if begun {
            settle().await;
        }
        drop(callers);
        assert_eq!(shelf.held(), (0, 0), "at once");
        settle().await;
        assert_eq!(load.dropped.times(), 2);
        load.gate.open();
        settle().await;
        assert_eq!((shelf.get("k"), shelf.held()), (None, (0, 0)));
    }
}

#[tokio::test]
async fn s3_arrival_after_all_have_left_never_joins_what_is_doomed() {
    let (shelf, load) = (Shelf::new(lru(2)), Load::new());
    let leader = load.waiting(&shelf, 1);
    settle().await;
    drop(leader);
    // The cancelled task has not run yet.
    let late = load.waiting(&shelf, 2);
    load.gate.open();
    assert_eq!(late.finish().await.unwrap(), 2);
    assert_eq!((load.begun.times(), shelf.get("k")), (2, Some(2)));
}

#[tokio::test]
async fn s3_computation_finishes_in_the_background_if_the_entry_says_so() {
    let (mut shelf, load) = (Shelf::new(lru(2)), Load::new());
    shelf.entry = shelf.entry.finish_in_background();
    let leader = load.waiting(&shelf, 1);
    settle().await;
    drop(leader);
    settle().await;
    assert_eq!(
        (load.dropped.times(), shelf.held()),
        (0, (0, 1)),
        "it runs on"
    );
    let late = load.waiting(&shelf, 2);
    load.gate.open();
    assert_eq!(late.finish().await.unwrap(), 1, "who comes later joins it");
    settle().await;
    assert_eq!(
        (load.dropped.times(), shelf.get("k"), load.begun.times()),
        (2, Some(1), 1)
    );
}

#[tokio::test]
async fn computation_in_the_background_finishes_with_nobody_there() {
    let (mut shelf, load) = (Shelf::new(lru(2)), Load::new());
    shelf.entry = shelf.entry.finish_in_background();
    drop(load.waiting(&shelf, 1));
    load.gate.open();
    settle().await;
    assert_eq!((shelf.get("k"), shelf.held()), (Some(1), (1, 1)));
}

#[tokio::test]
async fn computation_that_never_ends_is_given_up_with_its_last_caller() {
    let shelf = Shelf::<u32>::new(lru(2));
    let dropped = Seen::default();
    let guard = dropped.on_drop();
    let caller = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                let _guard = guard;
                std::future::pending::<Result<u32, Infallible>>().await
            }),
    );
    settle().await;
    let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
    drop(caller);
    settle().await;
    assert_eq!(dropped.times(), 0, "somebody still waits");
    drop(reader);
    settle().await;
    assert_eq!((dropped.times(), shelf.held()), (1, (0, 0)));
}

#[tokio::test]
async fn s5_a_thousand_cancelled_leaders_in_a_row_do_no_harm() {
    let (shelf, load) = (Shelf::new(lru(2)), Load::new());
    for n in 0..1000 {
        let leader = load.waiting(&shelf, 1);
        if n % 3 == 0 {
            tokio::task::yield_now().await;
        }
        drop(leader);
    }
    settle().await;
    assert_eq!((load.dropped.times(), shelf.held()), (1000, (0, 0)));
    load.gate.open();
    assert_eq!(load.ask(&shelf, 2).finish().await.unwrap(), 2);
}

#[tokio::test]
async fn s5_a_thousand_cancelled_leaders_do_not_tire_one_waiter() {
    let (shelf, load) = (Shelf::new(lru(2)), Load::new());
    let first = load.waiting(&shelf, 0);
    let waiter = load.waiting(&shelf, 7);
    drop(first);
    for _ in 0..1000 {
        drop(load.waiting(&shelf, 1));
    }
    load.gate.open();
    assert_eq!(waiter.finish().await.unwrap(), 0);
}

#[tokio::test]
async fn s18_the_lead_is_passed_on_as_often_as_it_is_dropped() {
    use cubbyhole_store::Leased;
    let shelf = Shelf::<u32>::new(lru(2));
    let mut next = shelf.store.get_or_lease(&shelf.entry, "k").await.unwrap();
    let mut line: std::collections::VecDeque<_> = (0..500)
        .map(|_| Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k")))
        .collect();
    while let Some(waiter) = line.pop_front() {
        assert!(matches!(next, Leased::Lease(_)));
        drop(next);
        assert_eq!(waiter.wakes(), 1);
        next = waiter.ready().unwrap();
    }
    let Leased::Lease(last) = next else {
        panic!("nobody has brought the value");
    };
    assert!(last.publish(1).await.unwrap().is_kept());
    assert_eq!((shelf.get("k"), shelf.held()), (Some(1), (1, 1)));
}

#[tokio::test]
async fn s12_a_caller_whose_time_is_up_does_not_bind_the_others() {
    tokio::time::pause();
    let (shelf, load) = (Shelf::new(lru(2)), Load::new());
    let gate = load.gate.clone();
    let second = std::time::Duration::from_secs(1);
    let loader = move || async move {
        gate.pass().await;
        Ok::<_, Infallible>(1)
    };
    let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
    let mut impatient = Hand::waiting(tokio::time::timeout(second, asking));
    let patient = load.waiting(&shelf, 2);
    tokio::time::advance(2 * second).await;
    assert!(matches!(impatient.poll(), std::task::Poll::Ready(Err(_))));
    drop(impatient);
    load.gate.open();
    assert_eq!(patient.finish().await.unwrap(), 1);
}

#[tokio::test]
async fn s11_a_load_that_hangs_frees_its_key_when_its_callers_time_out() {
    tokio::time::pause();
    let shelf = Shelf::<u32>::new(lru(2));
    let hang = || std::future::pending::<Result<u32, Infallible>>();
    let second = std::time::Duration::from_secs(1);
    let asking = shelf.store.get_or_compute(&shelf.entry, "k", hang);
    assert!(tokio::time::timeout(second, asking).await.is_err());
    let again = shelf
        .store
        .get_or_compute(&shelf.entry, "k", || async { Ok::<_, Infallible>(1) });
    assert_eq!(again.await.unwrap(), 1);
}

#[tokio::test]
async fn e7_value_that_nobody_waits_for_any_more_is_dropped() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(lru(1));
    let gate = Gate::closed();
    let made = counter.track(1);
    let inner = gate.clone();
    let caller = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                inner.pass().await;
                Ok::<_, Infallible>(made)
            }),
    );
    settle().await;
    drop(caller);
    settle().await;
    assert_eq!(counter.live(), 0);
    let promise = shelf.pending("p");
    let wait = promise.wait();
    shelf.set("p", counter.track(2));
    assert_eq!(
        counter.live(),
        2,
        "one is stored, one is for those who wait"
    );
    drop((wait, promise));
    assert_eq!(counter.live(), 1);
}
