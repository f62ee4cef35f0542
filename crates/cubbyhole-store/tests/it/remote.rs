//! Caches that have to be waited for: a remote one, whose every operation a test holds back.

use std::convert::Infallible;

use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::Leased;

use crate::support::{Far, Gate, Hand, Seen, settle, user, waiting};

#[tokio::test]
async fn operations_reach_the_cache_and_come_back() {
    let far = Far::new();
    assert_eq!(far.get().finish().await.unwrap(), None);
    assert!(far.set(1).finish().await.unwrap().is_kept());
    assert_eq!(
        (far.there(), far.get().finish().await.unwrap()),
        (Some(1), Some(1))
    );
    assert_eq!(far.wait().finish().await.unwrap(), Some(1));
    assert_eq!(far.compute(&Gate::closed(), 7).finish().await.unwrap(), 1);
    assert_eq!(far.delete().finish().await.unwrap(), Some(1));
    assert_eq!(
        (far.there(), far.get().finish().await.unwrap()),
        (None, None)
    );
    let pin = far
        .store
        .set_pinned(&far.entry, "k", 2)
        .in_scope(user("ada"));
    assert!(pin.await.unwrap().is_kept());
    assert_eq!(far.delete().finish().await.unwrap(), None);
    let unpin = far.store.get_unpin(&far.entry, "k").in_scope(user("ada"));
    assert_eq!(unpin.await.unwrap(), Some(2));
    assert_eq!(far.delete().finish().await.unwrap(), Some(2));
}

#[tokio::test]
async fn value_that_another_process_put_there_is_found() {
    let far = Far::new();
    far.elsewhere.put(&CacheScope::user("ada"), "k", 5);
    assert_eq!(far.get().finish().await.unwrap(), Some(5));
    assert_eq!(far.compute(&Gate::closed(), 7).finish().await.unwrap(), 5);
    let caches = far.store.scope_store(&far.entry).unwrap();
    user("ada").enter(|| {
        assert_eq!(
            (caches.len().unwrap(), caches.values().unwrap()),
            (1, vec![5])
        );
    });
}

#[tokio::test]
async fn computed_value_is_there_before_anybody_wakes() {
    let far = Far::new();
    let gate = Gate::closed();
    let (one, other) = (
        waiting(far.compute(&gate, 7)),
        waiting(far.compute(&gate, 8)),
    );
    settle().await;
    far.elsewhere.gate.close();
    gate.open();
    settle().await;
    let before = (one.wakes(), other.wakes());
    assert_eq!(far.there(), None, "the value is at the gate");
    far.elsewhere.gate.open();
    assert_eq!(one.finish().await.unwrap(), 7);
    assert_eq!(other.finish().await.unwrap(), 7);
    assert_eq!((before, far.there()), ((0, 0), Some(7)));
}

#[tokio::test]
async fn waiters_of_a_promise_wake_when_the_value_is_there() {
    let far = Far::new();
    let promise = user("ada").enter(|| far.store.set_pending(&far.entry, "k").unwrap());
    let waiter = Hand::waiting(promise.wait());
    far.elsewhere.gate.close();
    let mut set = waiting(far.set(1));
    far.elsewhere.gate.step();
    assert!(set.poll().is_pending());
    assert_eq!(
        (far.there(), waiter.wakes()),
        (Some(1), 0),
        "the set has not come back"
    );
    far.elsewhere.gate.step();
    assert!(set.ready().unwrap().is_kept());
    assert_eq!((waiter.wakes(), waiter.ready().unwrap()), (1, 1));
}

#[tokio::test]
async fn set_after_a_clear_stays() {
    let far = Far::new();
    assert!(far.set(1).finish().await.unwrap().is_kept());
    far.clear().finish().await;
    assert!(far.set(2).finish().await.unwrap().is_kept());
    assert_eq!(far.get().finish().await.unwrap(), Some(2));
    far.drop_scope().finish().await;
    assert_eq!(far.get().finish().await.unwrap(), None);
    assert_eq!(far.elsewhere.len(), 0);
}

#[tokio::test]
async fn callers_share_one_computation_however_slow_the_cache_is() {
    let far = Far::new();
    let loads = Seen::default();
    far.elsewhere.gate.close();
    let ask = || {
        let loads = loads.clone();
        let loader = move || {
            loads.note();
            async { Ok::<_, Infallible>(7) }
        };
        let asking = far.store.get_or_compute(&far.entry, "k", loader);
        waiting(Hand::new(asking.in_scope(user("ada"))))
    };
    let callers = [ask(), ask(), ask()];
    let mut finished = Vec::new();
    far.elsewhere.gate.open();
    for caller in callers {
        finished.push(caller.finish().await.unwrap());
    }
    assert_eq!((finished, loads.times()), (vec![7, 7, 7], 1));
}

#[tokio::test]
async fn lease_is_published_elsewhere_and_passed_on_when_that_is_given_up() {
    let far = Far::new();
    let lease = |far: &Far| {
        let (store, entry) = (far.store.clone(), far.entry.clone());
        Hand::new(async move { store.get_or_lease(&entry, "k").in_scope(user("ada")).await })
    };
    let Leased::Lease(first) = lease(&far).finish().await.unwrap() else {
        panic!("nobody has the value");
    };
    let second = waiting(lease(&far));
    settle().await;
    let mut second = second;
    assert!(second.poll().is_pending());
    far.elsewhere.gate.close();
    drop(waiting(Hand::new(first.publish(1))));
    far.elsewhere.gate.open();
    let Leased::Lease(second) = second.finish().await.unwrap() else {
        panic!("it was passed on");
    };
    assert!(second.publish(2).await.unwrap().is_kept());
    assert_eq!(far.there(), Some(2));
}

#[tokio::test]
async fn runtime_and_cache_are_of_no_concern_to_a_failed_load() {
    let far = Far::new();
    let load = || async { Err::<u32, _>("no such thing") };
    let asking = far.store.get_or_compute(&far.entry, "k", load);
    assert!(asking.in_scope(user("ada")).await.is_err());
    assert_eq!(far.there(), None);
    assert_eq!(far.compute(&Gate::opened(), 7).finish().await.unwrap(), 7);
    assert_eq!(far.there(), Some(7));
}
