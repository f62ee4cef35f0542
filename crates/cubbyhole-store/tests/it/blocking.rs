//! Computing on the thread of the caller.

use std::sync::Barrier;
use std::time::Duration;

use cubbyhole_policy::PolicyOptions;
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Loaded};

use crate::support::{Broken, Elsewhere, Seen, Shelf, by_user, lru, ttl, user};

#[test]
fn value_is_computed_on_this_thread_stored_and_found() {
    let shelf = Shelf::new(lru(5));
    let (store, entry) = (&shelf.store, &shelf.entry);
    let thread = std::thread::current().id();
    let loader = || {
        assert_eq!(std::thread::current().id(), thread);
        Ok::<_, Broken>(7)
    };
    assert_eq!(store.get_or_load_blocking(entry, "k", loader).unwrap(), 7);
    assert_eq!(shelf.get("k"), Some(7));
    let never = || -> Result<u32, Broken> { panic!("it is there") };
    assert_eq!(store.get_or_load_blocking(entry, "k", never).unwrap(), 7);
    let anew = store.refresh_blocking(entry, "k", || Ok::<_, Broken>(8));
    assert_eq!(anew.unwrap(), 8);
    assert_eq!(store.delete_blocking(entry, "k").unwrap(), Some(8));
    assert_eq!(shelf.get("k"), None);
    assert_eq!(shelf.stats().load_times.count(), 2);
}

#[test]
fn threads_share_one_computation() {
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<u32>::new("e", lru(5));
    for round in 0..50 {
        let key = round.to_string();
        let (loads, start) = (Seen::default(), Barrier::new(4));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    start.wait();
                    let loader = || {
                        loads.note();
                        std::thread::yield_now();
                        Ok::<_, Broken>(round)
                    };
                    let found = store.get_or_load_blocking(&entry, &key, loader);
                    assert_eq!(found.unwrap(), round);
                });
            }
        });
        assert_eq!(loads.times(), 1);
    }
}

#[test]
fn loader_may_say_how_its_value_is_kept_and_borrow_what_it_likes() {
    let shelf = Shelf::<u32>::new(lru(5));
    let local = String::from("not for ever");
    let loader = || {
        let value = u32::try_from(local.len()).unwrap();
        Ok::<_, Broken>(Loaded::new(value).with_ttl(Duration::from_secs(5)))
    };
    let found = shelf.store.get_or_load_blocking(&shelf.entry, "k", loader);
    assert_eq!(found.unwrap(), 12);
    shelf.advance(5);
    assert_eq!(shelf.get("k"), None);
}

#[test]
fn errors_and_panics_are_those_of_a_task() {
    let shelf = Shelf::<u32>::new(lru(5));
    let (store, entry) = (&shelf.store, &shelf.entry);
    let error = store.get_or_load_blocking(entry, "k", || Err::<u32, _>(Broken));
    assert!(error.unwrap_err().downcast_ref::<Broken>().is_some());
    let panicking = || -> Result<u32, Broken> { panic!("no value today") };
    let error = store
        .get_or_load_blocking(entry, "k", panicking)
        .unwrap_err();
    assert!(matches!(error, CacheError::Panicked { .. }));
    assert!(error.to_string().contains("no value today"));
    let found = store.get_or_load_blocking(entry, "k", || Ok::<_, Broken>(1));
    assert_eq!(found.unwrap(), 1, "the key is free");
}

#[test]
fn s9_value_that_asks_for_itself_is_told() {
    let shelf = Shelf::<u32>::new(lru(5));
    let (store, entry) = (&shelf.store, &shelf.entry);
    let ask_again = || store.get_or_load_blocking(entry, "k", || Ok::<_, Broken>(1));
    let error = store
        .get_or_load_blocking(entry, "k", ask_again)
        .unwrap_err();
    let told = error.downcast_ref::<CacheError>().unwrap();
    assert!(matches!(told, CacheError::Cycle { .. }), "{told}");
    let nested = || store.get_or_load_blocking(entry, "other", || Ok::<_, Broken>(2));
    assert_eq!(store.get_or_load_blocking(entry, "k", nested).unwrap(), 2);
}

#[test]
fn s13_scopes_do_not_share() {
    let shelf = Shelf::<u32>::new(by_user(lru(5)));
    let (store, entry) = (&shelf.store, &shelf.entry);
    for (id, value) in [("ada", 1), ("bob", 2)] {
        user(id).enter(|| {
            let found = store.get_or_load_blocking(entry, "k", || Ok::<_, Broken>(value));
            assert_eq!(found.unwrap(), value);
        });
    }
    let error = store.get_or_load_blocking(entry, "k", || Ok::<_, Broken>(3));
    assert!(matches!(error, Err(CacheError::MissingScope { .. })));
}

#[test]
fn value_that_is_due_for_a_refresh_is_computed_and_an_old_one_serves() {
    let options = PolicyOptions::new()
        .with_refresh_after(Duration::from_secs(5))
        .with_stale_if_error(Duration::from_secs(60));
    let shelf = Shelf::new(ttl(10).with_options(options).unwrap());
    let (store, entry) = (&shelf.store, &shelf.entry);
    shelf.set("k", 1);
    shelf.advance(5);
    let found = store.get_or_load_blocking(entry, "k", || Ok::<_, Broken>(2));
    assert_eq!(found.unwrap(), 2);
    shelf.advance(10);
    let found = store.get_or_load_blocking(entry, "k", || Err::<u32, _>(Broken));
    assert_eq!(found.unwrap(), 2);
}

#[test]
fn cache_that_has_to_be_waited_for_is_refused() {
    let entry = CachedRegistryEntry::<u32>::new("far", lru(5));
    let elsewhere = Elsewhere::new();
    let entry = entry.with_cache(move |scope| elsewhere.cache(scope));
    let store = CacheStore::new();
    let error = store.get_or_load_blocking(&entry, "k", || Ok::<_, Broken>(1));
    assert!(matches!(error, Err(CacheError::Unsupported { .. })));
    assert!(matches!(
        store.delete_blocking(&entry, "k"),
        Err(CacheError::Unsupported { .. })
    ));
}
