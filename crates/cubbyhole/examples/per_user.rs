//! Each user has values of their own: the scope comes from the running task, is lost in a plain `tokio::spawn`, and
//! can be dropped as a whole.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use cubbyhole::{
    CacheError, CachePolicy, CacheScope, CacheStore, CacheType, CachedRegistryEntry, ScopeContext,
    ScopeFutureExt, scope,
};

/// What a service does for a request. It takes no user: whoever is asking is known to the task.
async fn balance(
    store: CacheStore,
    entry: CachedRegistryEntry<u32>,
) -> Result<Option<u32>, CacheError> {
    store.get(&entry, "EUR").await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = CacheStore::new();
    let policy = CachePolicy::lru(10)?.with_cache_type(CacheType::User);
    let entry = CachedRegistryEntry::<u32>::new("balance", policy);
    let (ada, bob) = (
        ScopeContext::new().user("ada"),
        ScopeContext::new().user("bob"),
    );
    let ask = || balance(store.clone(), entry.clone());

    assert!(
        store
            .set(&entry, "EUR", 100)
            .in_scope(ada.clone())
            .await?
            .is_kept()
    );
    assert!(
        store
            .set(&entry, "EUR", 7)
            .in_scope(bob.clone())
            .await?
            .is_kept()
    );
    assert_eq!(ask().in_scope(ada.clone()).await?, Some(100));
    assert_eq!(ask().in_scope(bob.clone()).await?, Some(7));
    println!("Ada and Bob each see their own balance.");

    let nobody = ask().await;
    assert!(matches!(nobody, Err(CacheError::MissingScope { .. })));
    println!(
        "Nobody's balance is an error: {}.",
        nobody.err().ok_or("it is")?
    );

    let spawned = async { scope::spawn(ask()).await };
    assert_eq!(spawned.in_scope(ada.clone()).await??, Some(100));
    let spawned = async { tokio::spawn(ask()).await };
    assert!(spawned.in_scope(ada.clone()).await?.is_err());
    println!("`scope::spawn` carries the scope over; `tokio::spawn` runs as nobody.");

    store.drop_scope(&CacheScope::user("ada")).await;
    assert_eq!(ask().in_scope(ada).await?, None);
    assert_eq!(ask().in_scope(bob).await?, Some(7));
    println!("Ada has logged out, and nothing of hers is left.");
    Ok(())
}
