//! What one process changes, the others lose, and nothing else.

use std::sync::{Arc, Mutex};

use cubbyhole_core::ManualClock;
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{
    CacheStore, CachedRegistryEntry, Invalidation, Loaded, MissReason, RemovedBy,
};
use cubbyhole_testkit::{ManualFleet, TierCall};

use crate::support::{Digits, Process, Processes, by_user, keep_all, lru, user};

/// Two processes that both have `k`, with a tag, and a third value of each kind that no change is about.
async fn two_that_have_it() -> (Processes, Process, Process) {
    let processes = Processes::new(lru(5));
    let (here, there) = processes.start_two();
    for (key, tag) in [("k", "weather"), ("other", "prices")] {
        let loaded = Loaded::new(1).with_tags([tag]);
        here.store
            .set_loaded(&here.entry, key, loaded)
            .await
            .unwrap();
        assert_eq!(there.store.get(&there.entry, key).await.unwrap(), Some(1));
    }
    assert_eq!((here.held(), there.held()), ((2, 1), (2, 1)));
    (processes, here, there)
}

#[tokio::test]
async fn set_drops_the_copies_of_others_and_keeps_its_own() {
    let (_processes, here, there) = two_that_have_it().await;
    here.set(2).await;
    assert_eq!((here.held(), there.held()), ((2, 1), (1, 1)));
    let asked = here.tier.calls(TierCall::Get);
    assert_eq!((here.get().await, there.get().await), (Some(2), Some(2)));
    assert_eq!(
        here.tier.calls(TierCall::Get),
        asked,
        "c13: its own was there"
    );
}

#[tokio::test]
async fn delete_drops_the_copies_of_all() {
    let (processes, here, there) = two_that_have_it().await;
    assert_eq!(here.delete().await, Some(1));
    assert_eq!((here.held(), there.held()), ((1, 1), (1, 1)));
    assert_eq!((here.get().await, there.get().await), (None, None));
    assert_eq!(processes.value(), None);
    let why = there.store.why_missing(&there.entry, "k").unwrap();
    assert_eq!(why, Some(MissReason::Deleted));
}

#[tokio::test]
async fn invalidated_tag_drops_what_has_it() {
    let (processes, here, there) = two_that_have_it().await;
    here.store.invalidate_tag("weather");
    assert_eq!((here.held(), there.held()), ((1, 1), (1, 1)));
    assert_eq!((here.get().await, there.get().await), (None, None));
    assert_eq!(processes.value(), None);
    let other = there.store.get(&there.entry, "other").await;
    assert_eq!(other.unwrap(), Some(1));
}

#[tokio::test]
async fn cleared_entry_is_cleared_everywhere_and_others_are_not() {
    for whole_store in [false, true] {
        let (processes, here, there) = two_that_have_it().await;
        let beside = CachedRegistryEntry::<u32>::new("beside", keep_all());
        there.store.set(&beside, "k", 9).await.unwrap();
        if whole_store {
            here.store.clear().await;
        } else {
            here.store.scope_store(&here.entry).unwrap().clear().await;
        }
        assert_eq!((here.held(), there.held()), ((0, 0), (0, 0)));
        assert!(processes.fleet.values().is_empty());
        assert_eq!((here.get().await, there.get().await), (None, None));
        // What is not shared is nobody else's to clear.
        assert_eq!(there.store.get(&beside, "k").await.unwrap(), Some(9));
        here.set(3).await;
        assert_eq!(there.get().await, Some(3), "and they go on");
    }
}

#[tokio::test]
async fn scope_that_ends_ends_everywhere_with_its_reason() {
    for (bumps, reason) in [
        (false, MissReason::ScopeDropped),
        (true, MissReason::EpochBumped),
    ] {
        let processes = Processes::new(by_user(lru(3)));
        let (here, there) = processes.start_two();
        for name in ["ada", "bob"] {
            here.set(1).in_scope(user(name)).await;
            assert_eq!(there.get().in_scope(user(name)).await, Some(1));
        }
        let ada = CacheScope::user("ada");
        if bumps {
            here.store.bump_epoch(&ada).await;
        } else {
            here.store.drop_scope(&ada).await;
        }
        assert_eq!((here.held(), there.held()), ((1, 1), (1, 1)));
        let why = async { there.store.why_missing(&there.entry, "k").unwrap() };
        assert_eq!(why.in_scope(user("ada")).await, Some(reason));
        for process in [&here, &there] {
            assert_eq!(process.get().in_scope(user("ada")).await, None);
            assert_eq!(process.get().in_scope(user("bob")).await, Some(1));
        }
    }
}

#[tokio::test]
async fn process_that_has_just_started_ends_a_scope_everywhere() {
    let processes = Processes::new(by_user(lru(3)));
    let here = processes.start();
    here.set(1).in_scope(user("ada")).await;
    let started = CacheStore::builder()
        .shared_tier(processes.fleet.node())
        .build();
    started.drop_scope(&CacheScope::user("ada")).await;
    assert!(processes.fleet.values().is_empty());
    assert_eq!(here.held(), (0, 0));
}

#[tokio::test]
async fn tag_in_one_scope_leaves_other_scopes_alone() {
    let processes = Processes::new(by_user(lru(3)));
    let (here, there) = processes.start_two();
    for name in ["ada", "bob"] {
        let loaded = Loaded::new(1).with_tags(["weather"]);
        let set = here.store.set_loaded(&here.entry, "k", loaded);
        set.in_scope(user(name)).await.unwrap();
        assert_eq!(there.get().in_scope(user(name)).await, Some(1));
    }
    here.store
        .invalidate_tag_in(&CacheScope::user("ada"), "weather");
    for process in [&here, &there] {
        assert_eq!(process.get().in_scope(user("ada")).await, None);
        assert_eq!(process.get().in_scope(user("bob")).await, Some(1));
    }
}

#[tokio::test]
async fn listener_is_told_why_a_copy_left() {
    let fleet = ManualFleet::new(ManualClock::new());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&seen);
    let entry = CachedRegistryEntry::new("shelf", lru(3))
        .with_shared_tier(fleet.node(), Digits)
        .on_removal(move |removal| heard.lock().unwrap().push((removal.value, removal.by)));
    let store = CacheStore::new();
    let there = CachedRegistryEntry::new("shelf", lru(3)).with_shared_tier(fleet.node(), Digits);
    let other = CacheStore::new();

    store.set(&entry, "k", 1).await.unwrap();
    other.set(&there, "k", 2).await.unwrap();
    assert_eq!(store.get(&entry, "k").await.unwrap(), Some(2));
    other.delete(&there, "k").await.unwrap();
    let deleted = RemovedBy::Invalidated(Invalidation::Deleted);
    assert_eq!(
        *seen.lock().unwrap(),
        [(1, RemovedBy::Replaced), (2, deleted)]
    );
    let stats = store.stats();
    assert_eq!(stats.entries[0].entries, 0);
    assert_eq!(stats.entries[0].scopes, 0);
}
