//! Old values used well: refreshing ahead, serving them on errors, backing off, time limits.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, PolicyOptions};
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, CachedRegistryEntry};

use crate::support::{Broken, Hand, Shelf, Source, by_user, keep_all, lru, now, settle, ttl, user};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with(policy: CachePolicy, options: PolicyOptions) -> CachePolicy {
    policy.with_options(options).unwrap()
}

/// Fresh for 10 seconds, usable for 20, in reserve for 40 more.
fn options() -> PolicyOptions {
    PolicyOptions::new()
        .with_refresh_after(seconds(10))
        .with_stale_if_error(seconds(40))
        .with_retry_after(seconds(1))
}

async fn loaded() -> (Shelf<u32>, Source) {
    let shelf = Shelf::new(with(ttl(20), options()));
    let source = Source::new();
    assert_eq!(source.ask(&shelf).finish().await.unwrap(), 1);
    (shelf, source)
}

#[tokio::test]
async fn value_that_is_due_for_a_refresh_is_served_at_once_and_computed_once() {
    let (shelf, source) = loaded().await;
    shelf.advance(9);
    assert_eq!(source.ask(&shelf).ready().unwrap(), 1);
    settle().await;
    assert_eq!(source.loads.times(), 1, "it is fresh");
    shelf.advance(1);
    source.gate.close();
    for _ in 0..5 {
        assert_eq!(source.ask(&shelf).ready().unwrap(), 1, "nobody waits");
    }
    settle().await;
    assert_eq!(source.loads.times(), 2, "and one refreshes");
    source.gate.open();
    settle().await;
    assert_eq!(shelf.get("k"), Some(2));
    shelf.advance(19);
    assert_eq!(shelf.get("k"), Some(2), "its time begins anew");
}

#[tokio::test]
async fn value_without_a_ttl_is_refreshed_too() {
    for policy in [lru(3), keep_all(), CachePolicy::most_recent()] {
        let options = PolicyOptions::new().with_refresh_after(seconds(10));
        let shelf = Shelf::new(with(policy, options));
        let source = Source::new();
        source.ask(&shelf).finish().await.unwrap();
        shelf.advance(1_000);
        assert_eq!(source.ask(&shelf).ready().unwrap(), 1);
        settle().await;
        assert_eq!(source.ask(&shelf).ready().unwrap(), 2);
    }
}

#[tokio::test]
async fn who_comes_when_the_value_has_expired_waits_for_the_refresh_that_runs() {
    let (shelf, source) = loaded().await;
    shelf.advance(10);
    source.gate.close();
    source.ask(&shelf).ready().unwrap();
    shelf.advance(10);
    let waiting = Hand::waiting(async { source.ask(&shelf).finish().await });
    source.gate.open();
    assert_eq!(waiting.finish().await.unwrap(), 2);
    assert_eq!(source.loads.times(), 2);
}

#[tokio::test]
async fn s13_refresh_runs_in_the_scope_of_who_asked() {
    let policy = with(by_user(ttl(20)), options());
    let entry = CachedRegistryEntry::<String>::new("name", policy);
    let shelf = Shelf::with(entry);
    let ask = |id: &'static str| {
        let loader = || async {
            let context = cubbyhole_scope::ScopeContext::current();
            let id = context.resolve(cubbyhole_policy::CacheType::User).unwrap();
            Ok::<_, Broken>(id.id().unwrap().as_str().to_owned())
        };
        let asked = shelf.store.get_or_compute(&shelf.entry, "k", loader);
        Hand::new(asked.in_scope(user(id)))
    };
    for id in ["ada", "bob"] {
        assert_eq!(ask(id).finish().await.unwrap(), id);
    }
    shelf.advance(10);
    for id in ["ada", "bob"] {
        assert_eq!(ask(id).ready().unwrap(), id);
    }
    settle().await;
    assert_eq!(shelf.stats().computations, 4);
    for id in ["ada", "bob"] {
        assert_eq!(ask(id).ready().unwrap(), id);
    }
}

/// A way to invalidate the key `k` of the global scope.
type Invalidate = fn(&Shelf<u32>);

