//! Values that leave a store, and come into another one after a while.

use std::time::Duration;

use cubbyhole_core::{ManualClock, SetOutcome};
use cubbyhole_policy::PolicyOptions;
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Loaded, Restored, SavedValue};
use cubbyhole_testkit::ManualFleet;
use proptest::prelude::*;

use crate::support::{Digits, Shelf, VecCache, by_session, by_user, keep_all, lru, now, ttl, user};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

type Scopes = Vec<(CacheScope, Vec<SavedValue<u32>>)>;

/// Returns all that a store hands out, scope by scope.
fn exported(shelf: &Shelf<u32>) -> Scopes {
    let mut scopes = Scopes::new();
    let take = |scope: &CacheScope, values: Vec<_>| {
        match scopes.last_mut() {
            Some((last, all)) if last == scope => all.extend(values),
            _ => scopes.push((scope.clone(), values)),
        }
        Ok::<_, CacheError>(())
    };
    shelf.store.export(&shelf.entry, take).unwrap();
    scopes
}

/// Brings values into a store, as they are after a while.
fn bring_back(shelf: &Shelf<u32>, scopes: Scopes, elapsed: Duration) -> Restored {
    let restore = shelf.store.begin_restore(&shelf.entry).unwrap();
    let mut restored = Restored::default();
    for (scope, mut values) in scopes {
        for value in &mut values {
            value.times = value.times.after(elapsed);
        }
        restored += restore.put(&scope, values).unwrap();
    }
    restored
}

fn keys(scopes: &Scopes) -> Vec<&str> {
    let values = scopes.iter().flat_map(|(_, values)| values);
    values.map(|value| &*value.key).collect()
}

fn load(shelf: &Shelf<u32>, key: &str, loaded: Loaded<u32>) {
    let outcome = now(shelf.store.set_loaded(&shelf.entry, key, loaded)).unwrap();
    assert_eq!(outcome, SetOutcome::Kept);
}

#[test]
fn exporting_is_no_use_and_no_lookup() {
    for policy in [lru(3), lru(40)] {
        let shelf = Shelf::new(policy);
        for key in ["a", "b", "c"] {
            shelf.set(key, 1);
        }
        assert_eq!(shelf.get("a"), Some(1));
        let before = format!("{:?}", shelf.stats());
        assert_eq!(
            keys(&exported(&shelf)),
            ["b", "c", "a"],
            "the next to go first"
        );
        assert_eq!(format!("{:?}", shelf.stats()), before);
        assert_eq!(keys(&exported(&shelf)), ["b", "c", "a"]);
    }
}

#[test]
fn values_come_back_to_their_scopes_with_pins_and_tags() {
    for policy in [lru(10), ttl(60), keep_all()] {
        for policy in [policy.clone(), by_user(policy.clone()), by_session(policy)] {
            let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy));
            let (ada, bob) = (user("ada").session("1"), user("bob").session("2"));
            ada.enter(|| {
                before.set("plain", 1);
                load(&before, "pinned", Loaded::new(2).pinned());
                load(&before, "tagged", Loaded::new(3).with_tags(["red"]));
            });
            bob.enter(|| before.set("plain", 4));
            let restored = bring_back(&after, exported(&before), Duration::ZERO);
            assert_eq!(restored.values, after.held().0);
            let held = ada.enter(|| ["plain", "pinned", "tagged"].map(|key| after.get(key)));
            let of_bob = bob.enter(|| ["plain", "pinned", "tagged"].map(|key| after.get(key)));
            if of_bob[1].is_some() {
                assert_eq!(held, of_bob, "they share it");
                assert_eq!(held, [Some(4), Some(2), Some(3)]);
            } else {
                assert_eq!(held, [Some(1), Some(2), Some(3)]);
                assert_eq!(of_bob, [Some(4), None, None]);
            }
            ada.enter(|| {
                assert_eq!(
                    now(after.store.delete(&after.entry, "pinned")).unwrap(),
                    None
                );
            });
            after.store.invalidate_tag("red");
            ada.enter(|| assert_eq!(after.get("tagged"), None));
        }
    }
}

#[test]
fn what_was_left_of_a_life_is_left() {
    let ten = PolicyOptions::new().with_ttl(seconds(10));
    for policy in [ttl(10), lru(9).with_options(ten).unwrap()] {
        let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy));
        before.set("a", 1);
        before.advance(4);
        before.set("b", 1);
        let restored = bring_back(&after, exported(&before), seconds(3));
        assert_eq!((restored.values, restored.expired), (2, 0));
        after.advance(2);
        assert!(after.get("a").is_some() && after.get("b").is_some());
        after.advance(1);
        assert_eq!((after.get("a"), after.get("b")), (None, Some(1)));
        after.advance(4);
        assert_eq!((after.get("b"), after.held().0), (None, 0));
        let after = Shelf::new(before.entry.policy().clone());
        let restored = bring_back(&after, exported(&before), seconds(6));
        assert_eq!((restored.values, restored.expired), (1, 1));
    }
}

