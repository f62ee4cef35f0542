//! How long the lock of a cache is held.

use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use cubbyhole_core::{
    CacheMap, Clock, HashedKey, InProcessCache, LockedMap, MapCache, MapEntry, RemovalCause,
    Removed, Retention, SetOutcome, StoredKey, SystemClock,
};

/// A map of one value that calls back while it hands over what it held.
struct Telling {
    value: Option<u8>,
    while_clearing: Arc<dyn Fn() + Send + Sync>,
}

impl CacheMap<u8> for Telling {
    fn get(&mut self, _: HashedKey<'_>, _: &dyn Clock) -> Option<&u8> {
        self.value.as_ref()
    }
    fn peek(&self, _: HashedKey<'_>, _: &dyn Clock) -> Option<&u8> {
        self.value.as_ref()
    }
    fn get_unpin(&mut self, _: HashedKey<'_>, _: &dyn Clock, _: &mut Removed<u8>) -> Option<u8> {
        self.value
    }
    fn set(
        &mut self,
        _: HashedKey<'_>,
        value: u8,
        _: Retention,
        _: &dyn Clock,
        _: &mut Removed<u8>,
    ) -> SetOutcome {
        self.value = Some(value);
        SetOutcome::Kept
    }
    fn delete(&mut self, _: HashedKey<'_>, _: &dyn Clock, _: &mut Removed<u8>) -> Option<u8> {
        self.value.take()
    }
    fn remove(&mut self, _: HashedKey<'_>) -> Option<u8> {
        self.value.take()
    }
    fn clear(&mut self, removed: &mut Removed<u8>) {
        (self.while_clearing)();
        if let Some(value) = self.value.take() {
            removed.push(RemovalCause::Deleted, HashedKey::new("a").into(), value);
        }
    }
    fn take(&mut self) -> Option<Self> {
        Some(Self {
            value: self.value.take(),
            while_clearing: Arc::clone(&self.while_clearing),
        })
    }
    fn keys(&self) -> Vec<StoredKey> {
        self.value.iter().map(|_| StoredKey::new("a")).collect()
    }
    fn inspect(&self, _: HashedKey<'_>) -> Option<MapEntry<&u8>> {
        None
    }
    fn restore(&mut self, entry: MapEntry<u8>, _: &dyn Clock) -> Result<(), MapEntry<u8>> {
        Err(entry)
    }
    fn take_entries(&mut self) -> Vec<MapEntry<u8>> {
        let entry = self.value.take().map(|value| MapEntry {
            key: StoredKey::new("a"),
            value,
            retention: Retention::Pinned,
            expires_at: None,
        });
        entry.into_iter().collect()
    }
    fn len(&self, _: &dyn Clock) -> usize {
        usize::from(self.value.is_some())
    }
    fn is_vacant(&self) -> bool {
        self.value.is_none()
    }
    fn values(&self, _: &dyn Clock) -> Vec<u8> {
        self.value.into_iter().collect()
    }
}

struct Cache(LockedMap<Telling>);

impl MapCache for Cache {
    type Value = u8;
    type Map = Telling;
    type Clock = SystemClock;

    fn locked(&self) -> &LockedMap<Telling> {
        &self.0
    }
}

#[test]
fn the_lock_is_free_while_a_cleared_cache_hands_over_its_values() {
    let shared: Arc<OnceLock<Arc<Cache>>> = Arc::default();
    let (tell, told) = mpsc::channel();
    let asked = Arc::clone(&shared);
    let while_clearing = move || {
        let (cache, tell) = (Arc::clone(asked.get().unwrap()), tell.clone());
        // Another thread, for this one would wait for itself for ever.
        thread::spawn(move || tell.send(cache.entry_count()));
        let told = told.recv_timeout(Duration::from_secs(60));
        assert_eq!(told, Ok(0), "the cache is empty, and can be asked");
    };
    let while_clearing = Arc::new(std::sync::Mutex::new(while_clearing));
    let map = Telling {
        value: None,
        while_clearing: Arc::new(move || while_clearing.lock().unwrap()()),
    };
    let cache = Arc::new(Cache(LockedMap::new(map, SystemClock)));
    assert!(shared.set(Arc::clone(&cache)).is_ok());
    let mut removed = Removed::new();
    let outcome = cache.insert(HashedKey::new("a"), 1, Retention::Pinned, &mut removed);
    assert_eq!((outcome, cache.entry_count()), (SetOutcome::Kept, 1));
    cache.remove_all(&mut removed);
    assert_eq!(removed.counted(RemovalCause::Deleted), 1);
    assert_eq!(cache.entry_count(), 0);
}
