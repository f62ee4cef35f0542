//! The loader runs in a task of its own, so it cannot borrow.

use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

async fn borrow(store: CacheStore) {
    let lengths = CachedRegistryEntry::<usize>::new("lengths", CachePolicy::keep_all());
    let text = String::from("borrowed");
    let borrowed = &text;
    let _ = store
        .get_or_compute(&lengths, "k", move || async move {
            Ok::<_, std::io::Error>(borrowed.len())
        })
        .await;
}

fn main() {}
