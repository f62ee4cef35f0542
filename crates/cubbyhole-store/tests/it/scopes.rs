//! Whose value it is: taken from the running task, never from elsewhere.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cubbyhole_policy::CacheType;
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt, scope};
use cubbyhole_store::{
    CacheError, CacheScopeStore, CacheStore, CachedRegistryEntry, OnMissingScope,
};

use crate::support::{Hand, Shelf, by_session, by_user, keep_all, lru, now, session, ttl, user};

#[test]
fn each_user_has_their_own_values() {
    let shelf = Shelf::new(by_user(lru(1)));
    user("ada").enter(|| shelf.set("k", 1));
    user("bob").enter(|| shelf.set("k", 2));
    assert_eq!(user("ada").enter(|| shelf.get("k")), Some(1));
    assert_eq!(user("bob").enter(|| shelf.get("k")), Some(2));
    assert_eq!(user("eve").enter(|| shelf.get("k")), None);
    assert_eq!(shelf.held(), (2, 2));
}

#[test]
fn cache_type_says_which_id_counts() {
    let store = CacheStore::new();
    let entries = [CacheType::Global, CacheType::Session, CacheType::User]
        .map(|of| CachedRegistryEntry::<u32>::new(of.as_str(), lru(9).with_cache_type(of)));
    let ada = user("ada").session("1");
    ada.enter(|| {
        for entry in &entries {
            now(store.set(entry, "k", 1)).unwrap();
        }
    });
    let found = |context: ScopeContext| {
        context.enter(|| {
            entries
                .each_ref()
                .map(|entry| now(store.get(entry, "k")).unwrap())
        })
    };
    assert_eq!(found(user("ada").session("2")), [Some(1), None, Some(1)]);
    assert_eq!(found(user("bob").session("1")), [Some(1), Some(1), None]);
}

#[test]
fn d12_user_called_global_is_only_a_user() {
    let store = CacheStore::new();
    let everybody = CachedRegistryEntry::<u32>::new("e", lru(9));
    let personal = CachedRegistryEntry::<u32>::new("p", by_user(lru(9)));
    let by_session = CachedRegistryEntry::<u32>::new("s", by_session(lru(9)));
    now(store.set(&everybody, "k", 1)).unwrap();
    user("global").session("global").enter(|| {
        assert_eq!(now(store.get(&personal, "k")).unwrap(), None);
        now(store.set(&personal, "k", 2)).unwrap();
        assert_eq!(now(store.get(&by_session, "k")).unwrap(), None);
        now(store.drop_scope(&CacheScope::user("global")));
    });
    assert_eq!(now(store.get(&everybody, "k")).unwrap(), Some(1));
}

#[test]
fn d13_missing_scope_is_an_error_of_every_operation() {
    for (policy, cache_type) in [
        (by_user(lru(2)), CacheType::User),
        (by_session(ttl(9)), CacheType::Session),
    ] {
        let shelf = Shelf::<u32>::new(policy);
        let (store, entry) = (&shelf.store, &shelf.entry);
        let errors = [
            now(store.get(entry, "k")).unwrap_err(),
            now(store.get_unpin(entry, "k")).unwrap_err(),
            now(store.set(entry, "k", 1)).unwrap_err(),
            now(store.set_pinned(entry, "k", 1)).unwrap_err(),
            now(store.delete(entry, "k")).unwrap_err(),
            now(store.get_or_wait(entry, "k")).unwrap_err(),
            now(store.get_or_lease(entry, "k")).unwrap_err(),
            now(store.get_or_compute(entry, "k", || async { Ok::<_, String>(1) })).unwrap_err(),
            store.set_pending(entry, "k").unwrap_err(),
            store.fail(entry, "k", "why").unwrap_err(),
            store.scope_store(entry).unwrap().len().unwrap_err(),
            store.scope_store(entry).unwrap().values().unwrap_err(),
        ];
        for error in errors {
            let CacheError::MissingScope {
                entry,
                cache_type: of,
            } = error
            else {
                panic!("{error}");
            };
            assert_eq!((entry.uid(), of), ("shelf", cache_type));
        }
        assert_eq!(shelf.held(), (0, 0));
    }
}

#[test]
fn d13_half_an_identity_is_not_the_other_half() {
    let shelf = Shelf::<u32>::new(by_user(lru(2)));
    let error = session("ada").enter(|| now(shelf.store.get(&shelf.entry, "k")));
    assert!(matches!(error, Err(CacheError::MissingScope { .. })));
    user("ada").enter(|| {
        let nobody = ScopeContext::anonymous().enter(|| now(shelf.store.get(&shelf.entry, "k")));
        assert!(nobody.is_err());
    });
}

