//! cached: its sharded stores, which are those for concurrent use.

use std::sync::Arc;

use cached::ShardedLruCache;

use super::key::{Key, Lookup, Parts};
use super::{BigCache, Hasher, TextCache, World};
use crate::workload::Value;

const NAME: &str = "cached";

const HOW: &str = "`ShardedLruCache` with its own number of shards (one where a cache is small), lookups by `Borrow`; `retain` to drop a scope of A";

type Sharded<K> = ShardedLruCache<K, Value, Hasher>;

/// A cache for everybody.
pub(crate) struct Big(Sharded<Key>);

impl BigCache for Big {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        let builder = ShardedLruCache::builder().max_size(world.total());
        Self(
            builder
                .hasher(Hasher::default())
                .build()
                .expect("the options agree"),
        )
    }

    #[inline]
    fn get_now(&self, entry: u32, scope: &str, key: &str) -> Option<Option<Value>> {
        let lookup: &dyn Parts = &Lookup { entry, scope, key };
        Some(self.0.get(lookup))
    }

    #[inline]
    fn set_now(&self, entry: u32, scope: &Arc<str>, key: &str, value: Value) -> Option<Value> {
        self.0.set(Key::new(entry, scope, key), value);
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
pub(crate) struct Text(Sharded<Box<str>>);

impl TextCache for Text {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(capacity: usize, _small: bool) -> Self {
        let builder = ShardedLruCache::builder().max_size(capacity);
        Self(
            builder
                .hasher(Hasher::default())
                .build()
                .expect("the options agree"),
        )
    }

    #[inline]
    fn get_now(&self, key: &str) -> Option<Option<Value>> {
        Some(self.0.get(key))
    }

    #[inline]
    fn set_now(&self, key: &str, value: Value) -> Option<Value> {
        self.0.set(key.into(), value);
        None
    }

    async fn len(&self) -> usize {
        self.0.len()
    }
}
