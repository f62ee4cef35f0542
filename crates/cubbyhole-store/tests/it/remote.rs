//! Caches that have to be waited for: a remote one, whose every operation a test holds back.

use std::convert::Infallible;

use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Leased};

use crate::support::{Elsewhere, Gate, Hand, Seen, by_user, keep_all, settle, user};

/// A store with one entry whose values are elsewhere.
struct Far {
    store: CacheStore,
    entry: CachedRegistryEntry<u32>,
    elsewhere: Elsewhere<u32>,
}

/// An operation by Ada.
type Asked<'a, T> = Hand<'a, Result<T, CacheError>>;

impl Far {
    fn new() -> Self {
        let elsewhere = Elsewhere::new();
        let there = elsewhere.clone();
        let entry = CachedRegistryEntry::new("far", by_user(keep_all()));
        Self {
            store: CacheStore::new(),
            entry: entry.with_cache(move |scope| there.cache(scope)),
            elsewhere,
        }
    }

    fn get(&self) -> Asked<'_, Option<u32>> {
        Hand::new(self.store.get(&self.entry, "k").in_scope(user("ada")))
    }

    fn set(&self, value: u32) -> Asked<'_, cubbyhole_core::SetOutcome> {
        Hand::new(self.store.set(&self.entry, "k", value).in_scope(user("ada")))
    }

    fn delete(&self) -> Asked<'_, Option<u32>> {
        Hand::new(self.store.delete(&self.entry, "k").in_scope(user("ada")))
    }

    fn wait(&self) -> Asked<'_, Option<u32>> {
        Hand::new(self.store.get_or_wait(&self.entry, "k").in_scope(user("ada")))
    }

    fn compute(&self, gate: &Gate, value: u32) -> Asked<'_, u32> {
        let gate = gate.clone();
        let loader = move || async move {
            gate.pass().await;
            Ok::<_, Infallible>(value)
        };
        let asking = self.store.get_or_compute(&self.entry, "k", loader);
        Hand::new(asking.in_scope(user("ada")))
    }

    fn clear(&self) -> Hand<'_, ()> {
        Hand::new(self.store.clear())
    }

    fn drop_scope(&self) -> Hand<'_, ()> {
        Hand::new(async { self.store.drop_scope(&CacheScope::user("ada")).await })
    }

    /// What is there, without asking the store.
    fn there(&self) -> Option<u32> {
        self.elsewhere.peek(&CacheScope::user("ada"), "k")
    }
}

fn waiting<T>(mut hand: Hand<'_, T>) -> Hand<'_, T> {
    assert!(hand.poll().is_pending(), "it should wait");
    hand
}

#[tokio::test]
async fn operations_reach_the_cache_and_come_back() {
    let far = Far::new();
    assert_eq!(far.get().finish().await.unwrap(), None);
    assert!(far.set(1).finish().await.unwrap().is_kept());
    assert_eq!((far.there(), far.get().finish().await.unwrap()), (Some(1), Some(1)));
    assert_eq!(far.wait().finish().await.unwrap(), Some(1));
    assert_eq!(far.compute(&Gate::closed(), 7).finish().await.unwrap(), 1);
    assert_eq!(far.delete().finish().await.unwrap(), Some(1));
    assert_eq!((far.there(), far.get().finish().await.unwrap()), (None, None));
    let pin = far.store.set_pinned(&far.entry, "k", 2).in_scope(user("ada"));
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
    user("ada").enter(|| assert_eq!((caches.len().unwrap(), caches.values().unwrap()), (1, vec![5])));
}

#[tokio::test]
async fn computed_value_is_there_before_anybody_wakes() {
    let far = Far::new();
    let gate = Gate::closed();
    let (one, other) = (waiting(far.compute(&gate, 7)), waiting(far.compute(&gate, 8)));
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
    assert_eq!((far.there(), waiter.wakes()), (Some(1), 0), "the set has not come back");
    far.elsewhere.gate.step();
    assert!(set.ready().unwrap().is_kept());
    assert_eq!((waiter.wakes(), waiter.ready().unwrap()), (1, 1));
}

#[tokio::test]
async fn i1_delete_that_comes_while_a_computed_value_is_being_stored_removes_it() {
    for reached in [false, true] {
        let far = Far::new();
        let gate = Gate::opened();
        let caller = waiting(far.compute(&gate, 7));
        settle().await;
        far.elsewhere.gate.close();
        // The first look has been answered; what is at the gate now is the second look, or the set.
        let caller = step_until(&far, caller, reached).await;
        let delete = waiting(far.delete());
        far.elsewhere.gate.open();
        drop(delete.finish().await);
        assert_eq!(caller.finish().await.unwrap(), 7);
        settle().await;
        assert_eq!((far.there(), far.get().finish().await.unwrap()), (None, None));
    }
}

/// Lets the computation go on until its value is about to be stored or, if `reached`, is there.
async fn step_until<'a>(far: &Far, mut caller: Asked<'a, u32>, reached: bool) -> Asked<'a, u32> {
    for _ in 0..6 {
        if far.there().is_some() == reached {
            settle().await;
        }
        if far.there().is_some() {
            break;
        }
        if !reached && far.store.stats().entries[0].computations == 1 {
            break;
        }
        far.elsewhere.gate.step();
        assert!(caller.poll().is_pending());
        settle().await;
    }
    caller
}

