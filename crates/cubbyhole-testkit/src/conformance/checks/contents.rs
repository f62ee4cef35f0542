//! What is stored is found, and nothing else.

use super::numbered;
use crate::conformance::Subject;

pub fn key_that_was_not_set_is_not_found(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.is_empty());
    assert_eq!(cache.get("a"), None);
    assert_eq!(cache.get_unpin("a"), None);
    assert_eq!(cache.delete("a"), None);
    cache.clear();
    assert_eq!((cache.len(), cache.values()), (0, vec![]));
}

pub fn value_that_was_set_is_found(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    assert_eq!((cache.get("a"), cache.get("b")), (Some(1), None));
    assert_eq!((cache.len(), cache.values()), (1, vec![1]));
    assert!(!cache.is_empty());
}

pub fn set_replaces_the_value_and_keeps_one_entry(subject: &Subject<u64>) {
    let cache = subject.cache();
    for value in 0..1_000 {
        assert!(cache.set("a", value).is_kept());
    }
    assert_eq!(cache.get("a"), Some(999));
    assert_eq!((cache.len(), cache.values()), (1, vec![999]));
}

pub fn delete_returns_the_value_once(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    assert_eq!(cache.delete("a"), Some(1));
    assert_eq!(cache.delete("a"), None);
    assert_eq!((cache.get("a"), cache.len()), (None, 0));
}

pub fn clear_removes_everything_pinned_or_not(subject: &Subject<u64>) {
    let cache = subject.cache();
    assert!(cache.set_pinned("pinned", 1).is_kept());
    let _ = cache.set("evictable", 2);
    cache.clear();
    assert_eq!((cache.get("pinned"), cache.get("evictable")), (None, None));
    assert_eq!((cache.len(), cache.values()), (0, vec![]));
    assert!(cache.set("pinned", 3).is_kept());
    assert_eq!(cache.delete("pinned"), Some(3), "its pin is gone, too");
}

pub fn len_and_values_agree_with_reads(subject: &Subject<u64>) {
    let cache = subject.cache();
    cache.fill(numbered(0..40));
    let mut found: Vec<u64> = numbered(0..40)
        .filter_map(|(key, _)| cache.get(&key))
        .collect();
    let mut values = cache.values();
    found.sort_unstable();
    values.sort_unstable();
    assert_eq!(values, found);
    assert_eq!(cache.len(), found.len());
    assert_eq!(found.len(), subject.survivors(40));
}
