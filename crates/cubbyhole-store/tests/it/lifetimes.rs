//! How long a value is kept, by its policy and by its loader.

use std::time::Duration;

use cubbyhole_core::{ManualClock, SetOutcome};
use cubbyhole_policy::{CachePolicy, PolicyOptions};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};

use crate::support::{Broken, Shelf, Source, keep_all, lru, now, ttl};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with(policy: CachePolicy, options: PolicyOptions) -> CachePolicy {
    policy.with_options(options).unwrap()
}

fn set(shelf: &Shelf<u32>, key: &str, loaded: Loaded<u32>) -> SetOutcome {
    now(shelf.store.set_loaded(&shelf.entry, key, loaded)).unwrap()
}

#[test]
fn lru_with_a_ttl_is_bounded_by_count_and_by_age() {
    for policy in [lru(2), CachePolicy::most_recent()] {
        let shelf = Shelf::new(with(
            policy.clone(),
            PolicyOptions::new().with_ttl(seconds(10)),
        ));
        for key in ["a", "b", "c"] {
            shelf.set(key, 1);
        }
        let most = if policy == lru(2) { 2 } else { 1 };
        assert_eq!(shelf.len(), most, "by count");
        assert_eq!(shelf.get("c"), Some(1));
        shelf.advance(9);
        shelf.set("c", 2);
        shelf.advance(1);
        assert_eq!((shelf.get("b"), shelf.get("c")), (None, Some(2)), "by age");
        shelf.advance(9);
        assert_eq!(shelf.held(), (0, 0), "and memory comes back untouched");
        assert_eq!(shelf.clock.alarms(), 0);
    }
}

#[test]
fn value_that_is_read_stays_and_one_that_is_idle_goes() {
    let options = PolicyOptions::new().with_time_to_idle(seconds(10));
    for policy in [lru(5), ttl(60)] {
        let shelf = Shelf::new(with(policy, options));
        shelf.set("read", 1);
        shelf.set("idle", 2);
        for _ in 0..5 {
            shelf.advance(9);
            assert_eq!(shelf.get("read"), Some(1));
        }
        assert_eq!(shelf.held(), (1, 1));
        shelf.advance(10);
        assert_eq!(shelf.held(), (0, 0));
    }
}

#[test]
fn e15_reading_never_lengthens_past_the_ttl() {
    let options = PolicyOptions::new().with_time_to_idle(seconds(10));
    let shelf = Shelf::new(with(ttl(25), options));
    shelf.set("k", 1);
    for _ in 0..3 {
        shelf.advance(8);
        assert_eq!(shelf.get("k"), Some(1));
    }
    shelf.advance(1);
    assert_eq!((shelf.get("k"), shelf.held()), (None, (0, 0)));
}

#[test]
fn e12_value_that_is_read_often_leaves_no_alarm_behind() {
    let options = PolicyOptions::new().with_time_to_idle(seconds(10));
    let shelf = Shelf::new(with(lru(5), options));
    shelf.set("k", 1);
    for _ in 0..1_000 {
        shelf.advance(1);
        assert_eq!(shelf.get("k"), Some(1));
        assert!(shelf.clock.alarms() <= 1);
    }
}

#[test]
fn e16_jitter_stays_in_its_bounds_and_is_drawn_for_each_value() {
    let options = PolicyOptions::new().with_jitter(seconds(20));
    let entry = CachedRegistryEntry::<u32>::new("jitter", with(ttl(100), options));
    let lives = |seed| {
        let clock = ManualClock::new();
        let builder = CacheStore::builder().clock(clock.clone());
        let store = builder.jitter_seed(seed).build();
        for key in 0..200 {
            now(store.set(&entry, &key.to_string(), key)).unwrap();
        }
        let len = || store.scope_store(&entry).unwrap().len().unwrap();
        clock.advance(seconds(80) - Duration::from_nanos(1));
        assert_eq!(len(), 200, "nobody goes before its time");
        let mut lens = Vec::new();
        for _ in 0..4 {
            clock.advance(seconds(5));
            lens.push(len());
        }
        clock.advance(Duration::from_nanos(1));
        assert_eq!(len(), 0, "nobody stays beyond the ttl");
        lens
    };
    let lens = lives(7);
    assert!(lens.windows(2).all(|pair| pair[0] > pair[1]), "{lens:?}");
    assert!((100..190).contains(&lens[0]), "evenly: {lens:?}");
    assert_eq!(lives(7), lens, "the same seed draws the same");
    assert_ne!(lives(8), lens);
}

