//! Promises: `set_pending`, those who wait, and how it ends for them.

use std::task::Poll;

use cubbyhole_core::SetOutcome;
use cubbyhole_store::{CacheError, Invalidation};

use crate::support::{Hand, Shelf, lru, now, ttl};

#[test]
fn get_of_a_key_that_is_pending_only_is_none() {
    let shelf = Shelf::new(lru(2));
    let _promise = shelf.pending("k");
    assert_eq!(shelf.get("k"), None);
    shelf.set("k", 1);
    assert_eq!(shelf.get("k"), Some(1));
}

#[test]
fn get_or_wait_returns_at_once_what_is_there() {
    let shelf = Shelf::new(lru(2));
    shelf.set("k", 1);
    let _promise = shelf.pending("k");
    assert_eq!(shelf.wait("k").ready().unwrap(), Some(1));
}

#[test]
fn get_or_wait_of_a_key_that_nobody_promised_is_none_at_once() {
    let shelf = Shelf::<u32>::new(lru(2));
    let _other = shelf.pending("other");
    assert_eq!(shelf.wait("k").ready().unwrap(), None);
}

#[test]
fn get_or_wait_waits_for_a_pending_key() {
    let shelf = Shelf::new(lru(2));
    let _promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    assert_eq!(shelf.set("k", 1), SetOutcome::Kept);
    assert_eq!(waiter.ready().unwrap(), Some(1));
}

#[test]
fn second_set_pending_joins_the_first() {
    let shelf = Shelf::new(lru(2));
    let first = shelf.pending("k");
    let mut early = shelf.wait("k");
    assert!(early.poll().is_pending());
    let second = shelf.pending("k");
    assert_eq!((first.is_joined(), second.is_joined()), (false, true));
    shelf.set("k", 1);
    assert_eq!(early.ready().unwrap(), Some(1));
    assert_eq!(now(first.wait()).unwrap(), 1);
    assert_eq!(now(second.wait()).unwrap(), 1);
}

#[test]
fn value_that_was_there_stays_readable_until_the_new_one_comes() {
    let shelf = Shelf::new(lru(2));
    shelf.set("k", 1);
    let promise = shelf.pending("k");
    assert_eq!(shelf.get("k"), Some(1));
    assert!(promise.is_pending());
    shelf.set("k", 2);
    assert_eq!(shelf.get("k"), Some(2));
    assert!(!promise.is_pending());
}

#[test]
fn d10_pending_value_is_not_evicted() {
    let shelf = Shelf::new(lru(1));
    let _promise = shelf.pending("a");
    let mut waiter = shelf.wait("a");
    assert!(waiter.poll().is_pending());
    for other in 0..10 {
        shelf.set("b", other);
    }
    assert!(waiter.poll().is_pending());
    assert_eq!(shelf.set("a", 9), SetOutcome::Kept);
    assert_eq!(waiter.ready().unwrap(), Some(9));
    assert_eq!(shelf.get("a"), Some(9));
}

#[test]
fn d10_pending_value_takes_no_room() {
    let shelf = Shelf::new(lru(1));
    shelf.set("a", 1);
    let _promises = ["x", "y", "z"].map(|key| shelf.pending(key));
    assert_eq!((shelf.get("a"), shelf.len()), (Some(1), 1));
    assert_eq!(shelf.held(), (1, 1));
}

#[test]
fn d10_waiters_have_their_value_even_when_the_cache_has_no_room_for_it() {
    let shelf = Shelf::new(lru(1));
    shelf.pin("p", 1);
    let _promise = shelf.pending("a");
    let mut waiter = shelf.wait("a");
    assert!(waiter.poll().is_pending());
    assert_eq!(shelf.set("a", 9), SetOutcome::NotKept);
    assert_eq!(waiter.ready().unwrap(), Some(9));
    assert_eq!(shelf.get("a"), None);
}

#[test]
fn d11_pending_value_does_not_expire() {
    let shelf = Shelf::new(ttl(10));
    let promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    shelf.advance(1000);
    assert!(waiter.poll().is_pending());
    assert!(promise.is_pending());
    assert!(shelf.pending("k").is_joined(), "a second run would begin");
    shelf.set("k", 1);
    assert_eq!(waiter.ready().unwrap(), Some(1));
    shelf.advance(9);
    assert_eq!(shelf.get("k"), Some(1), "its time begins when it is set");
}

