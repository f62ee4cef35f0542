//! Computations that wait for themselves: an error that says how, and no deadlock.

use std::convert::Infallible;
use std::pin::Pin;

use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};

use crate::support::{Gate, Hand, Shelf, lru, settle};

/// Computes `key` by asking for `next`, and adds one; an error goes through.
fn follow(
    store: CacheStore,
    entry: CachedRegistryEntry<u32>,
    key: &'static str,
    next: &'static [&'static str],
) -> Pin<Box<dyn Future<Output = Result<u32, CacheError>> + Send>> {
    let (inner, same) = (store.clone(), entry.clone());
    let loader = move || async move {
        match next {
            [] => Ok(0),
            [key, rest @ ..] => follow(inner, same, key, rest).await.map(|value| value + 1),
        }
    };
    Box::pin(async move { store.get_or_compute(&entry, key, loader).await })
}

/// The circle that an error tells of, wherever it is in the chain of causes.
fn cycle(error: &CacheError) -> Option<&str> {
    match error {
        CacheError::Cycle { path, .. } => Some(path),
        _ => error.downcast_ref::<CacheError>().and_then(cycle),
    }
}

#[tokio::test]
async fn nested_computations_finish() {
    let shelf = Shelf::new(lru(9));
    let chain = follow(
        shelf.store.clone(),
        shelf.entry.clone(),
        "a",
        &["b", "c", "d", "e"],
    );
    assert_eq!(chain.await.unwrap(), 4);
    assert_eq!(
        (shelf.get("a"), shelf.get("e"), shelf.stats().computations),
        (Some(4), Some(0), 5)
    );
}

#[tokio::test]
async fn s9_computation_that_asks_for_its_own_key_is_told() {
    let shelf = Shelf::new(lru(9));
    let error = follow(shelf.store.clone(), shelf.entry.clone(), "a", &["a"])
        .await
        .unwrap_err();
    assert_eq!(cycle(&error), Some("entry/shelf[a] -> entry/shelf[a]"));
    assert_eq!(shelf.held(), (0, 0));
    let works = follow(shelf.store.clone(), shelf.entry.clone(), "a", &[]);
    assert_eq!(works.await.unwrap(), 0, "the key works the next time");
}

#[tokio::test]
async fn s9_computation_that_asks_for_its_own_key_through_others_is_told() {
    let shelf = Shelf::new(lru(9));
    let circle = follow(
        shelf.store.clone(),
        shelf.entry.clone(),
        "a",
        &["b", "c", "a"],
    );
    let error = circle.await.unwrap_err();
    let path = "entry/shelf[c] -> entry/shelf[a] -> entry/shelf[b] -> entry/shelf[c]";
    assert_eq!(cycle(&error), Some(path));
    assert_eq!(shelf.held(), (0, 0));
}

#[tokio::test]
async fn s9_two_concurrent_computations_that_wait_for_each_other_are_told() {
    let shelf = Shelf::new(lru(9));
    let gate = Gate::closed();
    let ask = |mine: &'static str, other: &'static str| {
        let (store, entry, gate) = (shelf.store.clone(), shelf.entry.clone(), gate.clone());
        let loader = move || async move {
            gate.pass().await;
            store
                .get_or_compute(&entry, other, || async { Ok::<_, Infallible>(0) })
                .await
        };
        Hand::waiting(shelf.store.get_or_compute(&shelf.entry, mine, loader))
    };
    let (a, b) = (ask("a", "b"), ask("b", "a"));
    settle().await;
    gate.open();
    let errors = [a.finish().await.unwrap_err(), b.finish().await.unwrap_err()];
    for error in &errors {
        assert!(cycle(error).is_some(), "{error}");
    }
    assert_eq!(shelf.held(), (0, 0));
}

#[tokio::test]
async fn s9_cycle_through_get_or_wait_is_told() {
    let shelf = Shelf::<u32>::new(lru(9));
    let (store, entry) = (shelf.store.clone(), shelf.entry.clone());
    let loader = move || async move {
        store
            .get_or_wait(&entry, "a")
            .await
            .map(Option::unwrap_or_default)
    };
    let error = shelf
        .store
        .get_or_compute(&shelf.entry, "a", loader)
        .await
        .unwrap_err();
    assert!(cycle(&error).is_some(), "{error}");
}