#[test]
fn loader_decides_how_long_its_value_lives() {
    for policy in [lru(5), CachePolicy::most_recent(), keep_all(), ttl(10)] {
        let shelf = Shelf::new(policy.clone());
        set(&shelf, "k", Loaded::new(1).with_ttl(seconds(30)));
        shelf.advance(29);
        assert_eq!(
            shelf.get("k"),
            Some(1),
            "longer than its policy: {policy:?}"
        );
        shelf.advance(1);
        assert_eq!((shelf.get("k"), shelf.held()), (None, (0, 0)), "{policy:?}");
        set(&shelf, "k", Loaded::new(1).with_ttl(seconds(2)));
        shelf.advance(2);
        assert_eq!(shelf.get("k"), None, "or shorter");
        assert_eq!(
            set(&shelf, "k", Loaded::new(1).with_ttl(Duration::ZERO)),
            SetOutcome::NotKept
        );
        assert_eq!(shelf.get("k"), None, "or not at all");
    }
}

#[test]
fn cache_that_learns_of_terms_late_loses_nothing() {
    for policy in [lru(3), keep_all(), ttl(10)] {
        let shelf = Shelf::new(policy.clone());
        shelf.set("a", 1);
        shelf.pin("b", 2);
        shelf.advance(4);
        set(&shelf, "c", Loaded::new(3).with_ttl(seconds(100)));
        assert_eq!(
            (shelf.get("a"), shelf.get("b"), shelf.get("c")),
            (Some(1), Some(2), Some(3))
        );
        assert_eq!(shelf.delete("b"), None, "it is still pinned");
        assert_eq!(shelf.held(), (3, 1));
        shelf.advance(6);
        let a = if policy == ttl(10) { None } else { Some(1) };
        assert_eq!(
            (shelf.get("a"), shelf.get("c")),
            (a, Some(3)),
            "each in its own time"
        );
        assert_eq!(shelf.unpin("b"), Some(2));
    }
}

#[test]
fn e13_the_longest_times_are_for_ever() {
    let options = PolicyOptions::new()
        .with_ttl(Duration::MAX)
        .with_stale_if_error(Duration::MAX);
    let shelf = Shelf::new(with(lru(5), options));
    shelf.set("k", 1);
    set(&shelf, "l", Loaded::new(2).with_ttl(Duration::MAX));
    shelf.advance(u64::MAX / 4);
    assert_eq!((shelf.get("k"), shelf.get("l")), (Some(1), Some(2)));
}

#[test]
fn pinned_value_outlives_its_ttl_and_goes_when_it_was_read() {
    let shelf = Shelf::new(with(lru(5), PolicyOptions::new().with_ttl(seconds(10))));
    shelf.pin("k", 1);
    shelf.advance(60);
    assert_eq!(shelf.get("k"), Some(1));
    assert_eq!(shelf.unpin("k"), Some(1));
    assert_eq!(shelf.get("k"), None);
    shelf.advance(1);
    assert_eq!(shelf.held(), (0, 0));
    set(&shelf, "l", Loaded::new(2).pinned().with_ttl(seconds(1)));
    shelf.advance(5);
    assert_eq!(shelf.unpin("l"), Some(2));
    assert_eq!(shelf.get("l"), None);
}

