//! Entries that share a key and agree on nothing else.

use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};

use crate::support::{VecCache, by_user, keep_all, lru, now, ttl, user};

#[test]
fn d16_kind_and_uid_are_two_fields() {
    let store = CacheStore::new();
    let pairs = [
        ("A_B", "c"),
        ("A", "B_c"),
        ("A", "B"),
        ("AB", ""),
        ("", "AB"),
        ("A:B", "c"),
        ("A", "B:c"),
    ];
    let entries = pairs.map(|(kind, uid)| CachedRegistryEntry::new(uid, lru(1)).with_kind(kind));
    for (value, entry) in entries.iter().enumerate() {
        now(store.set(entry, "k", value)).unwrap();
    }
    for (value, entry) in entries.iter().enumerate() {
        assert_eq!(
            now(store.get(entry, "k")).unwrap(),
            Some(value),
            "{:?}",
            entry.store_key()
        );
    }
    assert_eq!(store.stats().entries.len(), pairs.len());
}

#[test]
fn entries_that_are_made_apart_and_agree_are_one() {
    let store = CacheStore::new();
    let (one, other) = (
        CachedRegistryEntry::new("e", lru(2)),
        CachedRegistryEntry::new("e", lru(2)),
    );
    now(store.set(&one, "k", 1)).unwrap();
    assert_eq!(now(store.get(&other, "k")).unwrap(), Some(1));
    assert_eq!(now(store.get(&one.clone(), "k")).unwrap(), Some(1));
    assert_eq!(store.stats().entries.len(), 1);
}

#[test]
fn other_type_of_value_is_an_error() {
    let store = CacheStore::new();
    let numbers = CachedRegistryEntry::<u32>::new("e", lru(2));
    let texts = CachedRegistryEntry::<String>::new("e", lru(2));
    now(store.set(&numbers, "k", 1)).unwrap();
    let error = now(store.get(&texts, "k")).unwrap_err();
    assert!(
        matches!(
            error,
            CacheError::TypeConflict {
                registered: "u32",
                ..
            }
        ),
        "{error}"
    );
    assert!(now(store.set(&texts, "k", String::new())).is_err());
    assert!(store.set_pending(&texts, "k").is_err());
    assert_eq!(
        now(store.get(&numbers, "k")).unwrap(),
        Some(1),
        "nothing is mixed"
    );
}

#[test]
fn d17_other_policy_is_an_error_whichever_comes_first() {
    let policies = [
        lru(2),
        lru(50),
        CachePolicy::most_recent(),
        keep_all(),
        ttl(1),
        ttl(2),
        by_user(lru(2)),
    ];
    for first in &policies {
        for second in &policies {
            let store = CacheStore::new();
            let one = CachedRegistryEntry::<u32>::new("e", first.clone());
            let other = CachedRegistryEntry::<u32>::new("e", second.clone());
            let agree = first == second;
            user("ada").enter(|| {
                now(store.set(&one, "k", 1)).unwrap();
                match now(store.get(&other, "k")) {
                    Ok(value) => assert!(agree && value == Some(1)),
                    Err(error) => {
                        assert!(!agree && matches!(error, CacheError::PolicyConflict { .. }));
                    }
                }
                assert_eq!(now(store.get(&one, "k")).unwrap(), Some(1));
            });
        }
    }
}

#[test]
fn other_cache_is_an_error() {
    let store = CacheStore::new();
    let ours = CachedRegistryEntry::<u32>::new("e", keep_all());
    let theirs = CachedRegistryEntry::<u32>::new("e", keep_all()).with_cache(VecCache::for_scope);
    let third = CachedRegistryEntry::<u32>::new("e", keep_all())
        .with_cache(|scope| VecCache::for_scope(scope));
    now(store.set(&theirs, "k", 1)).unwrap();
    for other in [&ours, &third] {
        let error = now(store.get(other, "k")).unwrap_err();
        assert!(matches!(error, CacheError::CacheConflict { .. }), "{error}");
    }
    let same = CachedRegistryEntry::<u32>::new("e", keep_all()).with_cache(VecCache::for_scope);
    assert_eq!(now(store.get(&same, "k")).unwrap(), Some(1));
}

#[test]
fn entry_that_is_changed_after_its_first_use_is_checked_anew() {
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<u32>::new("e", keep_all());
    now(store.set(&entry, "k", 1)).unwrap();
    let moved = entry.clone().with_kind("other");
    assert_eq!(now(store.get(&moved, "k")).unwrap(), None);
    let other = entry.clone().with_cache(VecCache::for_scope);
    assert!(matches!(
        now(store.get(&other, "k")),
        Err(CacheError::CacheConflict { .. })
    ));
    assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1));
}

#[test]
fn one_entry_serves_several_stores_and_mixes_nothing() {
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(lru(2)));
    let stores = [CacheStore::new(), CacheStore::new(), CacheStore::new()];
    let ada = user("ada");
    ada.enter(|| {
        for (value, store) in (0..).zip(&stores) {
            now(store.set(&entry, "k", value)).unwrap();
        }
        for (value, store) in (0..).zip(&stores) {
            assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(value));
        }
        now(stores[0].clear());
        assert_eq!(now(stores[0].get(&entry, "k")).unwrap(), None);
        assert_eq!(now(stores[1].get(&entry, "k")).unwrap(), Some(1));
    });
}

#[test]
fn registration_is_atomic_among_threads() {
    for _ in 0..20 {
        let store = CacheStore::new();
        let accepted: usize = std::thread::scope(|threads| {
            let tries: Vec<_> = (1..=4)
                .map(|size| {
                    let store = &store;
                    threads.spawn(move || {
                        let entry = CachedRegistryEntry::<u32>::new("e", lru(size));
                        usize::from(now(store.set(&entry, "k", 1)).is_ok())
                    })
                })
                .collect();
            tries.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((accepted, store.stats().entries.len()), (1, 1));
    }
}