#[test]
fn d13_fallback_to_global_is_chosen_by_name() {
    let store = CacheStore::builder()
        .on_missing_scope(OnMissingScope::UseGlobal)
        .build();
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(lru(2)));
    now(store.set(&entry, "k", 1)).unwrap();
    assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1));
    assert_eq!(
        user("ada").enter(|| now(store.get(&entry, "k"))).unwrap(),
        None
    );
    now(store.drop_scope(&CacheScope::Global));
    assert_eq!(now(store.get(&entry, "k")).unwrap(), None);
}

#[tokio::test]
async fn c1_plain_spawn_in_a_scope_is_an_error_and_never_global() {
    let shelf = Shelf::new(by_user(lru(2)));
    let (store, entry) = (shelf.store.clone(), shelf.entry.clone());
    let request = async move {
        store.set(&entry, "k", 1).await.unwrap();
        let (plain, plain_entry) = (store.clone(), entry.clone());
        let lost = tokio::spawn(async move { plain.get(&plain_entry, "k").await });
        let carried = scope::spawn(async move { store.get(&entry, "k").await });
        (lost.await.unwrap(), carried.await.unwrap())
    };
    let (lost, carried) = request.in_scope(user("ada")).await;
    assert!(matches!(lost, Err(CacheError::MissingScope { .. })));
    assert_eq!(carried.unwrap(), Some(1));
}

#[tokio::test]
async fn c2_nested_scopes_are_left_on_exit_on_panic_and_on_cancel() {
    let shelf = Shelf::new(by_user(lru(9)));
    let (store, entry) = (&shelf.store, &shelf.entry);
    let ada = async {
        let promise = user("bob").enter(|| store.set_pending(entry, "k").unwrap());
        let waiting = Hand::waiting(store.get_or_wait(entry, "k").in_scope(user("bob")));
        assert_eq!(store.get(entry, "k").await.unwrap(), None);
        drop((waiting, promise));
        let bob = store.get_or_compute(entry, "p", || async {
            if user("eve").enter(|| true) {
                panic!("a loader panics, as it should in this test");
            }
            Ok::<_, String>(0)
        });
        assert!(bob.in_scope(user("bob")).await.is_err());
        store
            .set(entry, "k", 1)
            .in_scope(user("bob"))
            .await
            .unwrap();
        store.set(entry, "k", 2).await.unwrap();
        store.get(entry, "k").await.unwrap()
    };
    assert_eq!(ada.in_scope(user("ada")).await, Some(2));
    assert_eq!(user("bob").enter(|| shelf.get("k")), Some(1));
}

#[test]
fn drop_scope_forgets_the_scope_in_every_entry() {
    let store = CacheStore::new();
    let texts = CachedRegistryEntry::<String>::new("t", by_user(keep_all()));
    let numbers = CachedRegistryEntry::<u32>::new("n", by_user(ttl(10)));
    let sessions = CachedRegistryEntry::<u32>::new("s", by_session(lru(2)));
    let ada = user("ada").session("ada");
    let wait = ada.enter(|| {
        now(store.set(&texts, "k", "text".into())).unwrap();
        now(store.set_pinned(&numbers, "k", 1)).unwrap();
        now(store.set(&sessions, "k", 1)).unwrap();
        let promise = store.set_pending(&texts, "p").unwrap();
        let wait = promise.wait();
        std::mem::forget(promise);
        wait
    });
    user("bob").enter(|| now(store.set(&numbers, "k", 2)).unwrap());
    now(store.drop_scope(&CacheScope::user("ada")));
    ada.enter(|| {
        assert_eq!(now(store.get(&texts, "k")).unwrap(), None);
        assert_eq!(now(store.get(&numbers, "k")).unwrap(), None, "pinned");
        assert_eq!(
            now(store.get(&sessions, "k")).unwrap(),
            Some(1),
            "another kind of scope"
        );
        assert_eq!(
            now(store.get_or_wait(&texts, "p")).unwrap(),
            None,
            "pending"
        );
    });
    assert!(matches!(now(wait), Err(CacheError::Invalidated { .. })));
    assert_eq!(
        user("bob").enter(|| now(store.get(&numbers, "k"))).unwrap(),
        Some(2)
    );
    let scopes: Vec<_> = store
        .stats()
        .entries
        .iter()
        .map(|entry| entry.scopes)
        .collect();
    assert_eq!(scopes, [0, 1, 1]);
}