#[test]
fn life_of_its_own_comes_back_under_any_policy() {
    for policy in [lru(9), keep_all(), ttl(100)] {
        let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy));
        load(&before, "short", Loaded::new(1).with_ttl(seconds(5)));
        before.set("plain", 1);
        bring_back(&after, exported(&before), seconds(2));
        after.advance(3);
        assert_eq!((after.get("short"), after.get("plain")), (None, Some(1)));
    }
}

#[test]
fn pinned_value_past_its_time_comes_back_and_is_read_once() {
    let (before, after) = (Shelf::new(ttl(10)), Shelf::new(ttl(10)));
    load(&before, "pinned", Loaded::new(1).pinned());
    before.advance(11);
    let restored = bring_back(&after, exported(&before), seconds(100));
    assert_eq!(restored.values, 1);
    after.advance(100);
    let read = || now(after.store.get_unpin(&after.entry, "pinned")).unwrap();
    assert_eq!([read(), read()], [Some(1), None]);
}

#[test]
fn shorter_policy_holds_for_what_comes_back_and_a_longer_one_does_not() {
    let before = Shelf::new(ttl(60));
    before.set("a", 1);
    before.advance(20);
    for (policy, left) in [(ttl(30), 10), (ttl(600), 40)] {
        let after = Shelf::new(policy);
        // So long in use that its clock has passed the age of the value.
        after.advance(100);
        let restored = bring_back(&after, exported(&before), Duration::ZERO);
        assert_eq!(restored.values, 1);
        after.advance(left - 1);
        assert_eq!(after.get("a"), Some(1));
        after.advance(1);
        assert_eq!(after.get("a"), None);
    }
    let restored = bring_back(&Shelf::new(ttl(15)), exported(&before), Duration::ZERO);
    assert_eq!(restored.values, 0);
}

#[test]
fn idle_time_goes_on_while_a_value_is_elsewhere() {
    let idle = PolicyOptions::new().with_time_to_idle(seconds(10));
    let policy = lru(9).with_options(idle).unwrap();
    let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy));
    before.set("a", 1);
    before.advance(4);
    let scopes = exported(&before);
    assert_eq!(bring_back(&after, scopes.clone(), seconds(6)).expired, 1);
    assert_eq!(bring_back(&after, scopes, seconds(5)).values, 1);
}

#[test]
fn values_in_reserve_stay_behind() {
    let options = PolicyOptions::new().with_stale_if_error(seconds(60));
    let shelf = Shelf::new(ttl(10).with_options(options).unwrap());
    shelf.set("old", 1);
    shelf.advance(10);
    shelf.set("new", 1);
    assert_eq!(keys(&exported(&shelf)), ["new"]);
}

#[test]
fn what_is_there_is_newer_and_is_neither_replaced_nor_evicted() {
    for policy in [lru(2), ttl(60), keep_all()] {
        let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy.clone()));
        for key in ["a", "b"] {
            before.set(key, 1);
        }
        after.set("b", 2);
        after.set("c", 2);
        let restored = bring_back(&after, exported(&before), Duration::ZERO);
        let fits = policy != lru(2);
        assert_eq!(after.get("a"), fits.then_some(1));
        assert_eq!((after.get("b"), after.get("c")), (Some(2), Some(2)));
        let expected = if fits { (1, 1, 0) } else { (0, 1, 1) };
        let found = (restored.values, restored.superseded, restored.no_room);
        assert_eq!(found, expected);
    }
}

#[test]
fn what_comes_back_is_evicted_before_what_is_there() {
    let (before, after) = (Shelf::new(lru(4)), Shelf::new(lru(4)));
    for key in ["a", "b", "c"] {
        before.set(key, 1);
    }
    after.set("new", 2);
    bring_back(&after, exported(&before), Duration::ZERO);
    assert_eq!(keys(&exported(&after)), ["a", "b", "c", "new"]);
    after.set("newer", 2);
    assert_eq!(keys(&exported(&after)), ["b", "c", "new", "newer"]);
}

