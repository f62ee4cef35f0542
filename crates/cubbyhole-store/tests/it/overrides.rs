//! Policies from a configuration, and exchanging them while the store is in use.

use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, PolicyOptions};
use cubbyhole_store::{
    CacheError, CacheStore, CachedRegistryEntry, Loaded, MissReason, OverrideError, PolicyOverrides,
};

use crate::support::{Shelf, VecCache, by_user, keep_all, lru, now, ttl, user};

fn policies() -> Vec<CachePolicy> {
    let aged = PolicyOptions::new().with_ttl(Duration::from_secs(60));
    let stale = PolicyOptions::new().with_stale_if_error(Duration::from_secs(60));
    vec![
        lru(5),
        lru(50),
        lru(5).with_options(aged).unwrap(),
        ttl(60),
        ttl(60).with_options(stale).unwrap(),
        keep_all(),
    ]
}

#[test]
fn whatever_the_new_policy_would_keep_moves_over() {
    for from in policies() {
        for to in policies() {
            let shelf = Shelf::new(from.clone());
            for key in ["a", "b", "c"] {
                shelf.set(key, 1);
            }
            shelf.pin("p", 2);
            assert_eq!(shelf.get("a"), Some(1));
            shelf.store.set_policy(&shelf.entry, to.clone()).unwrap();
            let found = ["a", "b", "c", "p"].map(|key| shelf.get(key).is_some());
            assert_eq!(found, [true; 4], "from {from:?} to {to:?}");
            assert_eq!(shelf.delete("p"), None, "and stays pinned");
            assert_eq!(shelf.unpin("p"), Some(2));
            assert_eq!((shelf.len(), shelf.held()), (4, (4, 1)));
            assert_eq!(shelf.stats().policy, to);
            shelf.advance(60);
            let ages = to.time_to_live().is_some();
            assert_eq!(
                shelf.len(),
                if ages { 0 } else { 4 },
                "from {from:?} to {to:?}"
            );
        }
    }
}

#[test]
fn what_the_new_policy_has_no_room_for_is_evicted_oldest_first() {
    let shelf = Shelf::new(lru(5));
    for key in ["k", "b", "c", "d"] {
        shelf.set(key, 1);
    }
    shelf.get("b");
    shelf.store.set_policy(&shelf.entry, lru(2)).unwrap();
    let found = ["k", "b", "c", "d"].map(|key| shelf.get(key).is_some());
    assert_eq!(found, [false, true, false, true]);
    let why = shelf.store.why_missing(&shelf.entry, "k").unwrap();
    assert_eq!(
        (why, shelf.stats().evictions),
        (Some(MissReason::Evicted), 2)
    );
}

#[test]
fn time_that_has_passed_is_not_given_back() {
    let shelf = Shelf::new(ttl(60));
    shelf.set("old", 1);
    shelf.advance(30);
    let aged = PolicyOptions::new().with_ttl(Duration::from_secs(90));
    let to = lru(5).with_options(aged).unwrap();
    shelf.store.set_policy(&shelf.entry, to).unwrap();
    shelf.advance(59);
    assert_eq!(shelf.get("old"), Some(1));
    shelf.advance(1);
    assert_eq!(shelf.get("old"), None);
    // A time to live of its own stays with a value.
    let loaded = Loaded::new(2).with_ttl(Duration::from_secs(10));
    now(shelf.store.set_loaded(&shelf.entry, "own", loaded)).unwrap();
    shelf.store.set_policy(&shelf.entry, keep_all()).unwrap();
    shelf.advance(9);
    assert_eq!(shelf.get("own"), Some(2));
    shelf.advance(1);
    assert_eq!(shelf.get("own"), None);
}

#[test]
fn every_scope_has_the_new_policy() {
    let shelf = Shelf::new(by_user(keep_all()));
    for id in ["ada", "bob"] {
        user(id).enter(|| {
            for key in ["a", "b", "c"] {
                shelf.set(key, 1);
            }
        });
    }
    shelf
        .store
        .set_policy(&shelf.entry, by_user(lru(1)))
        .unwrap();
    assert_eq!(shelf.held(), (2, 2));
    for id in ["ada", "bob", "eve"] {
        user(id).enter(|| {
            shelf.set("d", 1);
            assert_eq!(shelf.len(), 1);
        });
    }
}