const WAYS: [(&str, Invalidate); 4] = [
    ("delete", |shelf| {
        shelf.delete("k");
    }),
    ("clear", |shelf| shelf.clear()),
    ("drop_scope", |shelf| shelf.drop_scope(&CacheScope::Global)),
    ("bump_epoch", |shelf| {
        now(shelf.store.bump_epoch(&CacheScope::Global));
    }),
];

#[tokio::test]
async fn i1_refresh_that_began_before_an_invalidation_is_discarded() {
    for (way, invalidate) in WAYS {
        let (shelf, source) = loaded().await;
        shelf.advance(10);
        source.gate.close();
        source.ask(&shelf).ready().unwrap();
        settle().await;
        invalidate(&shelf);
        source.gate.open();
        settle().await;
        assert_eq!((shelf.get("k"), shelf.held()), (None, (0, 0)), "{way}");
    }
}

#[tokio::test]
async fn i5_refresh_never_undoes_a_remove_and_a_set() {
    let (shelf, source) = loaded().await;
    shelf.advance(10);
    source.gate.close();
    source.ask(&shelf).ready().unwrap();
    settle().await;
    shelf.delete("k");
    shelf.set("k", 1); // The same value as before.
    shelf.advance(5);
    source.gate.open();
    settle().await;
    assert_eq!(shelf.get("k"), Some(1));
    shelf.advance(14);
    assert_eq!(shelf.get("k"), Some(1), "with the time of its writer");
    shelf.advance(1);
    assert_eq!(shelf.get("k"), None);
}

#[tokio::test]
async fn i9_nothing_old_outlives_an_invalidation() {
    for (way, invalidate) in WAYS {
        let (shelf, source) = loaded().await;
        shelf.advance(25);
        invalidate(&shelf);
        source.set_broken(true);
        let error = source.ask(&shelf).finish().await.unwrap_err();
        assert!(error.downcast_ref::<Broken>().is_some(), "{way}: {error}");
        // Nor one that comes while the source is being asked.
        let (shelf, source) = loaded().await;
        shelf.advance(25);
        source.set_broken(true);
        source.gate.close();
        let asking = Hand::waiting(async { source.ask(&shelf).finish().await });
        settle().await;
        invalidate(&shelf);
        source.gate.open();
        assert!(asking.finish().await.is_err(), "{way}");
    }
}

#[tokio::test]
async fn old_value_is_served_when_the_source_fails_and_not_for_ever() {
    let (shelf, source) = loaded().await;
    source.set_broken(true);
    shelf.advance(20);
    assert_eq!(
        (shelf.get("k"), shelf.len()),
        (None, 0),
        "it is past its time"
    );
    assert_eq!(
        source.ask(&shelf).finish().await.unwrap(),
        1,
        "but better than an error"
    );
    shelf.advance(39);
    assert_eq!(source.ask(&shelf).finish().await.unwrap(), 1);
    shelf.advance(1);
    let error = source.ask(&shelf).finish().await.unwrap_err();
    assert!(error.downcast_ref::<Broken>().is_some());
    assert_eq!(shelf.held().0, 0);
}

#[tokio::test]
async fn panic_and_refresh_fail_as_softly() {
    let (shelf, source) = loaded().await;
    shelf.advance(10);
    source.set_broken(true);
    assert_eq!(source.ask(&shelf).ready().unwrap(), 1);
    settle().await;
    assert_eq!((source.loads.times(), shelf.get("k")), (2, Some(1)));
    shelf.advance(10);
    let panicking = shelf.store.get_or_compute(&shelf.entry, "k", || async {
        if true {
            panic!("the source is gone");
        }
        Ok::<u32, Broken>(0)
    });
    assert_eq!(Hand::new(panicking).finish().await.unwrap(), 1);
}

#[tokio::test]
async fn i13_old_value_that_was_served_is_not_stored_again() {
    let (shelf, source) = loaded().await;
    source.set_broken(true);
    for _ in 0..3 {
        shelf.advance(19);
        let _ = source.ask(&shelf).finish().await;
    }
    // Served again and again, it is still as old as it is: 57 seconds. At 60 it goes.
    shelf.advance(3);
    assert!(source.ask(&shelf).finish().await.is_err());
    // And a newer value that was set while the source failed stays.
    let (shelf, source) = loaded().await;
    shelf.advance(25);
    source.set_broken(true);
    source.gate.close();
    let asking = Hand::waiting(async { source.ask(&shelf).finish().await });
    settle().await;
    shelf.set("k", 9);
    source.gate.open();
    assert_eq!(asking.finish().await.unwrap(), 9);
    settle().await;
    assert_eq!(shelf.get("k"), Some(9));
}