#[tokio::test]
async fn s9_cycle_through_a_pending_value_is_told() {
    let shelf = Shelf::<u32>::new(lru(9));
    let (store, entry) = (shelf.store.clone(), shelf.entry.clone());
    let loader = move || async move {
        let promise = store.set_pending(&entry, "a")?;
        promise.wait().await
    };
    let error = shelf
        .store
        .get_or_compute(&shelf.entry, "a", loader)
        .await
        .unwrap_err();
    assert!(cycle(&error).is_some(), "{error}");
}

#[tokio::test]
async fn s9_cycle_through_a_lease_queue_is_told() {
    let shelf = Shelf::<u32>::new(lru(9));
    let (store, entry) = (shelf.store.clone(), shelf.entry.clone());
    let loader = move || async move { store.get_or_lease(&entry, "a").await.map(|_| 0) };
    let error = shelf
        .store
        .get_or_compute(&shelf.entry, "a", loader)
        .await
        .unwrap_err();
    assert!(cycle(&error).is_some(), "{error}");
}

#[tokio::test]
async fn s9_cycle_in_the_background_is_told_too() {
    let mut shelf = Shelf::<u32>::new(lru(9));
    shelf.entry = shelf.entry.finish_in_background();
    let error = follow(shelf.store.clone(), shelf.entry.clone(), "a", &["b", "a"])
        .await
        .unwrap_err();
    assert!(cycle(&error).is_some(), "{error}");
}

#[tokio::test]
async fn loader_that_survives_its_cycle_brings_a_value() {
    let shelf = Shelf::new(lru(9));
    let (store, entry) = (shelf.store.clone(), shelf.entry.clone());
    let loader = move || async move {
        let again = store
            .get_or_compute(&entry, "a", || async { Ok::<_, Infallible>(0) })
            .await;
        assert!(again.is_err());
        Ok::<_, Infallible>(7)
    };
    let value = shelf.store.get_or_compute(&shelf.entry, "a", loader).await;
    assert_eq!((value.unwrap(), shelf.get("a")), (7, Some(7)));
}

#[tokio::test]
async fn two_who_wait_for_one_third_are_no_cycle() {
    let shelf = Shelf::new(lru(9));
    let gate = Gate::closed();
    let ask = |mine: &'static str| {
        let (store, entry, gate) = (shelf.store.clone(), shelf.entry.clone(), gate.clone());
        let loader = move || async move {
            let third = move || async move {
                gate.pass().await;
                Ok::<_, Infallible>(1)
            };
            store.get_or_compute(&entry, "third", third).await
        };
        Hand::waiting(shelf.store.get_or_compute(&shelf.entry, mine, loader))
    };
    let (a, b) = (ask("a"), ask("b"));
    settle().await;
    gate.open();
    assert_eq!(
        (a.finish().await.unwrap(), b.finish().await.unwrap()),
        (1, 1)
    );
}

#[tokio::test]
async fn wait_that_was_given_up_is_not_held_against_anybody() {
    let shelf = Shelf::<u32>::new(lru(9));
    let gate = Gate::closed();
    let (store, entry, inner) = (shelf.store.clone(), shelf.entry.clone(), gate.clone());
    // `a` waits for `b` and gives up; then `b` asks for `a`, which is still at work.
    let loader = move || async move {
        let mut other = Box::pin(store.get_or_wait(&entry, "b"));
        tokio::select! {
            biased;
            _ = &mut other => panic!("b has no value yet"),
            () = settle() => {}
        }
        drop(other);
        inner.pass().await;
        Ok::<_, Infallible>(1)
    };
    let (store, entry, b_gate) = (shelf.store.clone(), shelf.entry.clone(), Gate::closed());
    let b_inner = b_gate.clone();
    let b = Hand::waiting(
        shelf
            .store
            .get_or_compute(&shelf.entry, "b", move || async move {
                b_inner.pass().await;
                store
                    .get_or_wait(&entry, "a")
                    .await
                    .map(Option::unwrap_or_default)
            }),
    );
    let a = Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "a", loader));
    settle().await;
    settle().await;
    b_gate.open();
    settle().await;
    gate.open();
    assert_eq!(
        (a.finish().await.unwrap(), b.finish().await.unwrap()),
        (1, 1)
    );
}
