//! The synchronous view of a cache that does not wait.

use cubbyhole_core::{HashedKey, InProcessCache, RemovalCause, Removed, Retention};

use crate::conformance::{CacheUnderTest, Subject};
use crate::{DropCounter, Tracked};

pub fn synchronous_view_is_the_same_cache(subject: &Subject<u64>) {
    let cache = subject.cache();
    let Some(view) = cache.shared().as_in_process() else {
        return check_that_it_works_without(&cache);
    };
    let (a, mut removed) = (HashedKey::new("a"), Removed::new());
    assert!(view.insert(a, 1, Retention::Pinned, &mut removed).is_kept());
    assert_eq!((cache.get("a"), cache.delete("a")), (Some(1), None));
    assert_eq!(view.lookup(a, &mut removed), Some(1));
    assert_eq!(view.remove(a, &mut removed), None, "it is pinned");
    assert_eq!((view.entry_count(), view.snapshot()), (1, vec![1]));
    assert_eq!(view.lookup_unpin(a, &mut removed), Some(1));
    assert_eq!(cache.delete("a"), Some(1));
    assert_eq!(view.lookup(a, &mut removed), None);
    assert!(removed.is_empty(), "nothing was removed through the view");
}

/// A cache without a synchronous view need only be a cache.
fn check_that_it_works_without(cache: &CacheUnderTest<u64>) {
    assert!(cache.set("a", 1).is_kept());
    assert_eq!(cache.get("a"), Some(1));
}

pub fn synchronous_view_hands_over_what_it_removes(subject: &Subject<Tracked>) {
    let cache = subject.cache();
    if let Some(view) = cache.shared().as_in_process() {
        replaced_and_deleted(view);
        evicted(subject, view);
        expired(subject, view);
    }
}

fn replaced_and_deleted(view: &dyn InProcessCache<Value = Tracked>) {
    let (counter, key, mut removed) = (DropCounter::new(), HashedKey::new("four"), Removed::new());
    for number in 0..3 {
        let _ = view.insert(
            key,
            counter.track(number),
            Retention::Evictable,
            &mut removed,
        );
    }
    assert_eq!(removed.counted(RemovalCause::Replaced), 2);
    assert_eq!((removed.entries(), removed.key_bytes()), (0, 0));
    assert_eq!(counter.dropped(), 0, "they are handed over");
    drop(removed);
    assert_eq!(counter.dropped(), 2);

    let mut removed = Removed::new();
    let returned = view.remove(key, &mut removed);
    assert_eq!(returned.map(|value| value.number()), Some(2));
    assert_eq!(removed.counted(RemovalCause::Deleted), 1);
    assert_eq!((removed.entries(), removed.key_bytes()), (1, 4));

    let mut removed = Removed::new();
    let _ = view.insert(key, counter.track(3), Retention::Pinned, &mut removed);
    view.remove_all(&mut removed);
    assert_eq!(removed.counted(RemovalCause::Deleted), 1);
    assert_eq!((removed.key_bytes(), counter.live()), (4, 1));
}

fn evicted(subject: &Subject<Tracked>, view: &dyn InProcessCache<Value = Tracked>) {
    let (counter, mut removed) = (DropCounter::new(), Removed::new());
    let more = subject.profile().capacity().unwrap_or(5) + 2;
    for number in 0..more {
        let key = format!("{number:04}");
        let _ = view.insert(
            HashedKey::new(&key),
            counter.track(0),
            Retention::Evictable,
            &mut removed,
        );
    }
    let evicted = more - subject.survivors(more);
    assert_eq!(removed.counted(RemovalCause::Evicted), evicted);
    assert_eq!(
        (removed.entries(), removed.key_bytes()),
        (evicted, 4 * evicted)
    );
    assert_eq!(counter.dropped(), 0, "they are handed over");
    view.remove_all(&mut Removed::new());
}

fn expired(subject: &Subject<Tracked>, view: &dyn InProcessCache<Value = Tracked>) {
    let (counter, key, mut removed) = (DropCounter::new(), HashedKey::new("four"), Removed::new());
    let _ = view.insert(key, counter.track(0), Retention::Pinned, &mut removed);
    let ttl = subject.profile().time_to_live();
    if let Some(ttl) = ttl {
        subject.profile().clock().advance(ttl);
    }
    assert!(view.lookup_unpin(key, &mut removed).is_some());
    assert!(view.lookup(key, &mut removed).is_none() || ttl.is_none());
    let expired = usize::from(ttl.is_some());
    assert_eq!(removed.counted(RemovalCause::Expired), expired);
    assert_eq!(removed.entries(), expired);
    view.remove_all(&mut removed);
}