#[test]
fn d19_who_reads_again_after_waking_hits() {
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Wake, Waker};

    /// Reads as soon as it is woken: on the thread that sets the value, before `set` has returned.
    struct ReadsWhenWoken(Arc<Shelf<u32>>, Mutex<Vec<Option<u32>>>);
    impl Wake for ReadsWhenWoken {
        fn wake(self: Arc<Self>) {
            let read = self.0.get("k");
            self.1.lock().unwrap().push(read);
        }
    }
    let shelf = Arc::new(Shelf::new(lru(2)));
    let promise = shelf.pending("k");
    let reader = Arc::new(ReadsWhenWoken(Arc::clone(&shelf), Mutex::default()));
    let waker = Waker::from(Arc::clone(&reader));
    let mut wait = Box::pin(promise.wait());
    assert!(
        wait.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    shelf.set("k", 1);
    assert_eq!(*reader.1.lock().unwrap(), [Some(1)]);
}

#[test]
fn d20_waiting_polls_nothing_and_wakes_once() {
    let shelf = Shelf::new(ttl(10));
    let promise = shelf.pending("k");
    let mut waiters = [shelf.wait("k"), shelf.wait("k")];
    let mut handle = Hand::waiting(promise.wait());
    for waiter in &mut waiters {
        assert!(waiter.poll().is_pending());
    }
    shelf.advance(3600);
    shelf.set("other", 0);
    shelf.delete("other");
    assert_eq!(
        (waiters[0].wakes(), waiters[1].wakes(), handle.wakes()),
        (0, 0, 0)
    );
    shelf.set("k", 1);
    assert_eq!(
        (waiters[0].wakes(), waiters[1].wakes(), handle.wakes()),
        (1, 1, 1)
    );
    assert!(matches!(handle.poll(), Poll::Ready(Ok(1))));
    for waiter in waiters {
        assert_eq!(waiter.ready().unwrap(), Some(1));
    }
}

#[test]
fn s15_waker_that_changes_between_polls_is_the_one_that_is_woken() {
    let shelf = Shelf::new(lru(2));
    let _promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    let mut former = Vec::new();
    for _ in 0..5 {
        assert!(waiter.poll().is_pending());
        assert!(waiter.poll().is_pending(), "with the same waker once more");
        former.push(waiter.switch_waker());
    }
    assert!(waiter.poll().is_pending());
    shelf.set("k", 1);
    assert!(former.iter().all(|waker| waker.count() == 0));
    assert_eq!(waiter.wakes(), 1);
    assert_eq!(waiter.ready().unwrap(), Some(1));
}

