//! Invalidations and sets of a remote cache that meet on their way.

use cubbyhole_scope::{CacheScope, ScopeFutureExt};

use crate::support::{Asked, Far, Gate, settle, user, waiting};

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
        assert_eq!(
            (far.there(), far.get().finish().await.unwrap()),
            (None, None)
        );
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
            let clear = waiting(if drops_scope {
                far.drop_scope()
            } else {
                far.clear()
            });
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
        if drops_scope {
            far.drop_scope()
        } else {
            far.clear()
        }
        .finish()
        .await;
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
        let invalidate = || {
            if drops_scope {
                far.drop_scope()
            } else {
                far.clear()
            }
        };
        far.elsewhere.gate.close();
        let first = waiting(invalidate());
        let mut second = invalidate();
        if second.poll().is_ready() {
            assert_eq!(
                far.there(),
                None,
                "it came back while the value was still there"
            );
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
            let invalidate = || {
                if drops_scope {
                    far.drop_scope()
                } else {
                    far.clear()
                }
            };
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

/// A computation whose value is on its way to the cache, where it is held up.
async fn held_up(far: &Far) -> Asked<'_, u32> {
    let gate = Gate::closed();
    let caller = waiting(far.compute(&gate, 7));
    settle().await;
    far.elsewhere.sets.close();
    gate.open();
    settle().await;
    caller
}

#[tokio::test]
async fn i1_delete_does_not_overtake_a_computed_value_on_its_way() {
    let far = Far::new();
    let caller = held_up(&far).await;
    let mut delete = far.delete();
    assert!(
        delete.poll().is_pending(),
        "what it is to delete has not arrived"
    );
    far.elsewhere.sets.open();
    assert_eq!(caller.finish().await.unwrap(), 7);
    assert_eq!(delete.finish().await.unwrap(), Some(7));
    assert_eq!(far.there(), None);
}

#[tokio::test]
async fn i1_clear_and_drop_scope_do_not_overtake_a_computed_value_on_its_way() {
    for drops_scope in [false, true] {
        let far = Far::new();
        let caller = held_up(&far).await;
        let invalidate = if drops_scope {
            far.drop_scope()
        } else {
            far.clear()
        };
        let invalidate = waiting(invalidate);
        far.elsewhere.sets.open();
        assert_eq!(caller.finish().await.unwrap(), 7);
        invalidate.finish().await;
        assert_eq!(far.there(), None);
    }
}

#[tokio::test]
async fn i3_computed_value_does_not_overtake_a_set_on_its_way() {
    let far = Far::in_background();
    let gate = Gate::closed();
    let caller = waiting(far.compute(&gate, 7));
    settle().await;
    far.elsewhere.gate.close();
    let mut set = waiting(far.set(1));
    gate.open();
    settle().await;
    // The set arrives and has not come back when there is room for another.
    far.elsewhere.gate.step();
    assert!(set.poll().is_pending());
    assert_eq!(far.there(), Some(1));
    far.elsewhere.gate.step();
    settle().await;
    far.elsewhere.gate.open();
    assert!(set.finish().await.unwrap().is_kept());
    assert_eq!(caller.finish().await.unwrap(), 1);
    settle().await;
    assert_eq!(far.there(), Some(1));
}