#[tokio::test]
async fn source_that_is_broken_is_left_alone_longer_and_longer() {
    let (shelf, source) = loaded().await;
    source.set_broken(true);
    shelf.advance(20);
    let loads = |source: &Source| source.loads.times() - 1;
    for (wait, expected) in [
        (0, 1),
        (0, 1),
        (1, 2),
        (1, 2),
        (1, 3),
        (3, 3),
        (1, 4),
        (7, 4),
        (1, 5),
    ] {
        shelf.advance(wait);
        assert_eq!(source.ask(&shelf).finish().await.unwrap(), 1);
        assert_eq!(loads(&source), expected, "after {wait} s more");
    }
    source.set_broken(false);
    shelf.advance(16);
    assert_eq!(
        source.ask(&shelf).finish().await.unwrap(),
        2,
        "it is well again"
    );
    source.set_broken(true);
    shelf.advance(20);
    for (wait, expected) in [(0, 7), (1, 8), (1, 8), (1, 9)] {
        shelf.advance(wait);
        assert_eq!(source.ask(&shelf).finish().await.unwrap(), 2);
        assert_eq!(loads(&source), expected, "it begins anew");
    }
}

#[tokio::test]
async fn refresh_that_fails_is_not_tried_again_at_once() {
    let (shelf, source) = loaded().await;
    source.set_broken(true);
    shelf.advance(10);
    for _ in 0..5 {
        assert_eq!(source.ask(&shelf).ready().unwrap(), 1);
        settle().await;
    }
    assert_eq!(source.loads.times(), 2);
    shelf.advance(1);
    assert_eq!(source.ask(&shelf).ready().unwrap(), 1);
    settle().await;
    assert_eq!(source.loads.times(), 3);
}

fn slow(soft: u64, hard: u64) -> PolicyOptions {
    options()
        .with_soft_timeout(seconds(soft))
        .with_hard_timeout(seconds(hard))
}

#[tokio::test]
async fn after_the_soft_timeout_everybody_has_the_old_value_and_the_load_goes_on() {
    let shelf = Shelf::new(with(ttl(20), slow(2, 8)));
    let source = Source::new();
    source.ask(&shelf).finish().await.unwrap();
    shelf.advance(20);
    source.gate.close();
    let mut waiting: Vec<_> = (0..3).map(|_| source.ask(&shelf)).collect();
    for hand in &mut waiting {
        assert!(hand.poll().is_pending());
    }
    settle().await;
    shelf.advance(1);
    assert!(waiting.iter_mut().all(|hand| hand.poll().is_pending()));
    shelf.advance(1);
    for hand in waiting {
        assert_eq!(hand.wakes(), 1);
        assert_eq!(hand.ready().unwrap(), 1);
    }
    assert_eq!(
        source.ask(&shelf).ready().unwrap(),
        1,
        "nobody waits for long from now on"
    );
    assert_eq!(source.loads.times(), 2);
    source.gate.open();
    settle().await;
    assert_eq!(shelf.get("k"), Some(2), "it came all the same");
    assert!(
        shelf.clock.alarms() <= 2,
        "that of the value, and one that finds nothing"
    );
}

#[tokio::test]
async fn without_an_old_value_the_soft_timeout_means_nothing() {
    let shelf = Shelf::new(with(ttl(20), slow(2, 8)));
    let source = Source::new();
    source.gate.close();
    let mut asking = source.ask(&shelf);
    assert!(asking.poll().is_pending());
    settle().await;
    shelf.advance(7);
    assert!(asking.poll().is_pending());
    source.gate.open();
    assert_eq!(asking.finish().await.unwrap(), 1);
}

