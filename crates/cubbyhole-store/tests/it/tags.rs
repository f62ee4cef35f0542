//! Groups of values, and epochs of scopes.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, PolicyOptions};
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};

use crate::support::{Hand, Seen, Shelf, Source, by_user, keep_all, lru, now, settle, ttl, user};

fn set(shelf: &Shelf<u32>, key: &str, tags: &[&str]) {
    let loaded = Loaded::new(1).with_tags(tags.iter().copied());
    let outcome = now(shelf.store.set_loaded(&shelf.entry, key, loaded)).unwrap();
    assert!(outcome.is_kept());
}

#[test]
fn tag_takes_what_has_it_and_nothing_else() {
    for policy in [lru(10), keep_all(), ttl(60)] {
        let shelf = Shelf::new(policy);
        set(&shelf, "a", &["red", "round"]);
        set(&shelf, "b", &["red"]);
        set(&shelf, "c", &["round"]);
        shelf.set("d", 1);
        shelf.store.invalidate_tag("red");
        let found = ["a", "b", "c", "d"].map(|key| shelf.get(key).is_some());
        assert_eq!(found, [false, false, true, true]);
        assert_eq!(
            (shelf.len(), shelf.values().len(), shelf.held().0),
            (2, 2, 2)
        );
        set(&shelf, "a", &["red"]);
        assert!(shelf.get("a").is_some(), "what comes later is good");
    }
}

#[test]
fn i14_tag_is_a_whole_word() {
    let shelf = Shelf::new(lru(10));
    set(&shelf, "k", &["users"]);
    for other in ["user", "usersAbc", "Users", "users ", "", "users\0"] {
        shelf.store.invalidate_tag(other);
        assert!(shelf.get("k").is_some(), "{other:?}");
    }
    shelf.store.invalidate_tag("users");
    assert!(shelf.get("k").is_none());
}

#[test]
fn tag_takes_pinned_values_and_those_in_reserve() {
    let options = PolicyOptions::new().with_stale_if_error(Duration::from_secs(60));
    let shelf = Shelf::new(ttl(10).with_options(options).unwrap());
    let loaded = Loaded::new(1).with_tags(["red"]);
    now(shelf
        .store
        .set_loaded(&shelf.entry, "pinned", loaded.clone().pinned()))
    .unwrap();
    now(shelf.store.set_loaded(&shelf.entry, "reserve", loaded)).unwrap();
    shelf.advance(20);
    shelf.store.invalidate_tag("red");
    assert_eq!(shelf.unpin("pinned"), None);
    assert_eq!(shelf.held(), (0, 0));
}

#[tokio::test]
async fn i9_old_value_whose_tag_was_invalidated_is_not_served() {
    let options = PolicyOptions::new().with_stale_if_error(Duration::from_secs(60));
    let shelf = Shelf::new(ttl(10).with_options(options).unwrap());
    let source = Source::new();
    let tagged = |value| Loaded::new(value).with_tags(["red"]);
    source.ask_with(&shelf, tagged).finish().await.unwrap();
    shelf.advance(20);
    source.set_broken(true);
    assert_eq!(source.ask_with(&shelf, tagged).finish().await.unwrap(), 1);
    shelf.store.invalidate_tag("red");
    assert!(source.ask_with(&shelf, tagged).finish().await.is_err());
}

#[tokio::test]
async fn i1_load_that_began_before_its_tag_was_invalidated_is_not_stored() {
    for holds_the_tag in [false, true] {
        let shelf = Shelf::new(lru(10));
        if holds_the_tag {
            set(&shelf, "other", &["red"]);
        }
        let source = Source::new();
        source.gate.close();
        let tagged = |value| Loaded::new(value).with_tags(["red"]);
        let mut asking = source.ask_with(&shelf, tagged);
        assert!(asking.poll().is_pending());
        settle().await;
        shelf.store.invalidate_tag("red");
        source.gate.open();
        assert_eq!(asking.finish().await.unwrap(), 1, "who waited has it");
        assert_eq!(shelf.get("k"), None, "and nobody else");
        assert_eq!(source.ask_with(&shelf, tagged).finish().await.unwrap(), 2);
        assert_eq!(shelf.get("k"), Some(2));
    }
}

