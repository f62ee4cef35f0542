//! A value is handed to everybody who asks, so it must be `Clone`.

use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

struct Unique;

async fn read(store: CacheStore) {
    let entry = CachedRegistryEntry::<Unique>::new("unique", CachePolicy::keep_all());
    let _ = store.get(&entry, "k").await;
}

fn main() {}
