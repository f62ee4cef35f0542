//! Who is told what left a cache.

use std::sync::{Arc, Mutex};

use cubbyhole_policy::CachePolicy;
use cubbyhole_scope::CacheScope;
use cubbyhole_store::{CacheStore, CachedRegistryEntry, Invalidation, Loaded, RemovedBy};

use crate::support::{Shelf, VecCache, keep_all, lru, now, panics, ttl};

type Heard = Arc<Mutex<Vec<(String, u32, RemovedBy)>>>;

fn heard(policy: CachePolicy) -> (Shelf<u32>, Heard) {
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    let entry = CachedRegistryEntry::new("shelf", policy).on_removal(move |removal| {
        let heard = (removal.key, removal.value, removal.by);
        hears.lock().unwrap().push(heard);
    });
    (Shelf::with(entry), heard)
}

fn take(heard: &Heard) -> Vec<(String, u32, RemovedBy)> {
    std::mem::take(&mut heard.lock().unwrap())
}

fn one(key: &str, value: u32, by: RemovedBy) -> Vec<(String, u32, RemovedBy)> {
    vec![(key.to_owned(), value, by)]
}

#[test]
fn e10_each_removal_is_told_once_with_its_cause() {
    let (shelf, heard) = heard(lru(2));
    shelf.set("a", 1);
    shelf.set("a", 2);
    assert_eq!(take(&heard), one("a", 1, RemovedBy::Replaced));
    shelf.set("b", 3);
    shelf.set("c", 4);
    assert_eq!(take(&heard), one("a", 2, RemovedBy::Evicted));
    let by = RemovedBy::Invalidated;
    assert_eq!(shelf.delete("b"), Some(3));
    assert_eq!(take(&heard), one("b", 3, by(Invalidation::Deleted)));
    assert_eq!(shelf.delete("b"), None);
    assert_eq!(take(&heard), []);
    shelf.clear();
    assert_eq!(take(&heard), one("c", 4, by(Invalidation::Cleared)));
    shelf.set("d", 5);
    shelf.drop_scope(&CacheScope::Global);
    assert_eq!(take(&heard), one("d", 5, by(Invalidation::ScopeDropped)));
    shelf.set("e", 6);
    now(shelf.store.bump_epoch(&CacheScope::Global));
    assert_eq!(take(&heard), one("e", 6, by(Invalidation::EpochBumped)));
    let loaded = Loaded::new(7).with_tags(["red"]);
    now(shelf.store.set_loaded(&shelf.entry, "f", loaded)).unwrap();
    shelf.store.invalidate_tag("red");
    assert_eq!(take(&heard), one("f", 7, by(Invalidation::TagInvalidated)));
    shelf.set("g", 8);
    drop(shelf);
    assert_eq!(take(&heard), one("g", 8, by(Invalidation::StoreDropped)));
}

#[test]
fn e10_replacing_what_has_expired_is_its_expiry() {
    let (shelf, heard) = heard(ttl(10));
    shelf.set("a", 1);
    shelf.advance(10);
    assert_eq!(
        take(&heard),
        one("a", 1, RemovedBy::Expired),
        "the clock rings untouched"
    );
    // Where nobody rings, the next one to write says so.
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    let entry = CachedRegistryEntry::new("late", ttl(10)).on_removal(move |removal| {
        hears
            .lock()
            .unwrap()
            .push((removal.key, removal.value, removal.by));
    });
    let clock = Silent::default();
    let store = CacheStore::builder().clock(clock.clone()).build();
    now(store.set(&entry, "a", 1)).unwrap();
    *clock.0.lock().unwrap() += std::time::Duration::from_secs(10);
    now(store.set(&entry, "a", 2)).unwrap();
    assert_eq!(take(&heard), one("a", 1, RemovedBy::Expired));
}

/// A clock that rings nobody.
#[derive(Clone, Debug, Default)]
struct Silent(Arc<Mutex<std::time::Duration>>);

impl cubbyhole_core::Clock for Silent {
    fn now(&self) -> std::time::Duration {
        *self.0.lock().unwrap()
    }

    fn wake_at(&self, _: std::time::Duration, _: std::sync::Weak<dyn cubbyhole_core::Alarm>) {}
}

#[test]
fn removals_of_a_key_are_told_in_order_whoever_causes_them() {
    let (shelf, heard) = heard(keep_all());
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for number in 0..500 {
                    shelf.set("k", number);
                }
            });
        }
    });
    let last = shelf.delete("k").unwrap();
    let told = take(&heard);
    assert_eq!(told.len(), 2_000, "each of them once");
    assert_eq!(told.last().unwrap().1, last);
    for value in 0..500 {
        let times = told.iter().filter(|(_, told, _)| *told == value).count();
        assert_eq!(times, 4);
    }
    // What one thread wrote in order leaves in order: the last of its values is not told before its first.
    let first_of_last = told.iter().position(|(_, value, _)| *value == 499).unwrap();
    let first_of_first = told.iter().position(|(_, value, _)| *value == 0).unwrap();
    assert!(first_of_first < first_of_last);
}

#[test]
fn listener_may_use_the_store_and_hears_of_what_it_causes() {
    let heard = Heard::default();
    let store = CacheStore::new();
    let (hears, inner) = (Arc::clone(&heard), store.clone());
    let other = CachedRegistryEntry::<u32>::new("other", lru(5));
    let noted = other.clone();
    let own: Arc<std::sync::OnceLock<CachedRegistryEntry<u32>>> = Arc::default();
    let again = Arc::clone(&own);
    let entry = CachedRegistryEntry::new("own", lru(1)).on_removal(move |removal| {
        now(inner.set(&noted, &removal.key, removal.value)).unwrap();
        if removal.key == "a" {
            now(inner.set(again.get().unwrap(), "c", 3)).unwrap();
        }
        hears
            .lock()
            .unwrap()
            .push((removal.key, removal.value, removal.by));
    });
    own.set(entry.clone()).unwrap();
    now(store.set(&entry, "a", 1)).unwrap();
    now(store.set(&entry, "b", 2)).unwrap();
    let keys: Vec<_> = take(&heard).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(now(store.get(&other, "a")).unwrap(), Some(1));
}

#[test]
fn e9_listener_that_panics_harms_nobody() {
    let entry = CachedRegistryEntry::new("shelf", lru(1)).on_removal(|removal| {
        assert_ne!(removal.key, "a", "the listener does not like it");
    });
    let shelf = Shelf::<u32>::with(entry);
    shelf.set("a", 1);
    panics(|| shelf.set("b", 2));
    assert_eq!((shelf.get("b"), shelf.held()), (Some(2), (1, 1)));
    shelf.set("c", 3);
    assert_eq!(shelf.stats().evictions, 2);
}

#[test]
fn cache_of_another_make_is_refused_together_with_a_listener() {
    let entry = CachedRegistryEntry::<u32>::new("shelf", lru(1))
        .with_cache(VecCache::for_scope)
        .on_removal(drop);
    let store = CacheStore::new();
    let error = store.register(&entry).unwrap_err().to_string();
    assert!(
        error.contains("\"shelf\"") && error.contains("listener"),
        "{error}"
    );
}
