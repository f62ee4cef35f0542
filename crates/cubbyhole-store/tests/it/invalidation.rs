//! What began before an invalidation is handed to those who waited, and is not stored.

use std::convert::Infallible;

use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, Invalidation, Leased};

use crate::support::{Gate, Hand, Shelf, by_user, keep_all, lru, settle, ttl, user};

/// A way to invalidate the key `k` of Ada.
type Invalidate = fn(&Shelf<u32>);

const WAYS: [(&str, Invalidate); 5] = [
    ("delete", |shelf| {
        user("ada").enter(|| shelf.delete("k"));
    }),
    ("clear", |shelf| shelf.clear()),
    ("clear of the entry", |shelf| {
        crate::support::now(shelf.store.scope_store(&shelf.entry).unwrap().clear());
    }),
    ("drop_scope", |shelf| {
        shelf.drop_scope(&CacheScope::user("ada"));
    }),
    ("bump_epoch", |shelf| {
        crate::support::now(shelf.store.bump_epoch(&CacheScope::user("ada")));
    }),
];

/// A computation of `k` by Ada, under way.
fn load<'a>(shelf: &'a Shelf<u32>, gate: &Gate, value: u32) -> Hand<'a, Result<u32, CacheError>> {
    let gate = gate.clone();
    let loader = move || async move {
        gate.pass().await;
        Ok::<_, Infallible>(value)
    };
    let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
    Hand::waiting(asking.in_scope(user("ada")))
}

fn get(shelf: &Shelf<u32>) -> Option<u32> {
    user("ada").enter(|| shelf.get("k"))
}

#[tokio::test]
async fn i1_value_whose_computation_began_before_an_invalidation_is_not_stored() {
    for policy in [lru(2), ttl(10), keep_all()] {
        for (way, invalidate) in WAYS {
            let shelf = Shelf::new(by_user(policy.clone()));
            let gate = Gate::closed();
            let caller = load(&shelf, &gate, 7);
            settle().await;
            invalidate(&shelf);
            gate.open();
            assert_eq!(caller.finish().await.unwrap(), 7, "who waited has it");
            assert_eq!((get(&shelf), shelf.held()), (None, (0, 0)), "{way}");
        }
    }
}

#[tokio::test]
async fn i2_request_that_comes_after_an_invalidation_does_not_join_the_older_computation() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::new(by_user(lru(2)));
        let (old_gate, new_gate) = (Gate::closed(), Gate::closed());
        let old = load(&shelf, &old_gate, 1);
        settle().await;
        invalidate(&shelf);
        let new = load(&shelf, &new_gate, 2);
        new_gate.open();
        assert_eq!(new.finish().await.unwrap(), 2, "{way}");
        assert_eq!(get(&shelf), Some(2));
        old_gate.open();
        assert_eq!(old.finish().await.unwrap(), 1);
        assert_eq!(get(&shelf), Some(2), "{way}");
    }
}

#[tokio::test]
async fn i2_get_or_wait_after_an_invalidation_finds_nothing_to_wait_for() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::new(by_user(lru(2)));
        let gate = Gate::closed();
        let _old = load(&shelf, &gate, 1);
        settle().await;
        invalidate(&shelf);
        let found = user("ada").enter(|| shelf.wait("k").ready());
        assert_eq!(found.unwrap(), None, "{way}");
    }
}

#[tokio::test]
async fn i3_explicit_set_made_meanwhile_stays() {
    for background in [false, true] {
        let mut shelf = Shelf::new(by_user(lru(2)));
        if background {
            shelf.entry = shelf.entry.finish_in_background();
        }
        let gate = Gate::closed();
        let caller = load(&shelf, &gate, 7);
        settle().await;
        user("ada").enter(|| shelf.set("k", 1));
        gate.open();
        assert_eq!(caller.finish().await.unwrap(), 1);
        settle().await;
        assert_eq!(get(&shelf), Some(1));
        assert_eq!(shelf.stats().sets, 1);
    }
}

#[tokio::test]
async fn i3_set_after_an_invalidation_stays() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::new(by_user(lru(2)));
        let gate = Gate::closed();
        let caller = load(&shelf, &gate, 7);
        settle().await;
        invalidate(&shelf);
        user("ada").enter(|| shelf.set("k", 1));
        gate.open();
        assert_eq!(
            caller.finish().await.unwrap(),
            7,
            "the end of its own computation"
        );
        assert_eq!(get(&shelf), Some(1), "{way}");
    }
}

#[tokio::test]
async fn i4_the_newer_of_two_computations_stays_whichever_ends_last() {
    for (way, invalidate) in WAYS {
        for older_last in [false, true] {
            let shelf = Shelf::new(by_user(lru(2)));
            let gates = [Gate::closed(), Gate::closed()];
            let older = load(&shelf, &gates[0], 1);
            settle().await;
            invalidate(&shelf);
            let newer = load(&shelf, &gates[1], 2);
            settle().await;
            gates[usize::from(older_last)].open();
            settle().await;
            gates[usize::from(!older_last)].open();
            assert_eq!(older.finish().await.unwrap(), 1);
            assert_eq!(newer.finish().await.unwrap(), 2);
            assert_eq!(get(&shelf), Some(2), "{way}");
        }
    }
}

