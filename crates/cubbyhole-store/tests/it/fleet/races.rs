//! What is on its way when something changes.

use std::time::Duration;

use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::Loaded;
use cubbyhole_testkit::{ManualFleet, TierCall};

use crate::support::{Hand, Process, Processes, Source, by_user, lru, settle, user};

/// What another process may do to a value.
#[derive(Clone, Copy, Debug)]
enum Change {
    Set,
    Delete,
    Tag,
    Clear,
    DropScope,
    BumpEpoch,
}

const CHANGES: [Change; 6] = [
    Change::Set,
    Change::Delete,
    Change::Tag,
    Change::Clear,
    Change::DropScope,
    Change::BumpEpoch,
];

/// Changes `k`; a new value is 50.
async fn change(process: &Process, change: Change) {
    match change {
        Change::Set => process.set(50).await,
        Change::Delete => drop(process.delete().await),
        Change::Tag => process.store.invalidate_tag("weather"),
        Change::Clear => process.store.clear().await,
        Change::DropScope => process.store.drop_scope(&CacheScope::Global).await,
        Change::BumpEpoch => process.store.bump_epoch(&CacheScope::Global).await,
    }
    settle().await;
}

fn after(change: Change) -> Option<u32> {
    matches!(change, Change::Set).then_some(50)
}

async fn set_tagged(process: &Process, value: u32) {
    let loaded = Loaded::new(value).with_tags(["weather"]);
    process
        .store
        .set_loaded(&process.entry, "k", loaded)
        .await
        .unwrap();
}

#[tokio::test]
async fn value_that_changes_elsewhere_while_it_is_fetched_is_not_kept() {
    for what in CHANGES {
        for computes in [false, true] {
            let processes = Processes::new(lru(3));
            let (here, there) = processes.start_two();
            set_tagged(&there, 1).await;
            here.tier.hold_answers();
            let source = Source::new();
            let mut fetch = match computes {
                true => here.ask(&source),
                false => Hand::new(async { Ok(here.get().await.unwrap_or(0)) }),
            };
            assert!(fetch.poll().is_pending());
            here.tier.until_held(1).await;
            change(&there, what).await;
            here.tier.release_all();
            assert_eq!(
                fetch.finish().await.unwrap(),
                1,
                "{what:?}: it was so when it was asked"
            );
            settle().await;
            assert_eq!(here.held(), (0, 0), "{what:?}");
            assert_eq!(here.get().await, after(what), "{what:?}");
        }
    }
}

#[tokio::test]
async fn change_that_is_heard_of_late_still_drops_the_copy() {
    for what in CHANGES {
        let processes = Processes::new(lru(3));
        let (here, there) = processes.start_two();
        set_tagged(&there, 1).await;
        here.tier.hold_messages();
        assert_eq!(here.get().await, Some(1));
        change(&there, what).await;
        here.tier.deliver_all();
        assert_eq!(here.held(), (0, 0), "{what:?}");
        assert_eq!(here.get().await, after(what), "{what:?}");
    }
}

#[tokio::test]
async fn c11_fetched_value_does_not_overwrite_one_that_was_set_here_meanwhile() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    there.set(1).await;
    here.tier.hold_answers();
    let fetch = Hand::waiting(here.get());
    here.tier.until_held(1).await;
    let set = Hand::waiting(here.store.set(&here.entry, "k", 2));
    here.tier.release_all();
    assert_eq!(fetch.finish().await, Some(1), "it was so when it was asked");
    assert!(set.finish().await.unwrap().is_kept());
    assert_eq!((here.get().await, there.get().await), (Some(2), Some(2)));
    assert_eq!(here.tier.calls(TierCall::Get), 1, "its own copy stayed");
}

#[tokio::test]
async fn i1_computation_that_began_before_a_change_elsewhere_is_stored_nowhere() {
    for what in CHANGES {
        let processes = Processes::new(lru(3));
        let (here, there) = processes.start_two();
        let source = Source::new();
        source.gate.close();
        let tagged = {
            let source = source.clone();
            move || async move {
                source
                    .load()
                    .await
                    .map(|value| Loaded::new(value).with_tags(["weather"]))
            }
        };
        let leading = Hand::waiting(here.store.get_or_load(&here.entry, "k", tagged));
        settle().await;
        change(&there, what).await;
        source.gate.open();
        assert_eq!(
            leading.finish().await.unwrap(),
            1,
            "{what:?}: who asked is answered"
        );
        settle().await;
        assert_eq!(processes.value(), after(what), "{what:?}");
        assert_eq!(here.held(), (0, 0), "{what:?}");
        assert_eq!(here.get().await, after(what), "{what:?}");
    }
}

