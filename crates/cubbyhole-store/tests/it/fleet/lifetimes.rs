//! How long, under which tags, pinned or not: what goes along with a value, and what stays.

use std::time::Duration;

use cubbyhole_policy::PolicyOptions;
use cubbyhole_store::Loaded;

use crate::support::{Processes, global_place, keep_all, lru, ttl};

#[tokio::test]
async fn c10_what_is_left_of_a_lifetime_goes_along() {
    let processes = Processes::new(ttl(10));
    let (here, there) = processes.start_two();
    here.set(1).await;
    processes.advance(7);
    assert_eq!(there.get().await, Some(1));
    processes.advance(2);
    assert_eq!(there.get().await, Some(1));
    processes.advance(1);
    assert_eq!((here.get().await, there.get().await), (None, None));
    assert_eq!(processes.value(), None);
}

#[tokio::test]
async fn lifetime_of_its_own_goes_along() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let loaded = Loaded::new(1).with_ttl(Duration::from_secs(5));
    here.store
        .set_loaded(&here.entry, "k", loaded)
        .await
        .unwrap();
    processes.advance(4);
    assert_eq!(there.get().await, Some(1));
    processes.advance(1);
    assert_eq!(there.get().await, None);
}

#[tokio::test]
async fn c10_tags_go_along() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let loaded = Loaded::new(1).with_tags(["weather"]);
    here.store
        .set_loaded(&here.entry, "k", loaded)
        .await
        .unwrap();
    assert_eq!(there.get().await, Some(1));
    // Here and now, by a tag that came over the tier.
    there.store.invalidate_tag("weather");
    assert_eq!(there.held(), (0, 0));
    assert_eq!((here.get().await, there.get().await), (None, None));
}

#[tokio::test]
async fn negative_answer_is_one_for_all() {
    let options = PolicyOptions::new().with_negative_ttl(Duration::from_secs(3));
    let processes = Processes::new(ttl(100).with_options(options).unwrap());
    let (here, there) = processes.start_two();
    let nothing = Loaded::new(0).negative();
    here.store
        .set_loaded(&here.entry, "k", nothing)
        .await
        .unwrap();
    assert_eq!(there.get().await, Some(0));
    processes.advance(3);
    assert_eq!((here.get().await, there.get().await), (None, None));
}

#[tokio::test]
async fn value_that_is_not_to_be_kept_is_kept_nowhere() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    for loaded in [
        Loaded::new(2).uncached(),
        Loaded::new(2).with_ttl(Duration::ZERO),
        Loaded::new(2).negative(),
    ] {
        there.set(1).await;
        here.store
            .set_loaded(&here.entry, "k", loaded)
            .await
            .unwrap();
        assert_eq!(processes.value(), None, "what was there is out of date");
        assert_eq!((here.get().await, there.get().await), (None, None));
    }
}

#[tokio::test]
async fn pin_is_of_one_process_and_holds_against_a_delete_of_another() {
    let processes = Processes::new(lru(1));
    let (here, there) = processes.start_two();
    here.store.set_pinned(&here.entry, "k", 1).await.unwrap();
    assert_eq!(there.get().await, Some(1));
    assert_eq!(here.delete().await, None, "as without a tier");
    assert_eq!(processes.value(), Some(1));
    assert_eq!(there.delete().await, Some(1), "it has no pin there");
    assert_eq!(here.get().await, Some(1));
    there.set(2).await;
    assert_eq!(
        here.get().await,
        Some(2),
        "a new value takes the place of any"
    );
}

#[tokio::test]
async fn each_process_has_the_bound_of_the_policy() {
    let processes = Processes::new(lru(2));
    let (here, there) = processes.start_two();
    for key in ["a", "b", "c"] {
        here.store.set(&here.entry, key, 1).await.unwrap();
    }
    assert_eq!(here.held(), (2, 1));
    for key in ["a", "b", "c"] {
        assert_eq!(there.store.get(&there.entry, key).await.unwrap(), Some(1));
    }
    assert_eq!(there.held(), (2, 1));
}

#[tokio::test]
async fn exchanged_policy_keeps_its_place_in_the_tier() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    here.set(1).await;
    here.store.set_policy(&here.entry, keep_all()).unwrap();
    assert_eq!(here.get().await, Some(1));
    there.set(2).await;
    assert_eq!(here.held(), (0, 0), "it still hears of changes");
    assert_eq!(here.get().await, Some(2));
    let value = processes.fleet.value(global_place(), "k");
    assert_eq!(value.unwrap().lifetime, None);
}
