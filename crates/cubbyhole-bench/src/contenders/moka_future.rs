//! moka, the cache that is awaited.

use std::sync::Arc;

use moka::future::{Cache, CacheBuilder};

use super::key::{Key, Lookup};
use super::{BigCache, Hasher, TextCache, World};
use crate::workload::Value;

const NAME: &str = "moka future";

const HOW: &str = "`future::Cache` with `max_capacity`, its own policy (TinyLFU), lookups by `Equivalent`; `invalidate_entries_if` to drop a scope of A";

/// A cache for everybody.
pub(crate) struct Big(Cache<Key, Value, Hasher>);

impl BigCache for Big {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        let mut builder = CacheBuilder::new(world.total() as u64);
        if world.drops_scopes {
            builder = builder.support_invalidation_closures();
        }
        Self(builder.build_with_hasher(Hasher::default()))
    }

    #[inline]
    async fn get(&self, entry: u32, scope: Arc<str>, key: &str) -> Option<Value> {
        let lookup = Lookup {
            entry,
            scope: &scope,
            key,
        };
        self.0.get(&lookup).await
    }

    #[inline]
    async fn set(&self, entry: u32, scope: Arc<str>, key: &str, value: Value) {
        self.0.insert(Key::new(entry, &scope, key), value).await;
    }

    async fn drop_scope(&self, scope: &str) -> bool {
        let scope: Arc<str> = scope.into();
        let begun = self
            .0
            .invalidate_entries_if(move |key, _| key.is_of(&scope));
        self.0.run_pending_tasks().await;
        begun.is_ok()
    }

    async fn len(&self) -> usize {
        self.0.run_pending_tasks().await;
        self.0.entry_count() as usize
    }
}

/// A cache of texts.
pub(crate) struct Text(Cache<Box<str>, Value, Hasher>);

impl TextCache for Text {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;
    const HEAVY: bool = true;

    fn build(capacity: usize, _small: bool) -> Self {
        Self(CacheBuilder::new(capacity as u64).build_with_hasher(Hasher::default()))
    }

    #[inline]
    async fn get(&self, key: &str) -> Option<Value> {
        self.0.get(key).await
    }

    #[inline]
    async fn set(&self, key: &str, value: Value) {
        self.0.insert(key.into(), value).await;
    }

    async fn len(&self) -> usize {
        // What `run_pending_tasks` would remove is what it holds too much, and is in memory until then.
        self.0.entry_count().max(self.0.iter().count() as u64) as usize
    }
}
