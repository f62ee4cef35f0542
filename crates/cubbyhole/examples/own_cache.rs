//! A cache of another make behind a registry entry: here one that has to be waited for, as a server would be.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cubbyhole::{
    CachePolicy, CacheScope, CacheStore, CacheStoreImpl, CachedRegistryEntry, Retention, SetOutcome,
};

/// Stands for a server somewhere else: what all scopes keep there, by scope and key.
type Server = Mutex<BTreeMap<(String, String), (u32, Retention)>>;
type Shelves<'a> = MutexGuard<'a, BTreeMap<(String, String), (u32, Retention)>>;

/// The part of the server that belongs to one scope.
struct Shelf(Arc<Server>, String);

impl Shelf {
    async fn reach(&self) -> Shelves<'_> {
        tokio::task::yield_now().await; // The way there and back.
        self.look()
    }
    fn look(&self) -> Shelves<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn place(&self, key: &str) -> (String, String) {
        (self.1.clone(), key.to_owned())
    }
}

#[async_trait::async_trait]
impl CacheStoreImpl<u32> for Shelf {
    async fn get(&self, key: &str) -> Option<u32> {
        Some(self.reach().await.get(&self.place(key))?.0)
    }
    async fn get_unpin(&self, key: &str) -> Option<u32> {
        let mut shelves = self.reach().await;
        let (value, retention) = shelves.get_mut(&self.place(key))?;
        *retention = Retention::Evictable;
        Some(*value)
    }
    async fn set(&self, key: &str, value: u32, retention: Retention) -> SetOutcome {
        let place = self.place(key);
        self.reach().await.insert(place, (value, retention));
        SetOutcome::Kept
    }
    async fn delete(&self, key: &str) -> Option<u32> {
        let (mut shelves, place) = (self.reach().await, self.place(key));
        let (value, retention) = *shelves.get(&place)?;
        (!retention.is_pinned()).then(|| shelves.remove(&place))?;
        Some(value)
    }
    async fn clear(&self) {
        self.reach().await.retain(|(name, _), _| *name != self.1);
    }
    fn len(&self) -> usize {
        self.values().len()
    }
    fn values(&self) -> Vec<u32> {
        let shelves = self.look();
        let mine = shelves.iter().filter(|((name, _), _)| *name == self.1);
        mine.map(|(_, (value, _))| *value).collect()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Arc::new(Server::default());
    let shelf = move |scope: &CacheScope| -> Arc<dyn CacheStoreImpl<u32>> {
        let id = scope.id().map_or("", |id| id.as_str());
        let name = format!("{}:{id}", scope.cache_type());
        Arc::new(Shelf(Arc::clone(&server), name))
    };
    // The policy now only says whose the values are; what is kept, and for how long, is up to the server.
    let entry = CachedRegistryEntry::new("answer", CachePolicy::keep_all()).with_cache(shelf);

    let (here, elsewhere) = (CacheStore::new(), CacheStore::new());
    let compute = || async { Ok::<_, std::io::Error>(42) };
    assert_eq!(here.get_or_compute(&entry, "life", compute).await?, 42);
    assert_eq!(elsewhere.get(&entry, "life").await?, Some(42));
    println!("One store has computed the value, and another finds it at the server.");

    assert_eq!(elsewhere.delete(&entry, "life").await?, Some(42));
    assert_eq!(here.get(&entry, "life").await?, None);
    println!("When it is deleted it is gone for both.");
    Ok(())
}
