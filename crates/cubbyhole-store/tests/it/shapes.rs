//! What the compiler would not mention if it changed, and what it must refuse.

use std::convert::Infallible;
use std::sync::Arc;

use cubbyhole_core::CacheStoreImpl;
use cubbyhole_scope::CacheScope;
use cubbyhole_store::{
    CacheError, CacheScopeStore, CacheStore, CachedRegistryEntry, EntryStats, Lease, Leased,
    PendingValue, SharedError, StoreKey, StoreStats, WaitForPending,
};

use crate::support::{Shelf, lru};

fn send_and_sync<T: Send + Sync + 'static>() {}
fn cloned<T: Clone>() {}
fn debug<T: std::fmt::Debug>() {}
fn error<T: std::error::Error + Clone + Send + Sync + 'static>() {}

#[test]
fn all_is_send_sync_and_static() {
    send_and_sync::<CacheStore>();
    send_and_sync::<CacheScopeStore<u32>>();
    send_and_sync::<CachedRegistryEntry<u32>>();
    send_and_sync::<PendingValue<u32>>();
    send_and_sync::<WaitForPending<u32>>();
    send_and_sync::<Lease<u32>>();
    send_and_sync::<Leased<u32>>();
    send_and_sync::<StoreKey>();
    send_and_sync::<(StoreStats, EntryStats)>();
    error::<CacheError>();
    error::<SharedError>();
}

#[test]
fn handles_are_cloned_and_printed_whatever_the_value() {
    struct Opaque;
    cloned::<(
        CacheStore,
        CacheScopeStore<Opaque>,
        CachedRegistryEntry<Opaque>,
        StoreKey,
    )>();
    debug::<(
        CacheStore,
        CacheScopeStore<Opaque>,
        CachedRegistryEntry<Opaque>,
    )>();
    debug::<(PendingValue<Opaque>, WaitForPending<Opaque>, Lease<Opaque>)>();
}

#[test]
fn cache_is_dyn_compatible() {
    fn behind_a_pointer(_: &Arc<dyn CacheStoreImpl<u32>>) {}
    behind_a_pointer(&cubbyhole_store::cache_impl_for_policy::<u32>(&lru(1)));
}

/// Returns the size of a future that is `Send`.
fn size<F: Future + Send>(future: &F) -> usize {
    size_of_val(future)
}

#[tokio::test]
async fn futures_are_send_and_small() {
    let shelf = Shelf::<u64>::new(lru(1));
    let (store, entry) = (&shelf.store, &shelf.entry);
    let load = || async { Ok::<_, Infallible>(1) };
    let caches = store.scope_store(entry).unwrap();
    let Leased::Lease(lease) = store.get_or_lease(entry, "k").await.unwrap() else {
        panic!("nobody else asks");
    };
    let promise = shelf.pending("p");
    let sizes = [
        ("get", size(&store.get(entry, "k")), 256),
        ("get_unpin", size(&store.get_unpin(entry, "k")), 256),
        ("set", size(&store.set(entry, "k", 1)), 512),
        ("set_pinned", size(&store.set_pinned(entry, "k", 1)), 512),
        ("delete", size(&store.delete(entry, "k")), 512),
        ("get_or_wait", size(&store.get_or_wait(entry, "k")), 768),
        (
            "get_or_compute",
            size(&store.get_or_compute(entry, "k", load)),
            768,
        ),
        ("get_or_lease", size(&store.get_or_lease(entry, "k")), 768),
        ("clear", size(&store.clear()), 512),
        (
            "drop_scope",
            size(&store.drop_scope(&CacheScope::Global)),
            512,
        ),
        ("publish", size(&lease.publish(1)), 512),
        ("wait", size(&promise.wait()), 128),
        ("get of one entry", size(&caches.get("k")), 256),
    ];
    for (name, size, most) in sizes {
        assert!(size <= most, "{name}: {size} of at most {most} bytes");
    }
}

#[tokio::test]
async fn loaders_own_what_they_use_and_errors_are_of_any_kind() {
    let shelf = Shelf::<u64>::new(lru(9));
    let text = String::from("owned");
    let owns = move || async move { Ok::<_, std::io::Error>(text.len() as u64) };
    assert_eq!(
        shelf
            .store
            .get_or_compute(&shelf.entry, "1", owns)
            .await
            .unwrap(),
        5
    );
    let plain = || async { Err::<u64, _>("text") };
    assert!(
        shelf
            .store
            .get_or_compute(&shelf.entry, "2", plain)
            .await
            .is_err()
    );
    let boxed = || async { Err::<u64, Box<dyn std::error::Error + Send + Sync>>("boxed".into()) };
    assert!(
        shelf
            .store
            .get_or_compute(&shelf.entry, "3", boxed)
            .await
            .is_err()
    );
}

/// `TRYBUILD=overwrite` writes what the compiler says now: a newer one may word it in another way.
#[test]
fn what_is_wrong_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
