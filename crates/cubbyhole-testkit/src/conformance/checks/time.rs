//! When entries expire. A cache without a time to live is asked the same, and has to keep everything.

use std::time::Duration;

use crate::conformance::Subject;

const NANOSECOND: Duration = Duration::from_nanos(1);

/// The time to live, and whether there is one: where there is none, that of another cache has to pass unnoticed.
fn time_to_live(subject: &Subject<u64>) -> (Duration, bool) {
    let ttl = subject.profile().time_to_live();
    (ttl.unwrap_or(Duration::from_secs(3600)), ttl.is_some())
}

pub fn entry_expires_its_time_after_it_was_set_and_not_before(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    cache.advance(ttl - NANOSECOND);
    assert_eq!((cache.get("a"), cache.len()), (Some(1), 1));
    cache.advance(NANOSECOND);
    assert_eq!(cache.get("a").is_none(), expires);
    assert_eq!(cache.get_unpin("a").is_none(), expires);
}

pub fn setting_again_restarts_the_time(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    cache.advance(ttl / 2);
    assert!(cache.set("a", 2).is_kept());
    cache.advance(ttl - NANOSECOND);
    assert_eq!(cache.get("a"), Some(2));
    cache.advance(NANOSECOND);
    assert_eq!(cache.get("a").is_none(), expires);
}

pub fn setting_pinned_restarts_the_time(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    cache.advance(ttl - NANOSECOND);
    assert!(cache.set_pinned("a", 2).is_kept());
    assert_eq!(cache.get_unpin("a"), Some(2));
    cache.advance(ttl - NANOSECOND);
    assert_eq!(cache.get("a"), Some(2));
    cache.advance(NANOSECOND);
    assert_eq!(cache.get("a").is_none(), expires);
}

pub fn reading_does_not_restart_the_time(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    for _ in 0..3 {
        assert_eq!(cache.get("a"), Some(1));
        assert_eq!(cache.get_unpin("a"), Some(1));
        cache.advance(ttl / 4);
    }
    cache.advance(ttl - ttl / 4 * 3);
    assert_eq!(cache.get("a").is_none(), expires);
}

pub fn expired_entry_is_not_counted(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    cache.advance(ttl);
    assert_eq!(cache.is_empty(), expires);
    assert_eq!(cache.len(), usize::from(!expires));
    assert_eq!(cache.values().is_empty(), expires);
}

pub fn expired_entry_is_not_there_to_be_deleted(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set("a", 1).is_kept());
    cache.advance(ttl);
    assert_eq!(cache.delete("a").is_none(), expires);
    assert!(cache.set("a", 2).is_kept());
    assert_eq!((cache.get("a"), cache.len()), (Some(2), 1));
}

pub fn pinned_entry_outlives_its_time_until_a_read_unpins_it(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    cache.advance(ttl * 3);
    assert_eq!((cache.get("a"), cache.delete("a")), (Some(1), None));
    assert_eq!((cache.len(), cache.values()), (1, vec![1]));
    assert_eq!(cache.get_unpin("a"), Some(1));
    assert_eq!(cache.get("a").is_none(), expires);
    assert_eq!(cache.is_empty(), expires);
}

pub fn unpinning_does_not_restart_the_time(subject: &Subject<u64>) {
    let (ttl, expires) = time_to_live(subject);
    let cache = subject.cache();
    assert!(cache.set_pinned("a", 1).is_kept());
    cache.advance(ttl / 2);
    assert_eq!(cache.get_unpin("a"), Some(1));
    cache.advance(ttl / 2 - NANOSECOND);
    assert_eq!(cache.get("a"), Some(1));
    cache.advance(NANOSECOND * 2);
    assert_eq!(cache.get("a").is_none(), expires);
}
