//! DashMap: a concurrent map without a bound.

use std::sync::Arc;

use dashmap::DashMap;

use super::key::{Key, Lookup, Parts};
use super::{BigCache, Hasher, World};
use crate::workload::Value;

/// A map for everybody.
pub(crate) struct Big(DashMap<Key, Value, Hasher>);

impl BigCache for Big {
    const NAME: &'static str = "DashMap";
    const HOW: &'static str = "`DashMap` with its own number of shards, lookups by `Borrow`; `retain` to drop a scope; it evicts nothing, so it is only in what overflows nowhere";

    fn build(_world: &World) -> Self {
        Self(DashMap::default())
    }

    #[inline]
    fn get_now(&self, entry: u32, scope: &str, key: &str) -> Option<Option<Value>> {
        let lookup: &dyn Parts = &Lookup { entry, scope, key };
        Some(self.0.get(lookup).map(|value| Arc::clone(&value)))
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
