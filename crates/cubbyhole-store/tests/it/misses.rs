//! Why a lookup found nothing.

use std::time::Duration;

use cubbyhole_policy::PolicyOptions;
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{InFlightKind, Loaded, MissReason};

use crate::support::{Hand, Shelf, Source, by_user, keep_all, lru, now, settle, ttl, user};

/// Asks why `k` is missing, and checks that a lookup counts that.
fn why(shelf: &Shelf<u32>) -> Option<MissReason> {
    let why = shelf.store.why_missing(&shelf.entry, "k").unwrap();
    let before = shelf.stats().misses_by_reason;
    let found = shelf.get("k");
    let after = shelf.stats().misses_by_reason;
    assert_eq!(found.is_some(), why.is_none());
    for reason in MissReason::ALL {
        let counted = after.of(reason) - before.of(reason);
        assert_eq!(counted, u64::from(why == Some(reason)), "{reason:?}");
    }
    assert_eq!(after.total(), shelf.stats().misses);
    why
}

#[test]
fn every_miss_has_its_reason() {
    for policy in [lru(1), ttl(10), keep_all()] {
        let shelf = Shelf::new(policy.clone());
        assert_eq!(why(&shelf), Some(MissReason::NeverSeen));
        shelf.set("k", 1);
        assert_eq!(why(&shelf), None);
        shelf.delete("k");
        assert_eq!(why(&shelf), Some(MissReason::Deleted));
        shelf.set("k", 1);
        shelf.clear();
        assert_eq!(why(&shelf), Some(MissReason::Cleared));
        shelf.set("k", 1);
        shelf.drop_scope(&CacheScope::Global);
        assert_eq!(why(&shelf), Some(MissReason::ScopeDropped));
        shelf.set("k", 1);
        now(shelf.store.bump_epoch(&CacheScope::Global));
        assert_eq!(why(&shelf), Some(MissReason::EpochBumped));
        if policy == lru(1) {
            shelf.set("k", 1);
            shelf.set("other", 1);
            assert_eq!(why(&shelf), Some(MissReason::Evicted));
        }
        if policy == ttl(10) {
            shelf.set("k", 1);
            shelf.advance(10);
            assert_eq!(why(&shelf), Some(MissReason::Expired));
        }
        let loaded = Loaded::new(1).with_tags(["red"]);
        now(shelf.store.set_loaded(&shelf.entry, "k", loaded)).unwrap();
        shelf.store.invalidate_tag("red");
        assert_eq!(why(&shelf), Some(MissReason::TagInvalidated));
        now(shelf
            .store
            .set_loaded(&shelf.entry, "k", Loaded::new(1).uncached()))
        .unwrap();
        assert_eq!(why(&shelf), Some(MissReason::NotStored));
    }
}

#[tokio::test]
async fn value_past_its_time_and_a_failure_are_told_apart() {
    let options = PolicyOptions::new()
        .with_stale_if_error(Duration::from_secs(60))
        .with_negative_ttl(Duration::from_secs(5));
    let shelf = Shelf::new(ttl(10).with_options(options).unwrap());
    shelf.set("k", 1);
    shelf.advance(10);
    assert_eq!(why(&shelf), Some(MissReason::Expired));
    shelf.delete("k");
    let source = Source::new();
    source.set_broken(true);
    assert!(source.ask(&shelf).finish().await.is_err());
    assert_eq!(why(&shelf), Some(MissReason::FailedRecently));
}

#[tokio::test]
async fn value_that_was_invalidated_on_its_way_was_not_stored() {
    let shelf = Shelf::new(lru(5));
    let source = Source::new();
    source.gate.close();
    let mut asking = source.ask(&shelf);
    assert!(asking.poll().is_pending());
    settle().await;
    shelf.delete("k");
    source.gate.open();
    asking.finish().await.unwrap();
    assert_eq!(why(&shelf), Some(MissReason::NotStored));
}

#[test]
fn reasons_are_of_one_scope() {
    let shelf = Shelf::<u32>::new(by_user(lru(1)));
    let why = |id| {
        let why = async { shelf.store.why_missing(&shelf.entry, "k") };
        now(why.in_scope(user(id))).unwrap()
    };
    for id in ["ada", "bob"] {
        user(id).enter(|| shelf.set("k", 1));
    }
    user("ada").enter(|| shelf.delete("k"));
    assert_eq!(why("ada"), Some(MissReason::Deleted));
    assert_eq!(why("bob"), None);
    assert_eq!(why("eve"), Some(MissReason::NeverSeen));
}

#[tokio::test]
async fn what_is_on_its_way_is_listed_with_its_age_and_its_waiters() {
    let shelf = Shelf::new(lru(5));
    let source = Source::new();
    source.gate.close();
    let mut waiting: Vec<_> = (0..3).map(|_| source.ask(&shelf)).collect();
    for hand in &mut waiting {
        assert!(hand.poll().is_pending());
    }
    settle().await;
    shelf.advance(3);
    let promise = shelf.pending("other");
    shelf.advance(4);
    let listed = shelf.store.in_flight();
    let told: Vec<_> = listed
        .iter()
        .map(|flight| (flight.kind, flight.age.as_secs(), flight.waiters))
        .collect();
    assert_eq!(
        told,
        [
            (InFlightKind::Computing, 7, 3),
            (InFlightKind::Promised, 4, 0)
        ]
    );
    drop(promise);
    source.gate.open();
    for hand in waiting {
        hand.finish().await.unwrap();
    }
    settle().await;
    assert!(shelf.store.in_flight().is_empty());
    let times = shelf.stats().load_times;
    assert_eq!((times.count(), times.failures()), (1, 0));
    assert_eq!(times.sum(), Duration::from_secs(7));
    let median = times.quantile(0.5).unwrap();
    assert!(median >= Duration::from_secs(7) && median < Duration::from_secs(10));
}

#[tokio::test]
async fn flights_that_ended_leave_nothing_behind() {
    let shelf = Shelf::new(lru(5));
    let source = Source::new();
    for _ in 0..1_000 {
        drop(shelf.pending("k"));
        let _ = Hand::new(shelf.store.get_or_lease(&shelf.entry, "l")).ready();
        source.ask(&shelf).finish().await.unwrap();
        shelf.delete("k");
    }
    settle().await;
    assert!(shelf.store.in_flight().is_empty());
}