#[tokio::test]
async fn i5_remove_and_set_during_a_computation_discard_it_and_keep_the_writers_time() {
    let shelf = Shelf::new(by_user(ttl(10)));
    let gate = Gate::closed();
    let caller = load(&shelf, &gate, 7);
    settle().await;
    user("ada").enter(|| {
        shelf.set("k", 1);
        shelf.delete("k");
        shelf.set("k", 1);
    });
    shelf.advance(6);
    gate.open();
    drop(caller.finish().await);
    settle().await;
    assert_eq!(get(&shelf), Some(1));
    shelf.advance(4);
    assert_eq!(get(&shelf), None, "its time began with the writer's set");
}

#[tokio::test]
async fn i6_each_invalidation_covers_what_came_before_it() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::new(by_user(lru(2)));
        for value in 0..3 {
            user("ada").enter(|| shelf.set("k", value));
            invalidate(&shelf);
            assert_eq!(get(&shelf), None, "{way}");
        }
        let gate = Gate::closed();
        let first = load(&shelf, &gate, 1);
        settle().await;
        invalidate(&shelf);
        let second = load(&shelf, &gate, 2);
        settle().await;
        invalidate(&shelf);
        gate.open();
        assert_eq!(
            (
                first.finish().await.unwrap(),
                second.finish().await.unwrap()
            ),
            (1, 2)
        );
        assert_eq!(get(&shelf), None, "{way}");
    }
}

#[test]
fn waiter_of_an_invalidated_promise_is_told_what_happened() {
    let whys = [
        Invalidation::Deleted,
        Invalidation::Cleared,
        Invalidation::Cleared,
        Invalidation::ScopeDropped,
    ];
    for ((way, invalidate), why) in WAYS.into_iter().zip(whys) {
        let shelf = Shelf::new(by_user(lru(2)));
        let promise = user("ada").enter(|| shelf.pending("k"));
        let mut waiter = Hand::new(
            shelf
                .store
                .get_or_wait(&shelf.entry, "k")
                .in_scope(user("ada")),
        );
        assert!(waiter.poll().is_pending());
        invalidate(&shelf);
        assert_eq!(waiter.wakes(), 1, "{way}");
        let error = waiter.ready().unwrap_err();
        assert!(
            matches!(error, CacheError::Invalidated { by, .. } if by == why),
            "{error}"
        );
        assert!(!promise.is_pending());
        assert!(!user("ada").enter(|| shelf.pending("k")).is_joined());
        assert_eq!(shelf.held(), (0, 0), "{way}");
    }
}

#[test]
fn invalidation_leaves_what_the_holder_of_an_old_promise_sets_later() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::new(by_user(lru(2)));
        let _promise = user("ada").enter(|| shelf.pending("k"));
        invalidate(&shelf);
        user("ada").enter(|| shelf.set("k", 1));
        assert_eq!(get(&shelf), Some(1), "an explicit set stays: {way}");
    }
}

#[test]
fn lease_that_was_given_before_an_invalidation_is_not_stored() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::new(by_user(lru(2)));
        let asking = shelf
            .store
            .get_or_lease(&shelf.entry, "k")
            .in_scope(user("ada"));
        let Ok(Leased::Lease(lease)) = crate::support::now(asking) else {
            panic!("nobody else asks");
        };
        let mut waiter = Hand::new(
            shelf
                .store
                .get_or_wait(&shelf.entry, "k")
                .in_scope(user("ada")),
        );
        assert!(waiter.poll().is_pending());
        invalidate(&shelf);
        assert!(crate::support::now(lease.publish(7)).is_none(), "{way}");
        assert_eq!(waiter.ready().unwrap(), Some(7), "who waited has it");
        assert_eq!((get(&shelf), shelf.held()), (None, (0, 0)), "{way}");
    }
}

#[tokio::test]
async fn c3_scope_that_is_dropped_while_its_load_is_in_flight_does_not_come_back() {
    let shelf = Shelf::new(by_user(lru(2)));
    let gate = Gate::closed();
    let (ada, bob) = (load(&shelf, &gate, 7), {
        let gate = gate.clone();
        let loader = move || async move {
            gate.pass().await;
            Ok::<_, Infallible>(8)
        };
        let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
        Hand::waiting(asking.in_scope(user("bob")))
    });
    settle().await;
    shelf.drop_scope(&CacheScope::user("ada"));
    assert_eq!(shelf.held(), (0, 1));
    gate.open();
    assert_eq!(
        (ada.finish().await.unwrap(), bob.finish().await.unwrap()),
        (7, 8)
    );
    assert_eq!((get(&shelf), shelf.held()), (None, (1, 1)));
    assert_eq!(
        user("bob").enter(|| shelf.get("k")),
        Some(8),
        "his is stored"
    );
}

#[tokio::test]
async fn error_of_an_older_computation_does_not_reach_a_newer_one() {
    for (way, invalidate) in WAYS {
        let shelf = Shelf::<u32>::new(by_user(lru(2)));
        let gate = Gate::closed();
        let inner = gate.clone();
        let loader = move || async move {
            inner.pass().await;
            Err::<u32, _>("too old")
        };
        let asking = shelf.store.get_or_compute(&shelf.entry, "k", loader);
        let old = Hand::waiting(asking.in_scope(user("ada")));
        settle().await;
        invalidate(&shelf);
        let new_gate = Gate::closed();
        let new = load(&shelf, &new_gate, 2);
        settle().await;
        gate.open();
        assert!(old.finish().await.is_err());
        new_gate.open();
        assert_eq!(new.finish().await.unwrap(), 2, "{way}");
    }
}
