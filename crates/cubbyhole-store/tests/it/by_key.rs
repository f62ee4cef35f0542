//! What can be done to a registry entry by its key alone, in the name of others.

use std::time::Duration;

use cubbyhole_core::ManualClock;
use cubbyhole_policy::{CachePolicy, PolicyOptions};
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{
    CacheError, CacheStore, CachedRegistryEntry, MissReason, OnMissingScope, OverrideError,
    StoreKey,
};

use crate::support::{
    Far, Hand, Shelf, by_session, by_user, keep_all, lru, now, session, ttl, user,
};

fn delete_in(store: &CacheStore, entry: &StoreKey, scope: &CacheScope, key: &str) -> bool {
    now(store.delete_in(entry, scope, key)).unwrap()
}

/// Sets one key for two people.
fn shared() -> Shelf<u32> {
    let shelf = Shelf::new(by_user(lru(5)));
    for id in ["ada", "bob"] {
        user(id).enter(|| shelf.set("k", 1));
    }
    shelf
}

#[test]
fn delete_in_removes_what_one_scope_has_and_nothing_of_another() {
    let shelf = shared();
    let entry = shelf.entry.store_key();
    let ada = CacheScope::user("ada");
    assert!(delete_in(&shelf.store, entry, &ada, "k"));
    assert!(!delete_in(&shelf.store, entry, &ada, "k"), "it is gone");
    assert_eq!(user("ada").enter(|| shelf.get("k")), None);
    assert_eq!(user("bob").enter(|| shelf.get("k")), Some(1));
    let why = || shelf.store.why_missing(&shelf.entry, "k").unwrap();
    assert_eq!(user("ada").enter(why), Some(MissReason::Deleted));
}

#[test]
fn delete_in_goes_by_the_scope_that_is_named_and_not_by_who_asks() {
    let shelf = shared();
    let entry = shelf.entry.store_key();
    let bob = CacheScope::user("bob");
    assert!(user("ada").enter(|| delete_in(&shelf.store, entry, &bob, "k")));
    assert_eq!(user("ada").enter(|| shelf.get("k")), Some(1));
    assert_eq!(user("bob").enter(|| shelf.get("k")), None);
}

#[test]
fn delete_in_finds_nothing_in_a_scope_of_another_type() {
    let shelf = shared();
    let entry = shelf.entry.store_key();
    for scope in [CacheScope::session("ada"), CacheScope::Global] {
        let ask = || delete_in(&shelf.store, entry, &scope, "k");
        assert!(!user("ada").enter(ask), "{scope:?}");
    }
    assert_eq!(user("ada").enter(|| shelf.get("k")), Some(1));
    assert_eq!(shelf.held(), (2, 2), "and makes no scope");
}

#[test]
fn delete_in_finds_what_fell_back_to_the_global_scope() {
    let store = CacheStore::builder()
        .clock(ManualClock::new())
        .on_missing_scope(OnMissingScope::UseGlobal)
        .build();
    let entry = CachedRegistryEntry::new("shelf", by_session(lru(5)));
    now(store.set(&entry, "k", 1)).unwrap();
    now(store.set(&entry, "k", 2).in_scope(session("s1"))).unwrap();
    let delete = || delete_in(&store, entry.store_key(), &CacheScope::Global, "k");
    assert!(session("s1").enter(delete));
    assert_eq!(now(store.get(&entry, "k")).unwrap(), None);
    let left = now(store.get(&entry, "k").in_scope(session("s1"))).unwrap();
    assert_eq!(left, Some(2));
}

#[test]
fn delete_in_leaves_a_pinned_value_and_ends_a_promise() {
    let shelf = Shelf::new(by_user(lru(5)));
    let entry = shelf.entry.store_key();
    let ada = CacheScope::user("ada");
    user("ada").enter(|| shelf.pin("p", 1));
    assert!(!delete_in(&shelf.store, entry, &ada, "p"));
    assert_eq!(user("ada").enter(|| shelf.get("p")), Some(1));

    let promise = user("ada").enter(|| shelf.pending("k"));
    let wait = shelf
        .store
        .get_or_wait(&shelf.entry, "k")
        .in_scope(user("ada"));
    let mut wait = Hand::new(wait);
    assert!(wait.poll().is_pending());
    assert!(
        !delete_in(&shelf.store, entry, &ada, "k"),
        "no value was there"
    );
    assert!(matches!(wait.ready(), Err(CacheError::Invalidated { .. })));
    drop(promise);
}

#[tokio::test]
async fn delete_in_reaches_what_another_process_put_into_a_remote_cache() {
    let far = Far::new();
    far.store.register(&far.entry).unwrap();
    let (ada, bob) = (CacheScope::user("ada"), CacheScope::user("bob"));
    for scope in [&ada, &bob] {
        far.elsewhere.put(scope, "k", 5);
    }
    let entry = far.entry.store_key();
    assert!(far.store.delete_in(entry, &ada, "k").await.unwrap());
    assert!(!far.store.delete_in(entry, &ada, "k").await.unwrap());
    let left = [&ada, &bob].map(|scope| far.elsewhere.peek(scope, "k"));
    assert_eq!(left, [None, Some(5)]);
}

