//! One computation for all who ask.

use std::convert::Infallible;

use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};

use crate::support::{Gate, Hand, Seen, Shelf, lru, now, settle, ttl};

#[tokio::test]
async fn value_that_is_there_is_not_computed() {
    let shelf = Shelf::new(lru(2));
    shelf.set("k", 1);
    let loads = Seen::default();
    let found = load(&shelf, "k", &Gate::closed(), &loads, Ok(7)).await;
    assert_eq!(
        (found.unwrap(), loads.times(), shelf.stats().computations),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn value_is_computed_once_stored_and_found() {
    let shelf = Shelf::new(lru(2));
    let load = || async { Ok::<_, Infallible>(7) };
    assert_eq!(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", load)
            .await
            .unwrap(),
        7
    );
    assert_eq!(shelf.get("k"), Some(7));
    let stats = shelf.stats();
    assert_eq!(
        (stats.computations, stats.sets, stats.entries, stats.scopes),
        (1, 1, 1, 1)
    );
}

#[tokio::test]
async fn concurrent_callers_share_one_computation() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let mut callers: Vec<_> = (0..100)
        .map(|_| Hand::new(load(&shelf, "k", &gate, &loads, Ok(7))))
        .collect();
    for caller in &mut callers {
        assert!(caller.poll().is_pending());
    }
    settle().await;
    gate.open();
    for caller in callers {
        assert_eq!(caller.finish().await.unwrap(), 7);
    }
    assert_eq!(
        (
            loads.times(),
            shelf.stats().computations,
            shelf.stats().waits
        ),
        (1, 1, 99)
    );
}

/// Computes a value behind a gate.
pub(crate) async fn load(
    shelf: &Shelf<u32>,
    key: &str,
    gate: &Gate,
    loads: &Seen,
    result: Result<u32, &'static str>,
) -> Result<u32, CacheError> {
    let (gate, loads) = (gate.clone(), loads.clone());
    let loader = move || async move {
        loads.note();
        gate.pass().await;
        result
    };
    shelf.store.get_or_compute(&shelf.entry, key, loader).await
}

#[tokio::test]
async fn s7_load_that_fails_with_a_hundred_waiters_is_one_load_and_a_hundred_errors() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let mut callers: Vec<_> = (0..100)
        .map(|_| Hand::waiting(load(&shelf, "k", &gate, &loads, Err("no such thing"))))
        .collect();
    settle().await;
    gate.open();
    settle().await;
    let mut errors = Vec::new();
    for caller in callers.drain(..) {
        match caller.ready() {
            Err(CacheError::Failed { error, .. }) => errors.push(error),
            other => panic!("{other:?}"),
        }
    }
    assert!(
        errors.iter().all(|error| error.is(&errors[0])),
        "one error, shared"
    );
    assert_eq!(
        (errors.len(), loads.times(), shelf.get("k"), shelf.held()),
        (100, 1, None, (0, 0))
    );
    let again = load(&shelf, "k", &gate, &loads, Ok(7)).await;
    assert_eq!(
        (again.unwrap(), loads.times()),
        (7, 2),
        "an error is not stored"
    );
}

#[tokio::test]
async fn d20_waiting_for_a_computation_polls_nothing_and_wakes_once() {
    let shelf = Shelf::new(ttl(10));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let mut callers: Vec<_> = (0..3)
        .map(|_| Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(7))))
        .collect();
    settle().await;
    shelf.advance(3600);
    settle().await;
    assert!(callers.iter().all(|caller| caller.wakes() == 0));
    gate.open();
    settle().await;
    assert!(callers.iter().all(|caller| caller.wakes() == 1));
    for caller in callers.drain(..) {
        assert_eq!(caller.ready().unwrap(), 7);
    }
}

#[tokio::test]
async fn s14_value_is_there_before_anybody_wakes() {
    let shelf = Shelf::new(lru(1));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let mut caller = Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(7)));
    let reads = async {
        while caller.wakes() == 0 {
            assert_eq!(shelf.get("k"), None);
            tokio::task::yield_now().await;
            gate.open();
        }
        shelf.get("k")
    };
    assert_eq!(reads.await, Some(7));
    assert!(caller.poll().is_ready());
}

#[tokio::test]
async fn s15_callers_may_change_their_wakers() {
    let shelf = Shelf::new(lru(1));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let mut leader = Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(7)));
    let mut joiner = Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(8)));
    let former = [leader.switch_waker(), joiner.switch_waker()];
    assert!(leader.poll().is_pending() && joiner.poll().is_pending());
    settle().await;
    gate.open();
    settle().await;
    assert!(former.iter().all(|waker| waker.count() == 0));
    assert_eq!((leader.wakes(), joiner.wakes()), (1, 1));
    assert_eq!((leader.ready().unwrap(), joiner.ready().unwrap()), (7, 7));
}

