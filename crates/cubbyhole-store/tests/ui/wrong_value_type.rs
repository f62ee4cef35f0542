//! The value is not of the entry's type.

use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

async fn store_a_text(store: CacheStore) {
    let numbers = CachedRegistryEntry::<u32>::new("numbers", CachePolicy::keep_all());
    let _ = store.set(&numbers, "k", "text").await;
}

fn main() {}
