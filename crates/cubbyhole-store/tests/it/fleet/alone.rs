//! The tier is away, or what it says is no good: each process carries on.

use cubbyhole_core::{TierError, TierState};
use cubbyhole_store::{CacheError, MissReason};
use cubbyhole_testkit::{ManualFleet, TierCall, TierFault};

use crate::support::{Hand, Processes, Source, UNWRITABLE, global_place, lru, settle};

#[tokio::test]
async fn no_operation_fails_because_the_tier_does() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    here.tier.disconnect();
    let source = Source::new();
    assert_eq!(here.get().await, None);
    assert_eq!(here.ask(&source).finish().await.unwrap(), 1);
    assert_eq!(here.get().await, Some(1), "it caches for itself");
    here.set(5).await;
    assert_eq!(here.delete().await, Some(5));
    here.store.clear().await;
    here.store.invalidate_tag("weather");
    assert!(here.shared().failures > 0);
    assert_eq!(here.store.shared_tiers()[0].state, TierState::Away);
}

#[tokio::test]
async fn entry_that_requires_its_tier_fails_without_it() {
    let processes = Processes::that_require_it(lru(3));
    let here = processes.start();
    here.set(1).await;
    here.tier.disconnect();
    let source = Source::new();
    let errors = [
        here.store.get(&here.entry, "other").await.unwrap_err(),
        here.store
            .get_or_wait(&here.entry, "other")
            .await
            .unwrap_err(),
        here.store.set(&here.entry, "k", 2).await.unwrap_err(),
        here.store.delete(&here.entry, "k").await.unwrap_err(),
        here.ask(&source).finish().await.unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(
                error,
                CacheError::SharedTier {
                    error: TierError::Away,
                    ..
                }
            ),
            "{error}"
        );
    }
    assert_eq!(source.loads.times(), 0);
    let pinned = here.store.set_pinned(&here.entry, "k", 3).await;
    assert!(pinned.is_err());
    assert_eq!(here.held(), (0, 0), "what others do not know of is nowhere");
    here.tier.reconnect();
    assert_eq!(here.ask(&source).finish().await.unwrap(), 1);
}

#[tokio::test]
async fn values_are_not_trusted_while_the_tier_is_away_and_loads_go_on() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    here.set(1).await;
    here.tier.disconnect();
    assert_eq!(here.held(), (0, 0), "it may have changed");
    let why = here.store.why_missing(&here.entry, "k").unwrap();
    assert_eq!(why, Some(MissReason::Distrusted));

    let source = Source::new();
    source.gate.close();
    let first = Hand::waiting(here.ask(&source).finish());
    settle().await;
    processes.clock.advance(ManualFleet::REMINDER);
    settle().await;
    let second = Hand::waiting(here.ask(&source).finish());
    source.gate.open();
    assert_eq!(
        (
            first.finish().await.unwrap(),
            second.finish().await.unwrap()
        ),
        (1, 1)
    );
    assert_eq!(source.loads.times(), 1, "a reminder ends no computation");
    assert_eq!(here.get().await, Some(1));
    processes.clock.advance(ManualFleet::REMINDER);
    assert_eq!(here.held(), (0, 0), "and no value outlives it");
}

#[tokio::test]
async fn nothing_stale_survives_a_reconnect() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    here.set(1).await;
    assert_eq!(there.get().await, Some(1));
    there.tier.disconnect();
    here.set(2).await;
    let source = Source::new();
    assert_eq!(
        there.ask(&source).finish().await.unwrap(),
        1,
        "alone, it computes for itself"
    );
    there.tier.reconnect();
    assert_eq!(there.held(), (0, 0));
    assert_eq!(there.get().await, Some(2));
}

#[tokio::test]
async fn what_was_changed_alone_is_made_up_for() {
    for deletes in [false, true] {
        let processes = Processes::new(lru(3));
        let (here, there) = processes.start_two();
        here.set(1).await;
        assert_eq!(there.get().await, Some(1));
        here.tier.disconnect();
        if deletes {
            here.delete().await;
        } else {
            here.set(2).await;
            assert_eq!(here.get().await, Some(2));
        }
        assert_eq!(there.get().await, Some(1), "it cannot know");
        here.tier.reconnect();
        settle().await;
        assert_eq!((there.get().await, here.get().await), (None, None));
        assert_eq!(processes.value(), None);
    }
}

#[tokio::test]
async fn computation_that_spans_an_outage_is_not_stored_after_it() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    here.tier.disconnect();
    let source = Source::new();
    source.gate.close();
    let alone = Hand::waiting(here.ask(&source).finish());
    settle().await;
    there.set(50).await;
    here.tier.reconnect();
    source.gate.open();
    assert_eq!(alone.finish().await.unwrap(), 1);
    settle().await;
    assert_eq!((here.get().await, there.get().await), (Some(50), Some(50)));
}

#[tokio::test]
async fn value_that_cannot_be_read_is_a_miss_that_is_counted_and_computed_anew() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    there.set(1).await;
    assert!(
        processes
            .fleet
            .corrupt(global_place(), "k", b"\xFF of another age")
    );
    assert_eq!(here.get().await, None);
    assert_eq!((here.shared().unreadable, here.shared().hits), (1, 0));
    let source = Source::new();
    source.loads.note();
    assert_eq!(here.ask(&source).finish().await.unwrap(), 1);
    assert_eq!(processes.value(), Some(1), "others find what can be read");
    assert_eq!(here.shared().unreadable, 2);
}

#[tokio::test]
async fn value_that_cannot_be_written_stays_here_and_older_ones_go() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    there.set(1).await;
    here.set(UNWRITABLE).await;
    assert_eq!(here.get().await, Some(UNWRITABLE));
    assert_eq!((processes.value(), there.get().await), (None, None));
    assert_eq!(here.shared().unwritable, 1);
}

#[tokio::test]
async fn call_whose_outcome_is_not_known_leaves_nothing_wrong() {
    for call in [
        TierCall::TakeLease,
        TierCall::Publish,
        TierCall::Delete,
        TierCall::GetOrLease,
    ] {
        for done in [false, true] {
            let processes = Processes::new(lru(3));
            let (here, there) = processes.start_two();
            there.set(1).await;
            assert_eq!(here.get().await, Some(1));
            let error = TierError::TimedOut {
                after: std::time::Duration::from_millis(1),
            };
            let fault = match done {
                true => TierFault::Done(error),
                false => TierFault::NotDone(error),
            };
            here.tier.fail_next(call, fault);
            let expected = if call == TierCall::Delete {
                here.delete().await;
                None
            } else if call == TierCall::GetOrLease {
                there.delete().await;
                let source = Source::new();
                here.ask(&source).finish().await.unwrap();
                continue;
            } else {
                here.set(2).await;
                Some(2)
            };
            processes.clock.advance(ManualFleet::REMINDER);
            settle().await;
            let seen = there.get().await;
            assert!(
                seen.is_none() || seen == expected,
                "{call:?} {done}: {seen:?}"
            );
        }
    }
}