#[test]
fn lives_are_exact_although_the_store_is_in_use() {
    let (before, after) = (Shelf::new(ttl(60)), Shelf::new(ttl(60)));
    before.set("a", 1);
    before.advance(1);
    after.set("new", 2);
    after.advance(30);
    after.set("newer", 2);
    bring_back(&after, exported(&before), Duration::ZERO);
    after.advance(30);
    let found = ["a", "new", "newer"].map(|key| after.get(key));
    assert_eq!(found, [Some(1), None, Some(2)]);
    after.advance(29);
    let found = ["a", "newer"].map(|key| after.get(key));
    assert_eq!(found, [None, Some(2)]);
}

/// Invalidates, between the beginning of a restore and its values, and returns what is there afterwards.
fn invalidated_by(invalidate: impl Fn(&Shelf<u32>)) -> (Restored, Vec<String>) {
    let policy = by_user(lru(10));
    let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy));
    for name in ["ada", "bob"] {
        user(name).enter(|| {
            load(&before, "a", Loaded::new(1).with_tags(["red"]));
            before.set("b", 1);
        });
    }
    let restore = after.store.begin_restore(&after.entry).unwrap();
    invalidate(&after);
    let mut restored = Restored::default();
    for (scope, values) in exported(&before) {
        restored += restore.put(&scope, values).unwrap();
    }
    let mut left = Vec::new();
    for name in ["ada", "bob"] {
        user(name).enter(|| {
            for key in ["a", "b"] {
                if after.get(key).is_some() {
                    left.push(format!("{name}'s {key}"));
                }
            }
        });
    }
    (restored, left)
}

#[test]
fn what_was_invalidated_since_a_restore_began_does_not_come_back() {
    let (ada, bob) = (user("ada"), CacheScope::user("bob"));
    let all = ["ada's a", "ada's b", "bob's a", "bob's b"];
    let (restored, left) = invalidated_by(|_| {});
    assert_eq!((restored.values, left), (4, all.map(String::from).to_vec()));

    let (restored, left) = invalidated_by(|shelf| {
        let deleted = shelf.store.delete(&shelf.entry, "a").in_scope(ada.clone());
        assert_eq!(now(deleted).unwrap(), None);
    });
    assert_eq!(
        (restored.superseded, &left[..1]),
        (1, &["ada's b".to_owned()][..])
    );
    assert_eq!(left.len(), 3);

    let (restored, left) = invalidated_by(|shelf| now(shelf.store.drop_scope(&bob)));
    assert_eq!(
        (restored.superseded, left),
        (2, all[..2].iter().map(|it| (*it).into()).collect())
    );
    let (restored, _) = invalidated_by(|shelf| now(shelf.store.bump_epoch(&bob)));
    assert_eq!(restored.superseded, 2);

    let (restored, left) = invalidated_by(|shelf| now(shelf.store.clear()));
    assert_eq!((restored.superseded, left), (4, vec![]));
    let (_, left) = invalidated_by(|shelf| {
        now(shelf.store.scope_store(&shelf.entry).unwrap().clear());
    });
    assert_eq!(left, Vec::<String>::new());

    let (restored, left) = invalidated_by(|shelf| shelf.store.invalidate_tag("red"));
    assert_eq!(
        (restored.superseded, left),
        (2, vec!["ada's b".to_owned(), "bob's b".to_owned()])
    );
    let (_, left) = invalidated_by(|shelf| shelf.store.invalidate_tag_in(&bob, "red"));
    assert_eq!(left, ["ada's a", "ada's b", "bob's b"]);
}

#[test]
fn what_was_newer_and_has_left_again_does_not_come_back_older() {
    let (before, after) = (Shelf::new(lru(1)), Shelf::new(lru(1)));
    before.set("a", 1);
    after.set("a", 2);
    after.set("b", 2);
    now(after.store.delete(&after.entry, "b")).unwrap();
    assert_eq!(after.held().0, 0);
    let restored = bring_back(&after, exported(&before), Duration::ZERO);
    assert_eq!((restored.superseded, after.get("a")), (1, None));
}

#[test]
fn invalidations_that_came_before_a_restore_do_not_count() {
    let (before, after) = (Shelf::new(lru(9)), Shelf::new(lru(9)));
    before.set("a", 1);
    now(after.store.delete(&after.entry, "a")).unwrap();
    now(after.store.clear());
    let restored = bring_back(&after, exported(&before), Duration::ZERO);
    assert_eq!((restored.values, after.get("a")), (1, Some(1)));
}

