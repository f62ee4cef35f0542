//! Pins: from `set` to the read that clears them.

use std::time::Duration;

use super::{key, numbered};
use crate::conformance::Subject;

pub fn pinned_entry_is_not_deleted(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    assert_eq!(cache.delete("a"), None);
    assert_eq!((cache.get("a"), cache.len()), (Some(1), 1));
}

pub fn get_keeps_the_pin(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    assert_eq!(cache.get("a"), Some(1));
    assert_eq!(cache.delete("a"), None);
}

pub fn get_unpin_returns_the_value_and_clears_the_pin(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    assert_eq!(cache.get_unpin("a"), Some(1));
    assert_eq!(
        cache.get_unpin("a"),
        Some(1),
        "there is no pin, and no harm"
    );
    assert_eq!(cache.delete("a"), Some(1));
}

pub fn set_unpins_unless_asked(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    assert!(cache.set("a", 2).is_kept());
    assert_eq!(cache.delete("a"), Some(2));
}

pub fn set_pins_what_was_not_pinned(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    assert!(cache.set_pinned("a", 2).is_kept());
    assert_eq!((cache.delete("a"), cache.get("a")), (None, Some(2)));
}

pub fn pinned_entry_survives_sets_and_time(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    for (key, value) in numbered(0..40) {
        let _ = cache.set(&key, value);
        cache.advance(Duration::from_secs(24 * 3600));
    }
    assert_eq!(cache.get("a"), Some(1));
    assert!(cache.values().contains(&1));
}

pub fn unpinned_entry_leaves_when_its_turn_has_come(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    let _ = cache.set("b", 2);
    assert_eq!(cache.get_unpin("a"), Some(1));
    cache.fill(numbered(0..20));
    let stays = subject.profile().capacity().is_none_or(|most| most > 20);
    assert_eq!(cache.get("a").is_some(), stays);
    assert_eq!(cache.get(&key(19)), Some(19));
}
