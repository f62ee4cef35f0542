//! Values that several processes share, each with caches of its own.

mod alone; // the tier is away, or its values are no good
mod changes; // what one process changes, the others lose
mod computing; // one process computes, the others wait
mod lifetimes; // how long, under which tags, pinned or not
mod races; // what is on its way when something changes
mod scopes; // whose value it is

use std::sync::Arc;

use cubbyhole_core::SetOutcome;
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Leased};
use cubbyhole_testkit::{ManualFleet, ManualTier, TierCall};

use crate::support::{Digits, Processes, Source, VecCache, lru, now, settle};

#[tokio::test]
async fn value_that_one_process_has_computed_is_found_by_the_others() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let source = Source::new();
    assert_eq!(here.ask(&source).finish().await.unwrap(), 1);
    assert_eq!(there.ask(&source).finish().await.unwrap(), 1);
    assert_eq!(processes.start().get().await, Some(1));
    assert_eq!(source.loads.times(), 1);
    assert_eq!(
        (here.stats().computations, there.stats().computations),
        (1, 0)
    );
    assert_eq!(here.stats().load_times.count(), 1);
    assert_eq!(there.stats().load_times.count(), 0);
    assert_eq!((here.shared().misses, here.shared().published), (1, 1));
    assert_eq!((there.shared().hits, there.shared().misses), (1, 0));
}

#[tokio::test]
async fn what_is_here_is_found_without_asking_the_tier() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    here.set(1).await;
    let calls = || [TierCall::Get, TierCall::GetOrLease].map(|call| here.tier.calls(call));
    assert_eq!(calls(), [0, 0]);
    for _ in 0..100 {
        assert_eq!(now(here.store.get(&here.entry, "k")).unwrap(), Some(1));
        assert_eq!(here.ask(&Source::new()).ready().unwrap(), 1);
    }
    assert_eq!(calls(), [0, 0]);
    let there = processes.start();
    assert_eq!((there.get().await, there.get().await), (Some(1), Some(1)));
    assert_eq!(there.tier.calls(TierCall::Get), 1, "the second was at hand");
}

#[tokio::test]
async fn miss_leaves_no_shell_and_counts_once() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    assert_eq!(here.get().await, None);
    assert_eq!(
        here.store.get_or_wait(&here.entry, "k").await.unwrap(),
        None
    );
    assert_eq!(here.held(), (0, 0));
    assert_eq!((here.stats().hits, here.stats().misses), (0, 2));
    assert!(here.store.in_flight().is_empty());
    here.delete().await;
    assert_eq!(here.held(), (0, 0));
}

#[tokio::test]
async fn get_or_wait_finds_what_others_have() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    here.set(5).await;
    let found = there.store.get_or_wait(&there.entry, "k").await;
    assert_eq!(found.unwrap(), Some(5));
}

#[tokio::test]
async fn lease_is_a_right_in_the_whole_fleet() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let Leased::Lease(lease) = here.store.get_or_lease(&here.entry, "k").await.unwrap() else {
        panic!("there is no value yet");
    };
    let source = Source::new();
    let mut waiting = there.ask(&source);
    assert!(waiting.poll().is_pending());
    settle().await;
    assert_eq!(lease.publish(7).await, Some(SetOutcome::Kept));
    assert_eq!(waiting.finish().await.unwrap(), 7);
    assert_eq!(source.loads.times(), 0);
    let third = processes.start();
    match third.store.get_or_lease(&third.entry, "k").await.unwrap() {
        Leased::Value(value) => assert_eq!(value, 7),
        Leased::Lease(_) => panic!("there is a value"),
    }
}

#[tokio::test]
async fn lease_that_fails_or_is_dropped_lets_the_others_know() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    for fails in [true, false] {
        let Leased::Lease(lease) = here.store.get_or_lease(&here.entry, "k").await.unwrap() else {
            panic!("there is no value yet");
        };
        let source = Source::new();
        let mut waiting = there.ask(&source);
        assert!(waiting.poll().is_pending());
        settle().await;
        if fails {
            lease.fail("no luck");
            let error = waiting.finish().await.unwrap_err();
            assert!(error.to_string().contains("no luck"), "{error}");
        } else {
            drop(lease);
            assert_eq!(waiting.finish().await.unwrap(), 1, "it computes by itself");
        }
    }
}

#[tokio::test]
async fn waiting_on_a_thread_is_refused() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    let load = || Ok::<_, std::io::Error>(1);
    let errors = [
        here.store
            .get_or_load_blocking(&here.entry, "k", load)
            .unwrap_err(),
        here.store
            .refresh_blocking(&here.entry, "k", load)
            .unwrap_err(),
        here.store.delete_blocking(&here.entry, "k").unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(error, CacheError::SharedBlocking { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("asynchronous"), "{error}");
    }
    assert_eq!(here.held(), (0, 0));
}

#[test]
fn set_without_a_runtime_is_an_error_and_stores_nothing() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    let error = now(here.store.set(&here.entry, "k", 1)).unwrap_err();
    assert!(matches!(error, CacheError::NoRuntime { .. }), "{error}");
    assert_eq!(here.held(), (0, 0));
    assert_eq!(processes.value(), None);
}

#[tokio::test]
async fn set_whose_future_is_dropped_reaches_the_others_all_the_same() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    there.set(1).await;
    here.tier.hold_calls();
    let mut set = crate::support::Hand::new(here.store.set(&here.entry, "k", 2));
    assert!(set.poll().is_pending());
    drop(set);
    here.tier.release_all();
    settle().await;
    assert_eq!((processes.value(), there.get().await), (Some(2), Some(2)));
}

#[test]
fn entries_that_disagree_about_their_tier_are_refused() {
    let fleet = ManualFleet::new(cubbyhole_core::ManualClock::new());
    let (one, other) = (fleet.node(), fleet.node());
    let store = CacheStore::new();
    let plain = || CachedRegistryEntry::<u32>::new("shelf", lru(3));
    let shared =
        |tier: &Arc<ManualTier>| plain().with_shared_tier(Arc::<ManualTier>::clone(tier), Digits);
    store.register(&shared(&one)).unwrap();
    store.register(&shared(&one)).unwrap();
    for entry in [plain(), shared(&other), shared(&one).require_shared_tier()] {
        let error = store.register(&entry).unwrap_err();
        assert!(matches!(error, CacheError::CacheConflict { .. }), "{error}");
    }
    let own_make = CachedRegistryEntry::<u32>::new("other", lru(3))
        .with_cache(VecCache::for_scope)
        .with_shared_tier(one, Digits);
    let error = store.register(&own_make).unwrap_err();
    assert!(matches!(error, CacheError::Unsupported { .. }), "{error}");
}

#[tokio::test]
async fn store_that_ends_leaves_what_others_share() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    here.set(1).await;
    drop(here);
    assert_eq!(there.get().await, Some(1));
    let statuses = there.store.shared_tiers();
    assert_eq!(statuses.len(), 1);
}