#[tokio::test]
async fn i2_who_comes_after_the_invalidation_of_a_tag_does_not_get_an_older_value() {
    let shelf = Shelf::new(lru(10));
    let source = Source::new();
    source.gate.close();
    let tagged = |value| Loaded::new(value).with_tags(["red"]);
    let mut before = source.ask_with(&shelf, tagged);
    assert!(before.poll().is_pending());
    settle().await;
    shelf.store.invalidate_tag("red");
    // Nobody knows yet that the value under way has that tag, so these wait for it, and then for a newer one.
    let mut after = source.ask_with(&shelf, tagged);
    let mut only_waits = Hand::new(shelf.store.get_or_wait(&shelf.entry, "k"));
    assert!(after.poll().is_pending() && only_waits.poll().is_pending());
    source.gate.open();
    assert_eq!(before.finish().await.unwrap(), 1);
    assert_eq!(after.finish().await.unwrap(), 2);
    assert_ne!(only_waits.finish().await.unwrap(), Some(1));
    assert_eq!(source.loads.times(), 2);
}

#[tokio::test]
async fn i7_what_counts_is_when_the_computation_began() {
    let shelf = Shelf::new(lru(10));
    let source = Source::new();
    shelf.store.invalidate_tag("red");
    let tagged = |value| Loaded::new(value).with_tags(["red"]);
    source.gate.close();
    let mut asking = source.ask_with(&shelf, tagged);
    assert!(asking.poll().is_pending());
    settle().await;
    source.gate.open();
    assert_eq!(asking.finish().await.unwrap(), 1);
    assert_eq!(shelf.get("k"), Some(1), "it began later");
}

#[test]
fn tag_reaches_every_entry_and_every_scope_or_one() {
    let store = CacheStore::new();
    let mine = CachedRegistryEntry::<u32>::new("mine", by_user(lru(5)));
    let ours = CachedRegistryEntry::<String>::new("ours", keep_all());
    let fill = || {
        for id in ["ada", "bob"] {
            let loaded = Loaded::new(1).with_tags(["red"]);
            now(store.set_loaded(&mine, "k", loaded).in_scope(user(id))).unwrap();
        }
        let loaded = Loaded::new("x".to_owned()).with_tags(["red"]);
        now(store.set_loaded(&ours, "k", loaded)).unwrap();
    };
    let found = || {
        let mine = ["ada", "bob"].map(|id| {
            now(store.get(&mine, "k").in_scope(user(id)))
                .unwrap()
                .is_some()
        });
        (mine, now(store.get(&ours, "k")).unwrap().is_some())
    };
    fill();
    assert_eq!(found(), ([true, true], true));
    store.invalidate_tag_in(&CacheScope::user("ada"), "red");
    assert_eq!(found(), ([false, true], true));
    store.invalidate_tag_in(&CacheScope::Global, "red");
    assert_eq!(found(), ([false, true], false));
    // A user called as the global scope is only a user.
    store.invalidate_tag_in(&CacheScope::user(""), "red");
    assert_eq!(found(), ([false, true], false));
    fill();
    store.invalidate_tag("red");
    assert_eq!(found(), ([false, false], false));
    assert!(store.stats().entries.iter().all(|entry| entry.entries == 0));
}

#[test]
fn i8_value_has_the_tags_of_its_last_writer() {
    let shelf = Shelf::new(lru(10));
    set(&shelf, "k", &["red"]);
    set(&shelf, "k", &["blue"]);
    shelf.store.invalidate_tag("red");
    assert!(shelf.get("k").is_some());
    shelf.set("k", 2);
    shelf.store.invalidate_tag("blue");
    assert!(shelf.get("k").is_some(), "a plain value has none");
}

