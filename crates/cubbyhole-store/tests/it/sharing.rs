//! Who shares a computation, and who does not.

use std::convert::Infallible;

use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::Leased;

use crate::compute::load;
use crate::support::{Gate, Hand, Seen, Shelf, by_user, lru, settle, user};

#[tokio::test]
async fn s8_every_way_of_asking_shares_one_flight() {
    let shelf = Shelf::new(lru(2));
    let (gate, loads) = (Gate::closed(), Seen::default());
    let leader = Hand::waiting(load(&shelf, "k", &gate, &loads, Ok(7)));
    let other = loads.clone();
    let with_another_error =
        Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", move || {
            other.note();
            async { Err::<u32, _>(std::io::Error::other("another type of error")) }
        }));
    let lease = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
    let promise = shelf.pending("k");
    assert!(promise.is_joined());
    let handle = Hand::waiting(promise.wait());
    gate.open();
    settle().await;
    assert_eq!(leader.ready().unwrap(), 7);
    assert_eq!(with_another_error.ready().unwrap(), 7);
    assert!(matches!(lease.ready(), Ok(Leased::Value(7))));
    assert_eq!(reader.ready().unwrap(), Some(7));
    assert_eq!(handle.ready().unwrap(), 7);
    assert_eq!(loads.times(), 1);
}

#[tokio::test]
async fn s13_callers_in_different_scopes_never_share() {
    let shelf = Shelf::new(by_user(lru(2)));
    let loads = Seen::default();
    let gate = Gate::closed();
    let ask = |who: &'static str| {
        let (loads, gate) = (loads.clone(), gate.clone());
        let loader = move || async move {
            loads.note();
            gate.pass().await;
            let me = ScopeContext::current();
            Ok::<_, Infallible>(
                me.user_id()
                    .map_or(0, |id| u32::try_from(id.as_str().len()).unwrap()),
            )
        };
        let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
        Hand::waiting(asking.in_scope(user(who)))
    };
    let (ada, bobby) = (ask("ada"), ask("bobby"));
    gate.open();
    // Waited for from elsewhere: in nobody's scope.
    assert_eq!(ada.finish().await.unwrap(), 3);
    assert_eq!(bobby.finish().await.unwrap(), 5);
    assert_eq!(loads.times(), 2);
    assert_eq!(user("ada").enter(|| shelf.get("k")), Some(3));
    assert_eq!(user("bobby").enter(|| shelf.get("k")), Some(5));
}

#[tokio::test]
async fn s13_global_values_are_shared_by_all_and_the_loader_is_its_first_caller() {
    let shelf = Shelf::<u32>::new(lru(2));
    let gate = Gate::closed();
    let ask = |who: &'static str| {
        let gate = gate.clone();
        let loader = move || async move {
            gate.pass().await;
            let me = ScopeContext::current();
            Ok::<_, Infallible>(u32::from(me.user_id().unwrap().as_str() == "ada"))
        };
        let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
        Hand::waiting(asking.in_scope(user(who)))
    };
    let (ada, bob) = (ask("ada"), ask("bob"));
    gate.open();
    assert_eq!(
        (ada.finish().await.unwrap(), bob.finish().await.unwrap()),
        (1, 1)
    );
}

#[tokio::test]
async fn s16_waiters_hold_nothing_that_the_computation_needs() {
    // One thread for a hundred waiters and the computation, which needs what each caller needed, too.
    let shelf = Shelf::new(lru(2));
    let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(1));
    let mut callers = Vec::new();
    for _ in 0..100 {
        let permits = std::sync::Arc::clone(&permits);
        let loader = move || async move {
            let _permit = permits.acquire().await.unwrap();
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(7)
        };
        callers.push(Hand::waiting(shelf.store.get_or_compute(
            &shelf.entry,
            "k",
            loader,
        )));
    }
    for caller in callers {
        assert_eq!(caller.finish().await.unwrap(), 7);
    }
}
