//! One process computes, the others wait for it.

use cubbyhole_policy::PolicyOptions;
use cubbyhole_store::{CacheError, FailedElsewhere};
use cubbyhole_testkit::{ManualFleet, TierCall};

use crate::support::{Broken, Hand, Process, Processes, Source, global_place, lru, settle, ttl};

#[tokio::test]
async fn eight_processes_with_a_hundred_tasks_each_compute_once() {
    let processes = Processes::new(lru(3));
    let fleet: Vec<Process> = (0..8).map(|_| processes.start()).collect();
    let source = Source::new();
    source.gate.close();
    let mut tasks: Vec<_> = fleet
        .iter()
        .flat_map(|process| (0..100).map(|_| process.ask(&source)))
        .collect();
    for task in &mut tasks {
        assert!(task.poll().is_pending());
    }
    settle().await;
    source.gate.open();
    for task in tasks {
        assert_eq!(task.finish().await.unwrap(), 1);
    }
    assert_eq!(source.loads.times(), 1);
    let computed: u64 = fleet
        .iter()
        .map(|process| process.stats().computations)
        .sum();
    assert_eq!(computed, 1);
    for process in &fleet {
        assert_eq!(process.get().await, Some(1));
        assert!(process.store.in_flight().is_empty());
    }
}

#[tokio::test]
async fn waiting_for_another_process_asks_it_nothing() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let source = Source::new();
    source.gate.close();
    let _leading = Hand::waiting(here.ask(&source).finish());
    settle().await;
    let waiting = Hand::waiting(there.ask(&source).finish());
    settle().await;
    assert_eq!(there.tier.calls(TierCall::GetOrLease), 1);
    assert_eq!(there.get().await, None, "get does not wait");
    source.gate.open();
    assert_eq!(waiting.finish().await.unwrap(), 1);
    assert_eq!(there.tier.calls(TierCall::GetOrLease), 2);
}

#[tokio::test]
async fn s7_load_that_fails_is_one_load_and_an_error_for_all_processes() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let source = Source::new();
    source.set_broken(true);
    source.gate.close();
    let leading = Hand::waiting(here.ask(&source).finish());
    settle().await;
    let waiting: Vec<_> = (0..10)
        .map(|_| Hand::waiting(there.ask(&source).finish()))
        .collect();
    settle().await;
    source.gate.open();
    let error = leading.finish().await.unwrap_err();
    assert!(error.downcast_ref::<Broken>().is_some(), "{error}");
    for waiting in waiting {
        let error = waiting.finish().await.unwrap_err();
        let elsewhere = error.downcast_ref::<FailedElsewhere>().unwrap();
        assert_eq!(elsewhere.message(), "the source is broken");
    }
    assert_eq!(source.loads.times(), 1);
    source.set_broken(false);
    assert_eq!(
        there.ask(&source).finish().await.unwrap(),
        1,
        "the key is free"
    );
}

#[tokio::test]
async fn s6_loader_that_panics_frees_the_key_for_the_others() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let loader = || async {
        settle().await;
        if there_is_no_more() {
            panic!("no more");
        }
        Ok::<u32, std::io::Error>(0)
    };
    let leading = Hand::waiting(here.store.get_or_compute(&here.entry, "k", loader));
    let source = Source::new();
    let waiting = there.ask(&source);
    let error = leading.finish().await.unwrap_err();
    assert!(matches!(error, CacheError::Panicked { .. }), "{error}");
    assert_eq!(here.stats().load_times.failures(), 1);
    assert_eq!(waiting.finish().await.unwrap(), 1);
}

fn there_is_no_more() -> bool {
    true
}

#[tokio::test]
async fn s1_caller_who_leaves_hands_over_to_another_process() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let source = Source::new();
    source.gate.close();
    let leading = Hand::waiting(here.ask(&source).finish());
    settle().await;
    let waiting = Hand::waiting(there.ask(&source).finish());
    settle().await;
    drop(leading);
    settle().await;
    source.gate.open();
    assert_eq!(waiting.finish().await.unwrap(), 1);
    assert_eq!(source.loads.times(), 2, "the first was cancelled");
    assert_eq!(there.stats().computations, 1);
}

#[tokio::test]
async fn s18_holder_that_dies_is_taken_over() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let source = Source::new();
    source.gate.close();
    let leading = Hand::waiting(here.ask(&source).finish());
    settle().await;
    let waiting = Hand::waiting(there.ask(&source).finish());
    settle().await;
    here.tier.disconnect();
    processes.clock.advance(ManualFleet::LEASE);
    settle().await;
    assert_eq!(source.loads.times(), 2, "the other computes");
    source.gate.open();
    let (late, taken_over) = (
        leading.finish().await.unwrap(),
        waiting.finish().await.unwrap(),
    );
    assert_ne!(late, taken_over);
    settle().await;
    assert_eq!(
        processes.value(),
        Some(taken_over),
        "who was dead does not overwrite it"
    );
}

#[tokio::test]
async fn value_whose_lease_was_lost_is_handed_over_and_not_stored() {
    let processes = Processes::new(lru(3));
    let here = processes.start();
    let source = Source::new();
    source.gate.close();
    let leading = Hand::waiting(here.ask(&source).finish());
    settle().await;
    assert!(processes.fleet.lose_lease(global_place(), "k"));
    source.gate.open();
    assert_eq!(leading.finish().await.unwrap(), 1);
    settle().await;
    assert_eq!((processes.value(), here.held()), (None, (0, 0)));
    assert_eq!(here.shared().refused, 1);
}

#[tokio::test]
async fn refresh_computes_anew_and_beats_whoever_computes() {
    let processes = Processes::new(lru(3));
    let (here, there) = processes.start_two();
    let source = Source::new();
    assert_eq!(here.ask(&source).finish().await.unwrap(), 1);
    let loader = {
        let source = source.clone();
        move || source.load()
    };
    let fresh = there
        .store
        .refresh(&there.entry, "k", loader)
        .await
        .unwrap();
    assert_eq!(fresh, 2);
    assert_eq!((here.get().await, there.get().await), (Some(2), Some(2)));
}

#[tokio::test]
async fn value_that_ages_is_refreshed_by_one_process() {
    let options = PolicyOptions::new().with_refresh_after(std::time::Duration::from_secs(10));
    let processes = Processes::new(ttl(100).with_options(options).unwrap());
    let (here, there) = processes.start_two();
    let source = Source::new();
    for process in [&here, &there] {
        assert_eq!(process.ask(&source).finish().await.unwrap(), 1);
    }
    processes.advance(11);
    source.gate.close();
    for process in [&here, &there] {
        assert_eq!(process.ask(&source).ready().unwrap(), 1, "nobody waits");
    }
    settle().await;
    assert_eq!(source.loads.times(), 2, "and one refreshes");
    source.gate.open();
    settle().await;
    assert_eq!((here.get().await, there.get().await), (Some(2), Some(2)));
}