/// Peeks at a number.
fn peek(shelf: &Shelf<u32>, scope: &CacheScope, key: &str) -> Option<u32> {
    let entry = shelf.entry.store_key();
    let value = shelf.store.peek_in(entry, scope, key).unwrap()?;
    Some(*value.downcast().unwrap())
}

#[test]
fn peek_in_finds_what_a_read_in_that_scope_would_find_and_nothing_of_another() {
    let aged = PolicyOptions::new().with_ttl(Duration::from_secs(60));
    for policy in [
        lru(5),
        ttl(60),
        keep_all(),
        lru(5).with_options(aged).unwrap(),
    ] {
        let expires = policy.time_to_live().is_some();
        let shelf = Shelf::new(by_user(policy));
        user("ada").enter(|| shelf.set("k", 7));
        let ada = CacheScope::user("ada");
        assert_eq!(peek(&shelf, &ada, "k"), Some(7));
        assert_eq!(peek(&shelf, &ada, "other"), None);
        let others = [
            CacheScope::user("bob"),
            CacheScope::session("ada"),
            CacheScope::Global,
        ];
        for scope in others {
            let found = user("ada").enter(|| peek(&shelf, &scope, "k"));
            assert_eq!(found, None, "{scope:?}");
        }
        shelf.advance(60);
        assert_eq!(peek(&shelf, &ada, "k").is_none(), expires);
    }
}

#[test]
fn peek_in_is_no_use() {
    let shelf = Shelf::<u32>::new(lru(2));
    for key in ["a", "b"] {
        shelf.set(key, 1);
    }
    let before = shelf.stats();
    assert_eq!(peek(&shelf, &CacheScope::Global, "a"), Some(1));
    assert_eq!(peek(&shelf, &CacheScope::Global, "x"), None);
    let after = shelf.stats();
    assert_eq!((before.hits, before.misses), (after.hits, after.misses));
    shelf.set("c", 1);
    assert_eq!(shelf.get("a"), None, "it was still the oldest");
}

#[test]
fn clear_entry_empties_one_entry_in_every_scope() {
    let shelf = shared();
    let other = CachedRegistryEntry::new("other", CachePolicy::keep_all());
    now(shelf.store.set(&other, "k", 7)).unwrap();
    now(shelf.store.clear_entry(shelf.entry.store_key())).unwrap();
    for id in ["ada", "bob"] {
        assert_eq!(user(id).enter(|| shelf.get("k")), None);
    }
    assert_eq!(shelf.held(), (0, 0));
    assert_eq!(now(shelf.store.get(&other, "k")).unwrap(), Some(7));
}

#[test]
fn set_policy_of_exchanges_the_policy_or_changes_nothing() {
    let shelf = shared();
    let entry = shelf.entry.store_key();
    shelf.store.set_policy_of(entry, by_user(lru(9))).unwrap();
    assert_eq!(shelf.stats().policy, by_user(lru(9)));
    let error = shelf.store.set_policy_of(entry, lru(3)).unwrap_err();
    let refused = matches!(
        error,
        OverrideError::Refused(CacheError::OtherCacheType { .. })
    );
    assert!(refused, "{error}");
    assert_eq!(shelf.stats().policy, by_user(lru(9)));
    assert_eq!(shelf.held(), (2, 2));
}

#[test]
fn an_unknown_entry_is_an_error_that_names_it_and_what_there_is() {
    let shelf = shared();
    let message = |kind: &str, uid: &str| {
        let key = StoreKey::new(kind, uid);
        let errors = [
            now(shelf.store.clear_entry(&key)).unwrap_err().to_string(),
            now(shelf.store.delete_in(&key, &CacheScope::user("ada"), "k"))
                .unwrap_err()
                .to_string(),
            shelf
                .store
                .set_policy_of(&key, lru(1))
                .unwrap_err()
                .to_string(),
        ];
        assert!(
            errors.windows(2).all(|pair| pair[0] == pair[1]),
            "{errors:?}"
        );
        errors[0].clone()
    };
    assert_eq!(
        message("entry", "shelv"),
        "no registry entry of kind \"entry\" has the uid \"shelv\": did you mean \"shelf\"?"
    );
    assert_eq!(
        message("other", "shelf"),
        "no registry entry of kind \"other\" has the uid \"shelf\": there are only entries of the kinds \"entry\""
    );
}

#[test]
fn what_is_on_its_way_says_whose_it_is_to_who_asks_and_never_in_its_debug_form() {
    let shelf = Shelf::<u32>::new(by_user(lru(5)));
    let promise = user("ada-1815").enter(|| shelf.pending("secret-key"));
    let in_flight = shelf.store.in_flight();
    assert_eq!(in_flight[0].scope(), &CacheScope::user("ada-1815"));
    assert_eq!(in_flight[0].key(), "secret-key");
    let debug = format!("{in_flight:?}");
    assert!(
        !debug.contains("1815") && !debug.contains("secret"),
        "{debug}"
    );
    drop(promise);
}