#[test]
fn i10_none_that_is_tagged_while_a_tag_is_invalidated_is_lost() {
    // Each round: writers tag keys while the tag is invalidated; then one more invalidation takes whatever is left.
    let shelf = Shelf::new(keep_all());
    for _ in 0..50 {
        std::thread::scope(|threads| {
            for writer in 0..2 {
                let shelf = &shelf;
                threads.spawn(move || {
                    for key in 0..20 {
                        let key = format!("{writer}/{key}");
                        let loaded = Loaded::new(1).with_tags(["red"]);
                        // One that meets the invalidation may not be kept.
                        let _ = now(shelf.store.set_loaded(&shelf.entry, &key, loaded)).unwrap();
                    }
                });
            }
            threads.spawn(|| shelf.store.invalidate_tag("red"));
        });
        shelf.store.invalidate_tag("red");
        assert_eq!((shelf.len(), shelf.held().0), (0, 0));
    }
}

#[test]
fn i11_an_invalidation_is_seen_by_the_next_read_and_i12_disturbs_no_order() {
    let shelf = Shelf::new(lru(3));
    set(&shelf, "a", &["blue"]);
    set(&shelf, "b", &["red"]);
    set(&shelf, "c", &["blue"]);
    shelf.store.invalidate_tag("red");
    assert_eq!(shelf.get("b"), None);
    shelf.store.invalidate_tag("green");
    shelf.set("d", 1);
    shelf.set("e", 1);
    let found = ["a", "c", "d", "e"].map(|key| shelf.get(key).is_some());
    assert_eq!(found, [false, true, true, true], "the oldest went, as ever");
}

#[test]
fn e7_values_of_a_tag_are_dropped_before_the_invalidation_returns() {
    let store = CacheStore::new();
    let seen = Seen::default();
    let entry = CachedRegistryEntry::new("guards", keep_all());
    for key in 0..1_000 {
        let guard = std::sync::Arc::new(seen.on_drop());
        let loaded = Loaded::new(guard).with_tags(["red"]);
        now(store.set_loaded(&entry, &key.to_string(), loaded)).unwrap();
    }
    store.invalidate_tag("red");
    assert_eq!(seen.times(), 1_000);
}

#[test]
fn many_tags_that_come_and_go_leave_nothing_behind() {
    let shelf = Shelf::new(lru(2));
    for number in 0..10_000 {
        set(&shelf, "k", &[&format!("tag {number}")]);
        if number % 2 == 0 {
            shelf.store.invalidate_tag(&format!("tag {number}"));
        }
    }
    assert_eq!(shelf.held().0, 1);
    shelf.clear();
    assert_eq!(shelf.held(), (0, 0));
    set(&shelf, "k", &["tag 0"]);
    assert!(
        shelf.get("k").is_some(),
        "a new value is good, whatever was forgotten"
    );
}

#[test]
fn bump_epoch_puts_one_scope_out_of_reach_in_every_entry() {
    let store = CacheStore::new();
    let entries = ["a", "b"].map(|uid| CachedRegistryEntry::<u32>::new(uid, by_user(lru(5))));
    let found = |id| {
        let found = |entry| now(store.get(entry, "k").in_scope(user(id))).unwrap();
        [found(&entries[0]), found(&entries[1])]
    };
    for entry in &entries {
        for id in ["ada", "bob"] {
            now(store.set_pinned(entry, "k", 1).in_scope(user(id))).unwrap();
        }
    }
    now(store.bump_epoch(&CacheScope::user("ada")));
    assert_eq!(found("ada"), [None, None]);
    assert_eq!(found("bob"), [Some(1), Some(1)]);
    now(store.set(&entries[0], "k", 2).in_scope(user("ada"))).unwrap();
    assert_eq!(found("ada"), [Some(2), None]);
}

#[test]
fn c6_tags_of_scopes_are_printed_nowhere() {
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(CachePolicy::most_recent()));
    let store = CacheStore::new();
    let loaded = Loaded::new(1).with_tags(["red"]);
    now(store
        .set_loaded(&entry, "k", loaded)
        .in_scope(user("ada@example.org")))
    .unwrap();
    let printed = format!("{store:?} {:?} {:?}", store.stats(), store.in_flight());
    assert!(!printed.contains("ada"), "{printed}");
}