#[tokio::test]
async fn loader_may_say_that_its_value_is_not_stored() {
    let shelf = Shelf::new(lru(5));
    let source = Source::new();
    for expected in 1..=2 {
        let asked = source.ask_with(&shelf, |value| Loaded::new(value).uncached());
        assert_eq!(asked.finish().await.unwrap(), expected);
        assert_eq!(shelf.get("k"), None);
    }
    shelf.set("k", 7);
    assert_eq!(
        set(&shelf, "k", Loaded::new(8).uncached()),
        SetOutcome::NotKept
    );
    assert_eq!(
        shelf.get("k"),
        None,
        "there is a newer answer than what was stored"
    );
    shelf.pin("k", 9);
    set(&shelf, "k", Loaded::new(10).uncached());
    assert_eq!(shelf.get("k"), Some(9), "somebody still waits to read that");
}

#[tokio::test]
async fn negative_answer_is_kept_for_its_own_time_if_the_policy_says_so() {
    let shelf = Shelf::new(lru(5));
    set(&shelf, "k", Loaded::new(0).negative());
    assert_eq!(shelf.get("k"), None, "nobody has asked for that");

    let shelf = Shelf::new(with(
        ttl(60),
        PolicyOptions::new().with_negative_ttl(seconds(5)),
    ));
    set(&shelf, "k", Loaded::new(0).negative());
    assert_eq!(shelf.get("k"), Some(0));
    shelf.advance(5);
    assert_eq!(shelf.get("k"), None);
}

#[tokio::test]
async fn error_is_kept_for_its_own_time_if_the_policy_says_so() {
    let shelf = Shelf::new(with(
        lru(5),
        PolicyOptions::new().with_negative_ttl(seconds(5)),
    ));
    let source = Source::new();
    source.set_broken(true);
    for _ in 0..3 {
        let error = source.ask(&shelf).finish().await.unwrap_err();
        assert!(error.downcast_ref::<Broken>().is_some(), "{error}");
    }
    assert_eq!(source.loads.times(), 1);
    assert_eq!(shelf.get("k"), None, "an error is not a value");
    assert_eq!(shelf.len(), 0);
    source.set_broken(false);
    shelf.advance(5);
    assert_eq!(source.ask(&shelf).finish().await.unwrap(), 1);
    assert_eq!(source.loads.times(), 2);

    source.set_broken(true);
    shelf.delete("k");
    assert!(source.ask(&shelf).finish().await.is_err());
    shelf.set("k", 7);
    assert_eq!(
        source.ask(&shelf).finish().await.unwrap(),
        7,
        "a value beats an error"
    );
    shelf.delete("k");
    assert!(source.ask(&shelf).finish().await.is_err());
    shelf.delete("k");
    source.set_broken(false);
    assert_eq!(
        source.ask(&shelf).finish().await.unwrap(),
        2,
        "so does a delete"
    );
    shelf.delete("k");
    assert!(source.loads.times() == 5);
    shelf.advance(60);
    assert_eq!(shelf.held(), (0, 0), "nothing is left of errors");
}

#[tokio::test]
async fn errors_that_are_remembered_take_no_more_than_so_much() {
    let shelf = Shelf::new(with(
        keep_all(),
        PolicyOptions::new().with_negative_ttl(seconds(5)),
    ));
    for key in 0..3_000 {
        let loader = || async { Err::<u32, _>(Broken) };
        let key = format!("{key}");
        assert!(
            shelf
                .store
                .get_or_compute(&shelf.entry, &key, loader)
                .await
                .is_err()
        );
    }
    let loads = shelf.stats().computations;
    let loader = || async { Err::<u32, _>(Broken) };
    assert!(
        shelf
            .store
            .get_or_compute(&shelf.entry, "2999", loader)
            .await
            .is_err()
    );
    assert_eq!(
        shelf.stats().computations,
        loads,
        "the last ones are remembered"
    );
    assert!(
        shelf
            .store
            .get_or_compute(&shelf.entry, "0", loader)
            .await
            .is_err()
    );
    assert_eq!(
        shelf.stats().computations,
        loads + 1,
        "the first ones made room"
    );
}
