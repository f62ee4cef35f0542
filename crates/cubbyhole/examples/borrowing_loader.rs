//! A lease, for a computation that borrows and so cannot run in a task of its own.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use cubbyhole::{CacheError, CachePolicy, CacheStore, CachedRegistryEntry, Leased};

/// Stands for a connection, which only one can use at a time.
struct Connection {
    queries: usize,
}

impl Connection {
    async fn query(&mut self, name: &str) -> usize {
        self.queries += 1;
        tokio::task::yield_now().await;
        name.len()
    }
}

async fn length(
    store: &CacheStore,
    entry: &CachedRegistryEntry<usize>,
    connection: &mut Connection,
    name: &str,
) -> Result<usize, CacheError> {
    match store.get_or_lease(entry, name).await? {
        Leased::Value(length) => Ok(length),
        Leased::Lease(lease) => {
            // If this future were dropped here, the lease would go to the one who has waited longest.
            let length = connection.query(name).await;
            lease.publish(length).await;
            Ok(length)
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<usize>::new("length", CachePolicy::lru(10)?);
    let (mut one, mut two) = (Connection { queries: 0 }, Connection { queries: 0 });

    let (first, second) = tokio::join!(
        length(&store, &entry, &mut one, "harbour"),
        length(&store, &entry, &mut two, "harbour"),
    );
    assert_eq!((first?, second?), (7, 7));
    assert_eq!((one.queries, two.queries), (1, 0));
    println!("Two asked at once: one had the lease and queried, the other waited for its value.");

    let Leased::Lease(lease) = store.get_or_lease(&entry, "quay").await? else {
        return Err("nobody has brought this value yet".into());
    };
    let (waited, ()) = tokio::join!(length(&store, &entry, &mut two, "quay"), async {
        drop(lease);
    });
    assert_eq!((waited?, two.queries), (4, 1));
    println!("A lease was dropped without a value: it went to the one who waited.");
    Ok(())
}