#[tokio::test]
async fn s11_hard_timeout_frees_who_waits_and_the_key() {
    let options = PolicyOptions::new().with_hard_timeout(seconds(5));
    for policy in [lru(3), keep_all(), ttl(60), CachePolicy::most_recent()] {
        let shelf = Shelf::new(with(policy, options));
        let source = Source::new();
        source.gate.close();
        let mut waiting: Vec<_> = (0..3).map(|_| source.ask(&shelf)).collect();
        for hand in &mut waiting {
            assert!(hand.poll().is_pending());
        }
        settle().await;
        shelf.advance(5);
        for hand in waiting {
            let error = hand.ready().unwrap_err();
            assert!(matches!(error, CacheError::TimedOut { .. }), "{error}");
            assert!(error.to_string().contains("5s"), "{error}");
        }
        assert!(shelf.store.in_flight().is_empty());
        source.gate.open();
        assert_eq!(
            source.ask(&shelf).finish().await.unwrap(),
            1,
            "the key is free"
        );
        assert_eq!(shelf.stats().load_times.failures(), 1);
        shelf.delete("k");
        settle().await;
        shelf.advance(60);
        assert_eq!(shelf.clock.alarms(), 0);
    }
}

#[tokio::test]
async fn load_that_comes_after_its_hard_timeout_changes_nothing() {
    // It cannot be stopped: it does not await anything any more.
    let shelf = Shelf::new(with(
        keep_all(),
        PolicyOptions::new().with_hard_timeout(seconds(5)),
    ));
    let clock = shelf.clock.clone();
    let loader = move || async move {
        clock.advance(seconds(5));
        Ok::<_, Broken>(1)
    };
    let asked = Hand::new(shelf.store.get_or_compute(&shelf.entry, "k", loader));
    assert!(asked.finish().await.is_err());
    settle().await;
    assert_eq!(shelf.get("k"), None);
}

#[tokio::test]
async fn after_the_hard_timeout_an_old_value_is_better_than_none() {
    let shelf = Shelf::new(with(ttl(20), options().with_hard_timeout(seconds(5))));
    let source = Source::new();
    source.ask(&shelf).finish().await.unwrap();
    shelf.advance(20);
    source.gate.close();
    let mut asking = source.ask(&shelf);
    assert!(asking.poll().is_pending());
    settle().await;
    shelf.advance(5);
    assert_eq!(asking.ready().unwrap(), 1);
    assert!(shelf.store.in_flight().is_empty());
}

#[tokio::test]
async fn load_that_is_in_time_leaves_no_alarm_behind() {
    let shelf = Shelf::new(with(
        lru(3),
        PolicyOptions::new().with_hard_timeout(seconds(5)),
    ));
    let source = Source::new();
    for _ in 0..1_000 {
        source.ask(&shelf).finish().await.unwrap();
        shelf.delete("k");
        assert!(shelf.clock.alarms() <= 1);
    }
    shelf.advance(5);
    assert_eq!(shelf.clock.alarms(), 0);
}

#[tokio::test]
async fn asking_anew_computes_what_is_there_and_takes_no_old_value() {
    let (shelf, source) = loaded().await;
    assert_eq!(source.refresh(&shelf).finish().await.unwrap(), 2);
    assert_eq!(shelf.get("k"), Some(2));
    source.set_broken(true);
    let error = source.refresh(&shelf).finish().await.unwrap_err();
    assert!(error.downcast_ref::<Broken>().is_some());
    assert_eq!(shelf.get("k"), Some(2), "it is still good");
    source.set_broken(false);
    source.gate.close();
    let mut hands: Vec<_> = (0..3).map(|_| source.refresh(&shelf)).collect();
    for hand in &mut hands {
        assert!(hand.poll().is_pending());
    }
    source.gate.open();
    for hand in hands {
        assert_eq!(
            hand.finish().await.unwrap(),
            3,
            "they share one computation"
        );
    }
}

#[tokio::test]
async fn s1_caller_that_is_dropped_at_any_poll_leaves_no_flight_behind() {
    for polls in 0..6 {
        for advance in [10, 25] {
            let (shelf, source) = loaded().await;
            shelf.advance(advance);
            source.gate.close();
            let mut caller = source.ask(&shelf);
            let mut anew = source.refresh(&shelf);
            let mut served = false;
            for _ in 0..polls {
                served = served || caller.poll().is_ready();
                assert!(anew.poll().is_pending());
                settle().await;
            }
            drop((caller, anew));
            source.gate.open();
            settle().await;
            assert!(shelf.store.in_flight().is_empty(), "after {polls} polls");
            assert!(source.ask(&shelf).finish().await.is_ok());
        }
    }
}
