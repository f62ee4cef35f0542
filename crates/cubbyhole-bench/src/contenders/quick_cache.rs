//! quick_cache.

use std::sync::Arc;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::key::{Key, Lookup};
use super::{BigCache, Hasher, TextCache, World};
use crate::workload::Value;

const NAME: &str = "quick_cache";

const HOW: &str = "`sync::Cache::with` and `UnitWeighter`, its own number of shards (one where a cache is small), lookups by `Equivalent`; `retain` to drop a scope of A";

type Sized<K> = Cache<K, Value, UnitWeighter, Hasher, DefaultLifecycle<K, Value>>;

fn build<K: Eq + std::hash::Hash>(capacity: usize) -> Sized<K> {
    let (hasher, lifecycle) = (Hasher::default(), DefaultLifecycle::default());
    Cache::with(capacity, capacity as u64, UnitWeighter, hasher, lifecycle)
}

/// A cache for everybody.
pub(crate) struct Big(Sized<Key>);

impl BigCache for Big {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        Self(build(world.total()))
    }

    #[inline]
    fn get_now(&self, entry: u32, scope: &str, key: &str) -> Option<Option<Value>> {
        Some(self.0.get(&Lookup { entry, scope, key }))
    }

    #[inline]
    fn set_now(&self, entry: u32, scope: &Arc<str>, key: &str, value: Value) -> Option<Value> {
        self.0.insert(Key::new(entry, scope, key), value);
        None
    }

    async fn drop_scope(&self, scope: &str) -> bool {
        self.0.retain(|key, _| !key.is_of(scope));
        true
    }

    async fn len(&self) -> usize {
        self.0.len()
    }
}

/// A cache of texts.
pub(crate) struct Text(Sized<Box<str>>);

impl TextCache for Text {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(capacity: usize, _small: bool) -> Self {
        Self(build(capacity))
    }

    #[inline]
    fn get_now(&self, key: &str) -> Option<Option<Value>> {
        Some(self.0.get(key))
    }

    #[inline]
    fn set_now(&self, key: &str, value: Value) -> Option<Value> {
        self.0.insert(key.into(), value);
        None
    }

    async fn len(&self) -> usize {
        self.0.len()
    }
}