#[test]
fn values_come_back_to_no_other_kind_of_scope() {
    let shelf = Shelf::new(by_user(lru(9)));
    let restore = shelf.store.begin_restore(&shelf.entry).unwrap();
    for scope in [CacheScope::Global, CacheScope::session("ada")] {
        let refused = restore.put(&scope, vec![SavedValue::new("a", 1)]);
        assert!(
            matches!(refused, Err(CacheError::OtherCacheType { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn caches_of_another_make_are_neither_exported_nor_restored() {
    let entry = CachedRegistryEntry::<u32>::new("own", lru(9)).with_cache(VecCache::for_scope);
    let store = CacheStore::new();
    let export = store.export(&entry, |_, _| Ok::<_, CacheError>(()));
    assert!(matches!(export, Err(CacheError::Unsupported { .. })));
    let restore = store.begin_restore(&entry);
    assert!(matches!(restore, Err(CacheError::Unsupported { .. })));
}

/// A restart finds them where they are shared, and there without what was invalidated meanwhile.
#[test]
fn values_that_are_shared_are_neither_exported_nor_restored() {
    let tier = ManualFleet::new(ManualClock::new()).node();
    let entry = CachedRegistryEntry::<u32>::new("shared", lru(9)).with_shared_tier(tier, Digits);
    let store = CacheStore::new();
    let export = store.export(&entry, |_, _| Ok::<_, CacheError>(()));
    assert!(matches!(export, Err(CacheError::SharedNotSaved { .. })));
    let restore = store.begin_restore(&entry);
    assert!(matches!(restore, Err(CacheError::SharedNotSaved { .. })));
}

#[test]
fn memory_of_what_came_back_is_given_back_in_time() {
    let (before, after) = (Shelf::new(ttl(60)), Shelf::new(ttl(60)));
    for number in 0..500 {
        before.set(&number.to_string(), number);
    }
    let restored = bring_back(&after, exported(&before), Duration::ZERO);
    assert_eq!((restored.values, after.held()), (500, (500, 1)));
    after.advance(60);
    assert_eq!(after.held(), (0, 0));
}

#[derive(Clone, Debug)]
enum Op {
    Set(u8, bool),
    Get(u8),
    Unpin(u8),
    Delete(u8),
    Advance(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let key = || 0..30_u8;
    prop_oneof![
        6 => (key(), prop::bool::weighted(0.2)).prop_map(|(key, pinned)| Op::Set(key, pinned)),
        4 => key().prop_map(Op::Get),
        1 => key().prop_map(Op::Unpin),
        1 => key().prop_map(Op::Delete),
        1 => (0..4_u64).prop_map(Op::Advance),
    ]
}

fn apply(shelf: &Shelf<u32>, op: &Op, number: u32) {
    let (store, entry) = (&shelf.store, &shelf.entry);
    match op {
        Op::Set(key, pinned) => {
            let loaded = Loaded::new(number);
            let loaded = if *pinned { loaded.pinned() } else { loaded };
            let _kept = now(store.set_loaded(entry, &key.to_string(), loaded)).unwrap();
        }
        Op::Get(key) => drop(shelf.get(&key.to_string())),
        Op::Unpin(key) => drop(now(store.get_unpin(entry, &key.to_string()))),
        Op::Delete(key) => drop(now(store.delete(entry, &key.to_string()))),
        Op::Advance(seconds) => shelf.advance(*seconds),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// A store that was moved into another one goes on as if nothing had happened.
    #[test]
    fn store_that_came_back_goes_on_as_the_one_it_was(
        which in 0..5_usize,
        first in prop::collection::vec(op(), 0..120),
        then in prop::collection::vec(op(), 0..60),
    ) {
        let ten = PolicyOptions::new().with_ttl(seconds(10));
        let policy = [lru(5), lru(20), ttl(10), keep_all(), lru(5).with_options(ten).unwrap()][which].clone();
        let (before, after) = (Shelf::new(policy.clone()), Shelf::new(policy));
        for (number, op) in (0..).zip(&first) {
            apply(&before, op, number);
        }
        let scopes = exported(&before);
        let count = scopes.iter().map(|(_, values)| values.len() as u64).sum::<u64>();
        let restored = bring_back(&after, scopes, Duration::ZERO);
        prop_assert_eq!(restored, { let mut all = Restored::default(); all.values = count; all });
        prop_assert_eq!(after.held(), before.held());
        for (number, op) in (1_000..).zip(&then) {
            apply(&before, op, number);
            apply(&after, op, number);
            for key in 0..30_u8 {
                let has = |shelf: &Shelf<u32>| {
                    shelf.store.why_missing(&shelf.entry, &key.to_string()).unwrap().is_none()
                };
                prop_assert_eq!(has(&before), has(&after), "key {}", key);
            }
        }
    }
}