#[tokio::test]
async fn i2_who_asks_after_a_change_elsewhere_does_not_join_the_older_computation() {
    for what in CHANGES {
        let processes = Processes::new(lru(3));
        let (here, there) = processes.start_two();
        let source = Source::new();
        source.gate.close();
        let older = Hand::waiting(here.ask(&source).finish());
        settle().await;
        change(&there, what).await;
        if let Change::Tag = what {
            continue; // Which tags a value has is known when it is there.
        }
        let mut later = here.ask(&source);
        let _ = later.poll();
        settle().await;
        source.gate.open();
        let older = older.finish().await.unwrap();
        let later = later.finish().await.unwrap();
        assert_ne!(later, older, "{what:?}");
        settle().await;
        assert_eq!(here.get().await, Some(later), "{what:?}");
    }
}

#[tokio::test]
async fn delete_here_holds_while_the_tier_has_not_heard_of_it() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    here.set(1).await;
    here.tier.hold_calls();
    let delete = Hand::waiting(here.delete());
    assert_eq!(here.held(), (0, 0));
    let mut get = Hand::new(here.get());
    let _ = get.poll();
    here.tier.release_all();
    assert_eq!(get.finish().await, None, "it does not come back");
    assert_eq!(delete.finish().await, Some(1));
    assert_eq!((here.get().await, processes.value()), (None, None));
}

#[tokio::test]
async fn computation_that_a_set_here_has_overtaken_is_not_published_after_it() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    here.tier.hold_answers();
    let fetch = Hand::waiting(here.get());
    let source = Source::new();
    let asked = Hand::waiting(here.ask(&source).finish());
    here.tier.until_held(1).await;
    there.set(50).await; // Takes the fetch off its list; who waits for it may still compute.
    let set = Hand::waiting(here.store.set(&here.entry, "k", 60));
    settle().await;
    processes.clock.advance(ManualFleet::LEASE);
    here.tier.release_all();
    fetch.finish().await;
    asked.finish().await.unwrap();
    set.finish().await.unwrap();
    settle().await;
    let (here, there) = (here.get().await, there.get().await);
    assert!(
        there.is_none_or(|value| Some(value) == here),
        "{here:?} and {there:?}"
    );
}

#[tokio::test]
async fn promise_here_is_kept_whatever_others_do() {
    for what in CHANGES {
        let processes = Processes::new(lru(3));
        let (here, there) = processes.start_two();
        let pending = here.store.set_pending(&here.entry, "k").unwrap();
        let ends = matches!(what, Change::Clear | Change::DropScope | Change::BumpEpoch);
        change(&there, what).await;
        here.set(9).await;
        assert_eq!(pending.wait().await.is_err(), ends, "{what:?}");
        assert_eq!(there.get().await, Some(9), "{what:?}");
    }
}

/// Reads or asks for `k` while all other calls of the tier are held.
async fn fetch_alone(process: &Process, computes: bool) -> u32 {
    let source = Source::new();
    let (call, mut fetch) = match computes {
        true => (TierCall::GetOrLease, process.ask(&source)),
        false => {
            let get = async { Ok(process.get().await.unwrap_or_default()) };
            (TierCall::Get, Hand::new(get))
        }
    };
    assert!(fetch.poll().is_pending());
    settle().await;
    assert!(process.tier.release(call));
    fetch.finish().await.unwrap()
}

#[tokio::test]
async fn value_that_was_set_and_evicted_while_the_tier_was_told_is_not_kept_as_it_was_before() {
    for computes in [false, true] {
        let processes = Processes::new(lru(1));
        let (here, there) = processes.start_two();
        there.set(1).await;
        here.tier.hold_calls();
        let set = Hand::waiting(here.store.set(&here.entry, "k", 2));
        let other = Hand::waiting(here.store.set(&here.entry, "other", 7));
        assert_eq!(fetch_alone(&here, computes).await, 1, "it is so there");
        here.tier.release_all();
        assert!(set.finish().await.unwrap().is_kept());
        assert!(other.finish().await.unwrap().is_kept());
        assert_eq!(here.get().await, Some(2), "{computes}");
    }
}

#[tokio::test]
async fn value_that_was_set_and_expired_while_the_tier_was_told_is_not_kept_as_it_was_before() {
    for computes in [false, true] {
        let processes = Processes::new(by_user(lru(1)));
        let (here, there) = processes.start_two();
        there.set(1).in_scope(user("ada")).await;
        here.tier.hold_calls();
        let brief = Loaded::new(2).with_ttl(Duration::from_secs(1));
        let set = here.store.set_loaded(&here.entry, "k", brief);
        let set = Hand::waiting(set.in_scope(user("ada")));
        processes.advance(1);
        assert_eq!(here.held(), (0, 0), "nothing is left of the scope");
        let fetch = fetch_alone(&here, computes).in_scope(user("ada"));
        assert_eq!(fetch.await, 1, "it is so there");
        assert_eq!(here.held(), (1, 1));
        here.tier.release_all();
        assert!(set.finish().await.unwrap().is_kept());
        let found = here.get().in_scope(user("ada")).await;
        assert_eq!(found, Some(2), "{computes}");
    }
}
