//! When values are dropped: as soon as they have left, and not before.

use std::time::Duration;

use super::key;
use crate::conformance::Subject;
use crate::{DropCounter, Tracked};

pub fn replaced_value_is_dropped_at_once(subject: &Subject<Tracked>) {
    let (cache, counter) = (subject.cache(), DropCounter::new());
    for number in 0..100 {
        assert!(cache.set("a", counter.track(number)).is_kept());
        assert_eq!(counter.live(), 1);
    }
    assert_eq!(cache.get("a").map(|value| value.number()), Some(99));
}

pub fn deleted_value_belongs_to_its_caller(subject: &Subject<Tracked>) {
    let (cache, counter) = (subject.cache(), DropCounter::new());
    assert!(cache.set("a", counter.track(1)).is_kept());
    let deleted = cache.delete("a");
    assert_eq!(deleted.as_ref().map(Tracked::number), Some(1));
    assert_eq!(counter.live(), 1);
    drop(deleted);
    assert_eq!(counter.live(), 0);
}

pub fn cleared_values_are_dropped_at_once(subject: &Subject<Tracked>) {
    let (cache, counter) = (subject.cache(), DropCounter::new());
    for number in 0..100 {
        let outcome = cache.set_pinned(&key(number), counter.track(0));
        assert!(outcome.is_kept());
    }
    assert_eq!(counter.live(), 100);
    cache.clear();
    assert_eq!(counter.live(), 0);
}

pub fn evicted_value_is_dropped_at_once(subject: &Subject<Tracked>) {
    let (cache, counter) = (subject.cache(), DropCounter::new());
    for number in 0..100 {
        assert!(cache.set(&key(number), counter.track(0)).is_kept());
        assert_eq!(counter.live(), subject.survivors(number + 1));
    }
}

pub fn expired_value_is_dropped_without_being_asked_for(subject: &Subject<Tracked>) {
    let (cache, counter) = (subject.cache(), DropCounter::new());
    let ttl = subject.profile().time_to_live();
    for round in 0..3 {
        for number in 0..20 {
            assert!(cache.set(&key(number), counter.track(0)).is_kept());
        }
        cache.advance(ttl.unwrap_or(Duration::from_secs(3600)));
        let left = if ttl.is_some() {
            0
        } else {
            subject.survivors(20)
        };
        assert_eq!(counter.live(), left, "round {round}, and nobody has looked");
    }
}

pub fn dropped_cache_drops_its_values(subject: &Subject<Tracked>) {
    let (cache, counter) = (subject.cache(), DropCounter::new());
    assert!(cache.set_pinned("a", counter.track(0)).is_kept());
    let _ = cache.set("b", counter.track(0));
    assert!(counter.live() > 0);
    drop(cache);
    assert_eq!(counter.live(), 0);
}