#[test]
fn scope_that_was_dropped_can_be_used_again_with_the_same_id() {
    let shelf = Shelf::new(by_user(lru(2)));
    let ada = user("ada");
    for value in 0..3 {
        ada.enter(|| {
            assert_eq!(shelf.get("k"), None);
            shelf.set("k", value);
            assert_eq!(shelf.get("k"), Some(value));
        });
        assert_eq!(shelf.held(), (1, 1));
        shelf.drop_scope(&CacheScope::user("ada"));
        assert_eq!(shelf.held(), (0, 0));
    }
}

#[test]
fn drop_scope_of_global_forgets_what_is_everybodys_and_nobody_elses() {
    let store = CacheStore::new();
    let everybody = CachedRegistryEntry::<u32>::new("e", lru(2));
    let personal = CachedRegistryEntry::<u32>::new("p", by_user(lru(2)));
    user("ada").enter(|| {
        now(store.set(&everybody, "k", 1)).unwrap();
        now(store.set(&personal, "k", 2)).unwrap();
        now(store.drop_scope(&CacheScope::Global));
        assert_eq!(now(store.get(&everybody, "k")).unwrap(), None);
        assert_eq!(now(store.get(&personal, "k")).unwrap(), Some(2));
    });
}

#[test]
fn d14_scopes_that_are_empty_again_leave_nothing() {
    let shelf = Shelf::new(by_session(lru(2)));
    for id in 0..10_000 {
        session(&id.to_string()).enter(|| {
            assert_eq!(shelf.get("k"), None);
            shelf.set("k", id);
            drop(shelf.pending("p"));
            shelf.delete("k");
        });
    }
    assert_eq!((shelf.held(), shelf.stats().bytes), ((0, 0), 0));
}

#[test]
fn d15_clear_while_scopes_are_created_is_linearisable() {
    let shelf = Shelf::new(by_session(keep_all()));
    let (begun, ended, done) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    std::thread::scope(|threads| {
        for thread in 0..3 {
            let (shelf, begun, ended, done) = (&shelf, &begun, &ended, &done);
            threads.spawn(move || {
                for id in 0.. {
                    let scope = session(&format!("{thread}-{id}"));
                    let before = ended.load(Ordering::SeqCst);
                    scope.enter(|| shelf.set("k", id));
                    let stored = begun.load(Ordering::SeqCst);
                    std::thread::yield_now();
                    let cleared = ended.load(Ordering::SeqCst) > stored;
                    let found = scope.enter(|| shelf.get("k"));
                    let untouched = begun.load(Ordering::SeqCst) == before;
                    assert!(
                        !(cleared && found.is_some()),
                        "a clear left what was there before"
                    );
                    assert!(
                        !(untouched && found.is_none()),
                        "a clear took what came later"
                    );
                    if done.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
        }
        for _ in 0..300 {
            begun.fetch_add(1, Ordering::SeqCst);
            shelf.clear();
            ended.fetch_add(1, Ordering::SeqCst);
            std::thread::yield_now();
        }
        done.store(true, Ordering::SeqCst);
    });
    shelf.clear();
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn store_of_one_entry_is_scope_aware_too() {
    let caches = CacheScopeStore::new(by_user(lru(2)));
    user("ada").enter(|| now(caches.set("k", 1)).unwrap());
    user("bob").enter(|| {
        assert_eq!(now(caches.get("k")).unwrap(), None);
        assert!(caches.is_empty().unwrap());
    });
    user("ada").enter(|| assert_eq!(caches.values().unwrap(), [1]));
    now(caches.store().drop_scope(&CacheScope::user("ada")));
    user("ada").enter(|| assert_eq!(caches.len().unwrap(), 0));
}

#[test]
fn clear_of_one_entry_leaves_the_others() {
    let store = CacheStore::new();
    let one = CachedRegistryEntry::<u32>::new("1", by_user(lru(2)));
    let other = CachedRegistryEntry::<u32>::new("2", by_user(lru(2)));
    user("ada").enter(|| {
        now(store.set(&one, "k", 1)).unwrap();
        now(store.set(&other, "k", 2)).unwrap();
        now(store.scope_store(&one).unwrap().clear());
        assert_eq!(now(store.get(&one, "k")).unwrap(), None);
        assert_eq!(now(store.get(&other, "k")).unwrap(), Some(2));
        now(store.set(&one, "k", 3)).unwrap();
        assert_eq!(now(store.get(&one, "k")).unwrap(), Some(3));
    });
}

#[test]
fn c5_scope_at_its_bound_evicts_nothing_of_another() {
    let shelf = Shelf::new(by_user(lru(2)));
    user("bob").enter(|| shelf.set("k", 1));
    user("ada").enter(|| {
        for key in 0..1_000 {
            shelf.set(&key.to_string(), 2);
        }
    });
    assert_eq!(user("bob").enter(|| shelf.get("k")), Some(1));
    assert_eq!(shelf.held(), (3, 2));
}
