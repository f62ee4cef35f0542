//! What stays until it is read. The caches have their own tests; these go through the store.

use std::time::Duration;

use cubbyhole_core::SetOutcome;
use cubbyhole_policy::{CachePolicy, PolicyOptions};

use crate::support::{Shelf, keep_all, lru, ttl};

/// The keys that are there, of those given, without moving any.
fn sorted(shelf: &Shelf<u32>) -> Vec<u32> {
    let mut values = shelf.values();
    values.sort_unstable();
    values
}

#[test]
fn d1_touching_the_most_recent_key_changes_nothing() {
    let shelf = Shelf::new(lru(2));
    shelf.set("a", 1);
    shelf.set("b", 2);
    assert_eq!(shelf.get("b"), Some(2));
    shelf.set("c", 3);
    shelf.set("d", 4);
    assert_eq!(sorted(&shelf), [3, 4]);
    shelf.set("e", 5);
    assert_eq!((shelf.get("e"), sorted(&shelf)), (Some(5), vec![4, 5]));
}

#[test]
fn d2_eviction_ends_among_reads_and_writes() {
    let shelf = Shelf::new(lru(3));
    for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
        shelf.set(key, value);
    }
    shelf.get("a");
    shelf.set("d", 4); // b goes
    shelf.get("c");
    shelf.get("c");
    shelf.set("f", 6); // a goes
    assert_eq!(sorted(&shelf), [3, 4, 6]);
    shelf.set("g", 7); // d goes
    assert_eq!(sorted(&shelf), [3, 6, 7]);
}

#[test]
fn d3_value_that_is_unpinned_is_evicted_in_its_turn() {
    let shelf = Shelf::new(lru(3));
    shelf.pin("p", 1);
    for (key, value) in [("x", 2), ("y", 3), ("z", 4)] {
        shelf.set(key, value);
    }
    assert_eq!(sorted(&shelf), [1, 3, 4]);
    assert_eq!(shelf.unpin("p"), Some(1));
    shelf.set("v", 5); // y is the oldest
    assert_eq!(sorted(&shelf), [1, 4, 5]);
    shelf.set("w", 6);
    shelf.set("u", 7);
    assert_eq!(sorted(&shelf), [5, 6, 7], "p has gone in its turn");
}

#[test]
fn d3_set_without_a_pin_unpins() {
    let shelf = Shelf::new(lru(1));
    shelf.pin("p", 1);
    shelf.set("p", 2);
    assert_eq!(shelf.set("x", 3), SetOutcome::Kept);
    assert_eq!(sorted(&shelf), [3]);
}

#[test]
fn d4_value_that_finds_only_pins_is_not_lost_silently() {
    let shelf = Shelf::new(lru(1));
    assert_eq!(shelf.pin("p", 1), SetOutcome::Kept);
    assert_eq!(shelf.set("n", 2), SetOutcome::NotKept);
    assert_eq!((shelf.get("n"), shelf.get("p")), (None, Some(1)));
    assert_eq!(shelf.pin("q", 3), SetOutcome::Kept);
    assert_eq!(sorted(&shelf), [1, 3]);
}

#[test]
fn d5_cache_shrinks_with_the_read_that_unpins() {
    let shelf = Shelf::new(lru(1));
    for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
        shelf.pin(key, value);
    }
    assert_eq!(shelf.len(), 3);
    assert_eq!((shelf.unpin("a"), shelf.len()), (Some(1), 2));
    assert_eq!((shelf.unpin("b"), shelf.len()), (Some(2), 1));
    assert_eq!((shelf.unpin("c"), shelf.len()), (Some(3), 1));
    assert_eq!(shelf.stats().evictions, 2);
}

#[test]
fn e1_eviction_ends_with_pins_that_come_and_go() {
    let shelf = Shelf::new(lru(2));
    let keys = ["a", "b", "c", "d", "e"];
    for round in 0..200 {
        let key = keys[(round * 7) % 5];
        match round % 4 {
            0 => drop(shelf.pin(key, 1)),
            1 => drop(shelf.set(key, 2)),
            2 => drop(shelf.unpin(key)),
            _ => drop(shelf.get(key)),
        }
        assert!(shelf.len() <= 5);
    }
    for key in keys {
        shelf.unpin(key);
    }
    assert!(shelf.len() <= 2, "{}", shelf.len());
}

#[test]
fn e2_cache_of_one_keeps_the_last() {
    for policy in [lru(1), CachePolicy::most_recent()] {
        let shelf = Shelf::new(policy);
        for value in 0..10 {
            assert_eq!(shelf.set(&value.to_string(), value), SetOutcome::Kept);
            assert_eq!(sorted(&shelf), [value]);
        }
    }
    assert!(
        CachePolicy::lru(0).is_err(),
        "a cache of nothing is refused"
    );
}

#[test]
fn e6_value_that_was_stored_and_is_read_at_once_is_there() {
    for policy in [lru(1), ttl(1), keep_all()] {
        let shelf = Shelf::new(policy);
        for value in 0..100 {
            let key = format!("{value}");
            assert_eq!(shelf.set(&key, value), SetOutcome::Kept);
            assert_eq!(shelf.get(&key), Some(value));
        }
    }
}

#[test]
fn d9_delete_leaves_a_pinned_value_alone_under_every_policy() {
    for policy in [lru(2), CachePolicy::most_recent(), ttl(10), keep_all()] {
        let shelf = Shelf::new(policy);
        shelf.pin("p", 1);
        assert_eq!(shelf.delete("p"), None);
        assert_eq!(shelf.get("p"), Some(1), "a read leaves the pin");
        assert_eq!(shelf.delete("p"), None);
        assert_eq!(shelf.unpin("p"), Some(1));
        assert_eq!(shelf.delete("p"), Some(1));
        assert_eq!(shelf.get("p"), None);
    }
}

#[test]
fn clear_removes_pinned_values_too() {
    let shelf = Shelf::new(lru(2));
    shelf.pin("p", 1);
    shelf.set("a", 2);
    shelf.clear();
    assert_eq!(
        (shelf.get("p"), shelf.get("a"), shelf.held()),
        (None, None, (0, 0))
    );
}

#[test]
fn read_that_evicts_what_it_unpins_is_counted_where_values_have_terms() {
    let options = PolicyOptions::new().with_ttl(Duration::from_secs(10));
    let shelf = Shelf::new(lru(1).with_options(options).unwrap());
    for key in ["a", "b"] {
        shelf.pin(key, 1);
    }
    assert_eq!(shelf.held().0, 2);
    assert_eq!(shelf.unpin("a"), Some(1));
    let stats = shelf.stats();
    assert_eq!((stats.entries, stats.evictions, shelf.len()), (1, 1, 1));
    shelf.advance(10);
    assert_eq!(shelf.unpin("b"), Some(1));
    shelf.advance(1);
    assert_eq!(shelf.held(), (0, 0));
}
