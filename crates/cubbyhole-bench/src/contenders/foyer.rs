//! foyer: its cache in memory.

use std::marker::PhantomData;
use std::sync::Arc;

use foyer::{Cache, CacheBuilder, EvictionConfig, LruConfig, S3FifoConfig};

use super::key::{Key, Lookup};
use super::{BigCache, Hasher, TextCache, World};
use crate::workload::Value;

const HOW: &str = "`CacheBuilder` with its LRU (the default) and its S3-FIFO, its own 8 shards (one where a cache is small), lookups by `Equivalent`";

/// Which algorithm evicts.
pub(crate) trait Algorithm: Send + Sync + 'static {
    const NAME: &'static str;

    fn config() -> EvictionConfig;
}

/// The default.
pub(crate) struct Lru;

impl Algorithm for Lru {
    const NAME: &'static str = "foyer";

    fn config() -> EvictionConfig {
        LruConfig::default().into()
    }
}

/// The one for high hit ratios.
pub(crate) struct S3Fifo;

impl Algorithm for S3Fifo {
    const NAME: &'static str = "foyer s3fifo";

    fn config() -> EvictionConfig {
        S3FifoConfig::default().into()
    }
}

/// A cache for everybody.
pub(crate) struct Big(Cache<Key, Value, Hasher>);

impl BigCache for Big {
    const NAME: &'static str = Lru::NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        let builder = CacheBuilder::new(world.total()).with_hash_builder(Hasher::default());
        Self(builder.with_eviction_config(Lru::config()).build())
    }

    #[inline]
    fn get_now(&self, entry: u32, scope: &str, key: &str) -> Option<Option<Value>> {
        let found = self.0.get(&Lookup { entry, scope, key });
        Some(found.map(|found| Arc::clone(found.value())))
    }

    #[inline]
    fn set_now(&self, entry: u32, scope: &Arc<str>, key: &str, value: Value) -> Option<Value> {
        self.0.insert(Key::new(entry, scope, key), value);
        None
    }

    async fn len(&self) -> usize {
        self.0.entries()
    }
}

/// A cache of texts.
pub(crate) struct Text<A> {
    cache: Cache<Box<str>, Value, Hasher>,
    algorithm: PhantomData<A>,
}

impl<A: Algorithm> TextCache for Text<A> {
    const NAME: &'static str = A::NAME;
    const HOW: &'static str = HOW;
    const HEAVY: bool = true;

    fn build(capacity: usize, small: bool) -> Self {
        let mut builder = CacheBuilder::new(capacity).with_hash_builder(Hasher::default());
        if small {
            builder = builder.with_shards(1);
        }
        Self {
            cache: builder.with_eviction_config(A::config()).build(),
            algorithm: PhantomData,
        }
    }

    #[inline]
    fn get_now(&self, key: &str) -> Option<Option<Value>> {
        let found = self.cache.get(key);
        Some(found.map(|found| Arc::clone(found.value())))
    }

    #[inline]
    fn set_now(&self, key: &str, value: Value) -> Option<Value> {
        self.cache.insert(key.into(), value);
        None
    }

    async fn len(&self) -> usize {
        self.cache.entries()
    }
}
