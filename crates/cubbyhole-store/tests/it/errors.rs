//! What errors say: which entry, what to do, and never whose.

use std::convert::Infallible;
use std::error::Error;

use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry, Leased, OnMissingScope};

use crate::support::{Hand, Shelf, VecCache, by_session, by_user, keep_all, lru, now};

/// An error of somebody else, with a cause.
#[derive(Debug, PartialEq)]
struct OutOfStock(u32, Cause);

#[derive(Debug, PartialEq)]
struct Cause;

impl std::fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} left", self.0)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a strike")
    }
}

impl Error for Cause {}
impl Error for OutOfStock {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1)
    }
}

#[tokio::test]
async fn error_of_a_computation_is_shared_and_found_by_its_type() {
    let shelf = Shelf::<u32>::new(lru(2));
    let load = || async { Err::<u32, _>(OutOfStock(3, Cause)) };
    let callers = [
        Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", load)),
        Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", load)),
    ];
    let mut shared = Vec::new();
    for caller in callers {
        let error = caller.finish().await.unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&OutOfStock(3, Cause)));
        assert_eq!(error.downcast_ref::<std::io::Error>().map(|_| ()), None);
        assert_eq!(error.entry(), shelf.entry.store_key());
        assert!(error.to_string().contains("3 left"), "{error}");
        assert_eq!(
            error.source().unwrap().source().unwrap().to_string(),
            "a strike"
        );
        let CacheError::Failed { error, .. } = error else {
            panic!("{error}");
        };
        shared.push(error);
    }
    assert!(shared[0].is(&shared[1]));
}

#[test]
fn error_that_a_pending_value_was_failed_with_is_shared_and_found_by_its_type() {
    let shelf = Shelf::<u32>::new(lru(2));
    let promise = shelf.pending("k");
    let (mut one, mut other) = (shelf.wait("k"), Hand::new(promise.wait()));
    assert!(one.poll().is_pending() && other.poll().is_pending());
    assert!(
        shelf
            .store
            .fail(&shelf.entry, "k", OutOfStock(1, Cause))
            .unwrap()
    );
    let (one, other) = (one.ready().unwrap_err(), other.ready().unwrap_err());
    assert_eq!(one.downcast_ref(), Some(&OutOfStock(1, Cause)));
    match (one, other) {
        (CacheError::Failed { error: one, .. }, CacheError::Failed { error: other, .. }) => {
            assert!(one.is(&other));
        }
        other => panic!("{other:?}"),
    }
}

/// One of each error, with a user and a session that have telling names.
async fn errors() -> Vec<CacheError> {
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<u32>::new("stock", by_user(lru(2))).with_kind("shop");
    let mut errors = Vec::new();
    let ada = ScopeContext::new()
        .user("ada@example.org")
        .session("secret-session");
    let (inner, other) = (store.clone(), entry.clone());
    let work = async {
        let texts = CachedRegistryEntry::<String>::new("stock", by_user(lru(2))).with_kind("shop");
        let more = CachedRegistryEntry::<u32>::new("stock", by_session(lru(3))).with_kind("shop");
        let made = entry.clone().with_cache(VecCache::for_scope);
        store.set(&entry, "k", 1).await.unwrap();
        errors.push(store.get(&texts, "k").await.unwrap_err());
        errors.push(store.get(&more, "k").await.unwrap_err());
        errors.push(store.get(&made, "k").await.unwrap_err());
        let fail = || async { Err::<u32, _>("no such thing") };
        errors.push(store.get_or_compute(&entry, "1", fail).await.unwrap_err());
        let explode = || async {
            assert!(
                ScopeContext::current().user_id().is_none(),
                "a loader panics"
            );
            Ok::<_, Infallible>(1)
        };
        errors.push(
            store
                .get_or_compute(&entry, "2", explode)
                .await
                .unwrap_err(),
        );
        let again = move || async move { other_of(&inner, &other).await };
        let cycle = store.get_or_compute(&entry, "3", again).await.unwrap_err();
        errors.push(cycle.downcast_ref::<CacheError>().unwrap().clone());
        errors.push(cycle);
        let wait = {
            let promise = store.set_pending(&entry, "4").unwrap();
            let joined = store.set_pending(&entry, "4").unwrap();
            drop(promise);
            joined.wait()
        };
        errors.push(wait.await.unwrap_err());
        for how in 0..3 {
            let promise = store.set_pending(&entry, "5").unwrap();
            match how {
                0 => drop(store.delete(&entry, "5").await),
                1 => store.clear().await,
                _ => store.drop_scope(&CacheScope::user("ada@example.org")).await,
            }
            errors.push(promise.wait().await.unwrap_err());
        }
    };
    work.in_scope(ada.clone()).await;
    errors.push(store.get(&entry, "k").await.unwrap_err());
    errors
}

async fn other_of(store: &CacheStore, entry: &CachedRegistryEntry<u32>) -> Result<u32, CacheError> {
    store
        .get_or_compute(entry, "3", || async { Ok::<_, Infallible>(0) })
        .await
}

#[tokio::test]
async fn every_error_names_its_entry_and_never_an_id() {
    let errors = errors().await;
    assert_eq!(errors.len(), 12);
    for error in &errors {
        let texts = [error.to_string(), format!("{error:?}")];
        for text in texts {
            assert!(text.contains("stock") && text.contains("shop"), "{text}");
            assert!(!text.contains("ada") && !text.contains("secret"), "{text}");
        }
        assert_eq!(
            (error.entry().kind(), error.entry().uid()),
            ("shop", "stock")
        );
        let text = error.to_string();
        assert!(!text.ends_with('.'), "{text}");
    }
}

#[tokio::test]
async fn messages_say_what_was_wrong_and_what_to_do() {
    let errors = errors().await;
    let says = |what: &str| errors.iter().any(|error| error.to_string().contains(what));
    assert!(says("`alloc::string::String`"), "the type that was refused");
    assert!(says("another uid or kind"), "how to solve a conflict");
    assert!(says("carries no user id"), "what is missing");
    assert!(says("scope::spawn"), "how it got lost");
    assert!(says("shop/stock[3] -> shop/stock[3]"), "the circle");
    assert!(says("its key was deleted") && says("was cleared") && says("its scope was dropped"));
}

#[test]
fn nothing_that_is_printed_shows_an_id() {
    let store = CacheStore::builder()
        .on_missing_scope(OnMissingScope::Refuse)
        .build();
    let entry = CachedRegistryEntry::<u32>::new("e", by_user(keep_all()));
    let ada = ScopeContext::new().user("ada").session("secret");
    let printed = ada.enter(|| {
        now(store.set(&entry, "k", 1)).unwrap();
        let promise = store.set_pending(&entry, "p").unwrap();
        let wait = promise.wait();
        let leased = now(store.get_or_lease(&entry, "l")).unwrap();
        assert!(matches!(leased, Leased::Lease(_)));
        let caches = store.scope_store(&entry).unwrap();
        format!(
            "{store:?} {entry:?} {promise:?} {wait:?} {leased:?} {caches:?} {:?}",
            store.stats()
        )
    });
    assert!(
        !printed.contains("ada") && !printed.contains("secret"),
        "{printed}"
    );
}