#[test]
fn s2_a_waiter_that_is_dropped_changes_nothing_for_the_others() {
    let shelf = Shelf::new(lru(2));
    let _promise = shelf.pending("k");
    let mut waiters: Vec<_> = (0..8).map(|_| shelf.wait("k")).collect();
    for waiter in &mut waiters {
        assert!(waiter.poll().is_pending());
    }
    let mut at = 0;
    waiters.retain(|_| {
        at += 1;
        at % 2 == 0
    });
    // New ones take the places that are free now.
    waiters.extend((0..4).map(|_| Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"))));
    shelf.set("k", 1);
    for waiter in waiters {
        assert_eq!(waiter.wakes(), 1);
        assert_eq!(waiter.ready().unwrap(), Some(1));
    }
}

#[test]
fn waiter_that_was_never_polled_has_the_value_too() {
    let shelf = Shelf::new(lru(2));
    let promise = shelf.pending("k");
    let wait = promise.wait();
    shelf.set("k", 1);
    shelf.set("k", 2);
    assert_eq!(
        now(wait).unwrap(),
        1,
        "what was promised, not what came later"
    );
}

#[test]
fn failing_wakes_every_waiter_stores_nothing_and_frees_the_key() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    let mut waiters = [shelf.wait("k"), shelf.wait("k"), shelf.wait("k")];
    for waiter in &mut waiters {
        assert!(waiter.poll().is_pending());
    }
    assert!(shelf.fail("k", "no such thing"));
    for waiter in waiters {
        assert_eq!(waiter.wakes(), 1);
        assert!(matches!(waiter.ready(), Err(CacheError::Failed { .. })));
    }
    assert!(!promise.is_pending());
    assert_eq!(shelf.get("k"), None);
    assert!(!shelf.fail("k", "again"), "nothing is pending any more");
    assert!(!shelf.pending("k").is_joined());
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn failing_leaves_a_value_that_was_there() {
    let shelf = Shelf::new(lru(2));
    shelf.set("k", 1);
    let _promise = shelf.pending("k");
    assert!(shelf.fail("k", "no news"));
    assert_eq!(shelf.get("k"), Some(1));
}

#[test]
fn d9_failed_or_dropped_promise_over_a_pinned_value_never_poisons_the_key() {
    let shelf = Shelf::new(lru(1));
    shelf.pin("k", 1);
    drop(shelf.pending("k"));
    let _promise = shelf.pending("k");
    shelf.fail("k", "no news");
    assert_eq!(shelf.get("k"), Some(1));
    assert_eq!(shelf.delete("k"), None, "it is still pinned");
    assert_eq!(shelf.set("k", 2), SetOutcome::Kept);
    assert_eq!(shelf.wait("k").ready().unwrap(), Some(2));
    assert_eq!(shelf.delete("k"), Some(2));
}

#[test]
fn d9_delete_of_a_pinned_key_frees_it_from_its_promise() {
    for policy in [lru(2), ttl(10), crate::support::keep_all()] {
        let shelf = Shelf::new(policy);
        shelf.pin("k", 1);
        let promise = shelf.pending("k");
        let wait = Hand::waiting(promise.wait());
        assert_eq!(shelf.delete("k"), None);
        let by_delete = Invalidation::Deleted;
        assert!(matches!(wait.ready(), Err(CacheError::Invalidated { by, .. }) if by == by_delete));
        assert_eq!(shelf.unpin("k"), Some(1));
        assert_eq!(shelf.delete("k"), Some(1));
        assert_eq!(shelf.held(), (0, 0));
    }
}

#[test]
fn promise_that_is_dropped_tells_those_who_wait() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    drop(promise);
    assert_eq!(waiter.wakes(), 1);
    assert!(matches!(waiter.ready(), Err(CacheError::Abandoned { .. })));
    assert_eq!(shelf.wait("k").ready().unwrap(), None);
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn promise_is_dropped_when_its_producer_panics() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    let producer = std::thread::spawn(move || {
        let _promise = promise;
        panic!("a producer panics, as it should in this test");
    });
    assert!(producer.join().is_err());
    assert!(matches!(waiter.ready(), Err(CacheError::Abandoned { .. })));
}

#[test]
fn promise_ends_with_its_last_share() {
    let shelf = Shelf::<u32>::new(lru(2));
    let first = shelf.pending("k");
    let joined = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    drop(first);
    assert!(waiter.poll().is_pending(), "who joined still works on it");
    drop(joined);
    assert!(matches!(waiter.ready(), Err(CacheError::Abandoned { .. })));
}

#[test]
fn who_joined_and_waits_keeps_nobody_else_waiting() {
    let shelf = Shelf::<u32>::new(lru(2));
    let first = shelf.pending("k");
    let joined = shelf.pending("k");
    let wait = Hand::waiting(joined.wait());
    drop(first);
    assert!(matches!(wait.ready(), Err(CacheError::Abandoned { .. })));
}

#[test]
fn old_promise_that_is_dropped_late_does_not_touch_a_new_one() {
    let shelf = Shelf::new(lru(2));
    let old = shelf.pending("k");
    shelf.delete("k");
    let _new = shelf.pending("k");
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    drop(old);
    assert!(waiter.poll().is_pending());
    shelf.set("k", 1);
    assert_eq!(waiter.ready().unwrap(), Some(1));
}

#[test]
fn s17_get_neither_starts_nor_ends_a_flight() {
    let shelf = Shelf::new(lru(2));
    assert_eq!(shelf.get("k"), None);
    assert_eq!(shelf.held(), (0, 0), "a miss leaves nothing");
    let promise = shelf.pending("k");
    assert!(!promise.is_joined());
    let mut waiter = shelf.wait("k");
    assert!(waiter.poll().is_pending());
    assert_eq!((shelf.get("k"), shelf.unpin("k")), (None, None));
    assert!(waiter.poll().is_pending());
    shelf.set("k", 1);
    assert_eq!(waiter.ready().unwrap(), Some(1));
}

#[test]
fn handle_says_which_entry_it_is_for() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    assert_eq!(promise.store_key(), shelf.entry.store_key());
    assert!(format!("{promise:?}").contains("pending: true"));
}