#[tokio::test]
async fn i1_clear_and_drop_scope_that_come_while_a_value_is_being_stored_remove_it() {
    for drops_scope in [false, true] {
        for steps in 0..2 {
            let far = Far::new();
            assert_eq!(far.get().finish().await.unwrap(), None);
            far.elsewhere.gate.close();
            let mut set = waiting(far.set(1));
            for _ in 0..steps {
                far.elsewhere.gate.step();
                assert!(set.poll().is_pending());
            }
            let clear = waiting(if drops_scope { far.drop_scope() } else { far.clear() });
            far.elsewhere.gate.open();
            assert!(set.finish().await.unwrap().is_kept());
            clear.finish().await;
            assert_eq!(far.there(), None);
        }
    }
}

#[tokio::test]
async fn i1_computation_that_began_before_a_clear_is_not_stored_elsewhere() {
    for drops_scope in [false, true] {
        let far = Far::new();
        let gate = Gate::closed();
        let caller = waiting(far.compute(&gate, 7));
        settle().await;
        if drops_scope { far.drop_scope() } else { far.clear() }.finish().await;
        gate.open();
        assert_eq!(caller.finish().await.unwrap(), 7);
        settle().await;
        assert_eq!(far.there(), None);
    }
}

#[tokio::test]
async fn i3_set_that_comes_while_a_computed_value_is_being_stored_stays() {
    let far = Far::new();
    let gate = Gate::closed();
    let caller = waiting(far.compute(&gate, 7));
    settle().await;
    far.elsewhere.gate.close();
    gate.open();
    settle().await;
    let set = waiting(far.set(1));
    far.elsewhere.gate.open();
    assert!(set.finish().await.unwrap().is_kept());
    assert!(caller.finish().await.is_ok());
    settle().await;
    assert_eq!(far.there(), Some(1));
}

#[tokio::test]
async fn i3_computed_value_that_comes_while_another_is_being_set_is_not_stored() {
    let far = Far::new();
    let gate = Gate::closed();
    let caller = waiting(far.compute(&gate, 7));
    settle().await;
    far.elsewhere.gate.close();
    let set = waiting(far.set(1));
    gate.open();
    settle().await;
    far.elsewhere.gate.open();
    assert!(set.finish().await.unwrap().is_kept());
    assert!(caller.finish().await.is_ok());
    settle().await;
    assert_eq!(far.there(), Some(1));
}

#[tokio::test]
async fn i6_clear_that_finds_another_at_work_waits_for_it() {
    for drops_scope in [false, true] {
        let far = Far::new();
        assert!(far.set(1).finish().await.unwrap().is_kept());
        let invalidate = || if drops_scope { far.drop_scope() } else { far.clear() };
        far.elsewhere.gate.close();
        let first = waiting(invalidate());
        let mut second = invalidate();
        if second.poll().is_ready() {
            assert_eq!(far.there(), None, "it came back while the value was still there");
        }
        far.elsewhere.gate.open();
        first.finish().await;
        assert_eq!(far.there(), None);
    }
}

#[tokio::test]
async fn clear_that_is_given_up_is_done_by_the_next() {
    for drops_scope in [false, true] {
        for polls in 1..4 {
            let far = Far::new();
            assert!(far.set(1).finish().await.unwrap().is_kept());
            let invalidate = || if drops_scope { far.drop_scope() } else { far.clear() };
            far.elsewhere.gate.close();
            let mut first = invalidate();
            for _ in 1..polls {
                let _ = first.poll();
            }
            let _ = first.poll();
            drop(first);
            far.elsewhere.gate.open();
            invalidate().finish().await;
            assert_eq!((far.there(), polls), (None, polls));
        }
    }
}

#[tokio::test]
async fn drop_scope_forgets_what_this_process_has_never_seen() {
    let far = Far::new();
    let ada = CacheScope::user("ada");
    far.elsewhere.put(&ada, "k", 5);
    far.elsewhere.put(&CacheScope::user("bob"), "k", 6);
    // The entry is known, Ada is not.
    let bob = far.store.get(&far.entry, "k").in_scope(user("bob"));
    assert_eq!(bob.await.unwrap(), Some(6));
    far.drop_scope().finish().await;
    assert_eq!(far.get().finish().await.unwrap(), None);
    assert_eq!((far.there(), far.elsewhere.len()), (None, 1));
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
