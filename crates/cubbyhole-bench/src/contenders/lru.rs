//! lru behind a mutex.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::key::{Key, Lookup, Parts};
use super::{BigCache, Hasher, TextCache, World};
use crate::workload::Value;

const NAME: &str = "lru+mutex";

const HOW: &str = "`lru::LruCache` behind a `std::sync::Mutex`, lookups by `Borrow`; an exact LRU; its keys are listed to drop a scope of A";

type Locked<K> = Mutex<LruCache<K, Value, Hasher>>;

fn build<K: Eq + std::hash::Hash>(capacity: usize) -> Locked<K> {
    let capacity = NonZeroUsize::new(capacity).expect("the capacity is not 0");
    Mutex::new(LruCache::with_hasher(capacity, Hasher::default()))
}

#[inline]
fn lock<K>(locked: &Locked<K>) -> MutexGuard<'_, LruCache<K, Value, Hasher>> {
    locked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A cache for everybody.
pub(crate) struct Big(Locked<Key>);

impl BigCache for Big {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        Self(build(world.total()))
    }

    #[inline]
    fn get_now(&self, entry: u32, scope: &str, key: &str) -> Option<Option<Value>> {
        let lookup: &dyn Parts = &Lookup { entry, scope, key };
        Some(lock(&self.0).get(lookup).cloned())
    }

    #[inline]
    fn set_now(&self, entry: u32, scope: &Arc<str>, key: &str, value: Value) -> Option<Value> {
        let key = Key::new(entry, scope, key);
        lock(&self.0).put(key, value);
        None
    }

    async fn drop_scope(&self, scope: &str) -> bool {
        // It has no `retain`.
        let mut cache = lock(&self.0);
        let keys: Vec<Key> = cache
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.is_of(scope))
            .cloned()
            .collect();
        for key in &keys {
            cache.pop(key);
        }
        true
    }

    async fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

/// A cache of texts.
pub(crate) struct Text(Locked<Box<str>>);

impl TextCache for Text {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(capacity: usize, _small: bool) -> Self {
        Self(build(capacity))
    }

    #[inline]
    fn get_now(&self, key: &str) -> Option<Option<Value>> {
        Some(lock(&self.0).get(key).cloned())
    }

    #[inline]
    fn set_now(&self, key: &str, value: Value) -> Option<Value> {
        let key = key.into();
        lock(&self.0).put(key, value);
        None
    }

    async fn len(&self) -> usize {
        lock(&self.0).len()
    }
}
