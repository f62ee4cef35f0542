//! How many entries there are, and which one leaves when there are too many.

use super::{key, numbered};
use crate::conformance::{CacheUnderTest, Subject};

/// How many entries fill the cache: its capacity, or a few where there is none.
fn full(subject: &Subject<u64>) -> u64 {
    subject.profile().capacity().unwrap_or(5) as u64
}

fn filled(subject: &Subject<u64>) -> CacheUnderTest<u64> {
    let cache = subject.cache();
    cache.fill(numbered(0..full(subject)));
    cache
}

pub fn least_recently_used_entry_leaves_first(subject: &Subject<u64>) {
    let cache = filled(subject);
    let full = full(subject);
    // The order of use is now that of the numbers, but for the first, which is used last.
    assert_eq!(cache.get(&key(0)), Some(0));
    let mut order: Vec<u64> = (1..full).chain([0]).collect();
    for new in full..full * 2 {
        cache.fill(numbered(new..new + 1));
        order.push(new);
        let mut left = cache.values();
        left.sort_unstable();
        let survivors = subject.survivors(order.len());
        let mut expected = order[order.len() - survivors..].to_vec();
        expected.sort_unstable();
        assert_eq!(left, expected, "used in this order: {order:?}");
    }
}

pub fn using_the_most_recent_entry_changes_nothing(subject: &Subject<u64>) {
    let cache = filled(subject);
    let last = full(subject) - 1;
    for _ in 0..3 {
        assert_eq!(cache.get(&format!("key {last}")), Some(last));
        assert!(cache.set(&format!("key {last}"), last).is_kept());
    }
    for new in 100..100 + full(subject) * 2 {
        cache.fill(numbered(new..new + 1));
        assert_eq!(cache.get(&format!("key {new}")), Some(new));
    }
    let bounded = subject.profile().capacity().is_some();
    assert_eq!(cache.get(&format!("key {last}")).is_none(), bounded);
}

pub fn pinned_entries_may_be_more_than_the_bound(subject: &Subject<u64>) {
    let cache = subject.cache();
    let most = full(subject) + 3;
    for (key, value) in numbered(0..most) {
        assert!(cache.set_pinned(&key, value).is_kept());
    }
    assert_eq!(cache.len() as u64, most);
    for (key, value) in numbered(0..most) {
        assert_eq!(cache.get(&key), Some(value));
    }
}

pub fn unpinning_brings_the_cache_back_within_its_bound(subject: &Subject<u64>) {
    let cache = subject.cache();
    let most = full(subject) + 3;
    for (key, value) in numbered(0..most) {
        assert!(cache.set_pinned(&key, value).is_kept());
    }
    for (key, value) in numbered(0..most) {
        assert_eq!(cache.get_unpin(&key), Some(value), "its reader has it");
    }
    assert_eq!(
        cache.len(),
        subject.survivors(cache.len().max(usize::try_from(most).unwrap_or_default()))
    );
}

pub fn value_that_finds_everything_pinned_is_not_lost_silently(subject: &Subject<u64>) {
    let cache = subject.cache();
    for (key, value) in numbered(0..full(subject)) {
        assert!(cache.set_pinned(&key, value).is_kept());
    }
    let bounded = subject.profile().capacity().is_some();
    let outcome = cache.set("one too many", 99);
    assert_eq!(outcome.is_kept(), !bounded);
    assert_eq!(cache.get("one too many").is_some(), outcome.is_kept());
    assert_eq!(cache.get_unpin(&key(0)), Some(0));
    assert!(
        cache.set("one too many", 99).is_kept(),
        "there is room again"
    );
    assert_eq!(cache.get("one too many"), Some(99));
}