#[tokio::test]
async fn s4_leader_that_is_polled_once_and_parked_holds_nobody_up() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let parked = Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(7)));
    let waiter = Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(8)));
    let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
    gate.open();
    assert_eq!(waiter.finish().await.unwrap(), 7);
    assert_eq!(reader.finish().await.unwrap(), Some(7));
    assert_eq!(parked.wakes(), 1, "it was never polled again");
}

#[tokio::test]
async fn s4_leader_and_waiter_in_one_task_finish() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads) = (Gate::opened(), Seen::default());
    let both = async {
        tokio::join!(
            load(&shelf, "k", &gate, &loads, Ok(7)),
            load(&shelf, "k", &gate, &loads, Ok(8)),
            shelf.store.get_or_wait(&shelf.entry, "k"),
        )
    };
    let (leader, joiner, waiter) = both.await;
    assert_eq!(
        (leader.unwrap(), joiner.unwrap(), waiter.unwrap()),
        (7, 7, Some(7))
    );
    // One arm of a `select!` ends while the other leads.
    let gate = Gate::closed();
    tokio::select! {
        biased;
        _ = load(&shelf, "other", &gate, &loads, Ok(1)) => panic!("the gate is closed"),
        () = settle() => gate.open(),
    }
    let fresh = load(&shelf, "other", &gate, &loads, Ok(2)).await;
    assert_eq!(fresh.unwrap(), 2, "nobody was left to want the first");
}

#[test]
fn outside_a_runtime_a_computation_is_an_error_and_leaves_nothing() {
    let shelf = Shelf::<u32>::new(lru(2));
    let load = || async { Ok::<_, Infallible>(7) };
    let error = now(shelf.store.get_or_compute(&shelf.entry, "k", load));
    assert!(matches!(error, Err(CacheError::NoRuntime { .. })));
    assert!(!shelf.pending("k").is_joined());
    assert_eq!(shelf.held(), (0, 0));
    shelf.set("k", 1);
    assert_eq!(
        now(shelf.store.get_or_compute(&shelf.entry, "k", load)).unwrap(),
        1
    );
}

#[tokio::test]
async fn e8_value_that_is_computed_stays_inside_the_policy() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads) = (Gate::opened(), Seen::default());
    for key in 0..20 {
        load(&shelf, &key.to_string(), &gate, &loads, Ok(key))
            .await
            .unwrap();
        assert!(shelf.len() <= 2);
    }
    assert_eq!((shelf.get("18"), shelf.get("19")), (Some(18), Some(19)));
}

#[tokio::test]
async fn computed_value_that_finds_only_pins_is_handed_out() {
    let shelf = Shelf::new(lru(1));
    shelf.pin("p", 1);
    let (gate, loads) = (Gate::opened(), Seen::default());
    assert_eq!(load(&shelf, "k", &gate, &loads, Ok(7)).await.unwrap(), 7);
    assert_eq!((shelf.get("k"), shelf.get("p")), (None, Some(1)));
}

#[tokio::test]
async fn loader_may_set_delete_and_clear_its_own_key() {
    let shelf = Shelf::new(lru(2));
    for what in ["set", "delete", "clear"] {
        let (store, entry): (CacheStore, CachedRegistryEntry<u32>) =
            (shelf.store.clone(), shelf.entry.clone());
        let loader = move || async move {
            match what {
                "set" => drop(store.set(&entry, "k", 1).await),
                "delete" => drop(store.delete(&entry, "k").await),
                _ => store.clear().await,
            }
            Ok::<_, Infallible>(7)
        };
        let value = shelf
            .store
            .get_or_compute(&shelf.entry, "k", loader)
            .await
            .unwrap();
        settle().await;
        let (expected, stored) = if what == "set" {
            (1, Some(1))
        } else {
            (7, None)
        };
        assert_eq!((value, shelf.get("k")), (expected, stored), "{what}");
        shelf.clear();
    }
}

#[tokio::test]
async fn set_ends_a_computation_that_is_under_way() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads, dropped) = (Gate::closed(), Seen::default(), Seen::default());
    let guard = dropped.on_drop();
    let inner = gate.clone();
    let counted = loads.clone();
    let leader = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "k", move || async move {
                let _guard = guard;
                counted.note();
                inner.pass().await;
                Ok::<_, Infallible>(7)
            }),
    );
    settle().await;
    shelf.set("k", 1);
    assert_eq!(leader.ready().unwrap(), 1);
    settle().await;
    assert_eq!((loads.times(), dropped.times()), (1, 1), "it was cancelled");
    assert_eq!(shelf.get("k"), Some(1));
}