#[test]
fn policy_of_another_cache_type_is_refused() {
    let shelf = Shelf::<u32>::new(by_user(lru(5)));
    for to in [lru(5), lru(5).with_cache_type(CacheType::Session)] {
        let error = shelf.store.set_policy(&shelf.entry, to).unwrap_err();
        assert!(
            matches!(error, CacheError::OtherCacheType { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("user"), "{error}");
    }
}

#[test]
fn entry_goes_on_to_be_used_as_it_was_declared() {
    let shelf = Shelf::<u32>::new(lru(5));
    shelf.set("k", 1);
    shelf.store.set_policy(&shelf.entry, keep_all()).unwrap();
    let same = CachedRegistryEntry::<u32>::new("shelf", lru(5));
    assert_eq!(now(shelf.store.get(&same, "k")).unwrap(), Some(1));
    let other = CachedRegistryEntry::<u32>::new("shelf", keep_all());
    assert!(now(shelf.store.get(&other, "k")).is_err());
}

#[test]
fn configuration_overrides_all_or_nothing() {
    let store = CacheStore::new();
    let forecast = CachedRegistryEntry::<u32>::new("forecast", lru(5));
    let balance = CachedRegistryEntry::<u32>::new("balance", by_user(lru(5)));
    store.register(&forecast).unwrap();
    store.register(&balance).unwrap();
    let read = |text: &str| toml::from_str::<PolicyOverrides>(text);

    let overrides =
        read("[forecast]\npolicy = 'keep-all'\n[balanse]\npolicy = 'keep-all'").unwrap();
    let error = store.override_policies(&overrides).unwrap_err();
    assert!(matches!(&error, OverrideError::Unknown(unknown) if unknown.uid() == "balanse"));
    assert!(
        error.to_string().contains("did you mean \"balance\"?"),
        "{error}"
    );
    let overrides =
        read("[forecast]\npolicy = 'keep-all'\n[balance]\npolicy = 'keep-all'").unwrap();
    let error = store.override_policies(&overrides).unwrap_err();
    assert!(matches!(
        error,
        OverrideError::Refused(CacheError::OtherCacheType { .. })
    ));
    let policy = |uid: &str| {
        let entries = store.entries();
        entries
            .into_iter()
            .find(|(key, _)| key.uid() == uid)
            .unwrap()
            .1
    };
    assert_eq!(policy("forecast"), lru(5), "nothing has changed");

    let error = read("[forecast]\npolicy = 'lru'\nmax_sise = 5").unwrap_err();
    assert!(error.to_string().contains("max_sise"), "{error}");

    let overrides = read("[forecast]\npolicy = 'ttl'\nttl = '1h'").unwrap();
    store.override_policies(&overrides).unwrap();
    assert_eq!(policy("forecast"), ttl(3_600));
    assert_eq!(
        policy("balance"),
        by_user(lru(5)),
        "what is not named stays"
    );
    let json = serde_json::to_string(&overrides).unwrap();
    assert_eq!(
        serde_json::from_str::<PolicyOverrides>(&json).unwrap(),
        overrides
    );
    assert_eq!(
        PolicyOverrides::new().with("forecast", ttl(3_600)),
        overrides
    );
}

#[test]
fn cache_of_another_make_is_refused_what_only_ours_do() {
    let aged = PolicyOptions::new().with_ttl(Duration::from_secs(60));
    let aged = lru(5).with_options(aged).unwrap();
    let of =
        |policy| CachedRegistryEntry::<u32>::new("shelf", policy).with_cache(VecCache::for_scope);
    let error = CacheStore::new().register(&of(aged.clone())).unwrap_err();
    assert!(matches!(error, CacheError::Unsupported { .. }), "{error}");
    let store = CacheStore::new();
    let entry = of(lru(5));
    assert!(store.set_policy(&entry, aged).is_err());
    let tagged = Loaded::new(1).with_tags(["red"]);
    assert!(now(store.set_loaded(&entry, "k", tagged)).is_err());
    let pinned = Loaded::new(1).pinned();
    assert!(
        now(store.set_loaded(&entry, "k", pinned))
            .unwrap()
            .is_kept()
    );
    assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1));
    now(store.delete(&entry, "k")).unwrap();
    now(store.set_loaded(&entry, "l", Loaded::new(1).uncached())).unwrap();
    assert_eq!(now(store.get(&entry, "l")).unwrap(), None);
}
