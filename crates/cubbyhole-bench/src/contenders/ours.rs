//! Us: the whole store, from the registry entry and the scope of the task to the value.

use std::future::Future;

use cubbyhole::{
    CachePolicy, CacheStore, CacheType, CachedRegistryEntry, ScopeContext, ScopeFutureExt,
};

use super::{Contender, World};
use crate::workload::Value;

/// A store with the entries of the world.
pub(crate) struct Ours {
    store: CacheStore,
    entries: Vec<CachedRegistryEntry<Value>>,
}

impl Contender for Ours {
    type Scope = ScopeContext;

    fn name() -> String {
        "cubbyhole".to_owned()
    }

    fn how() -> &'static str {
        "`CacheStore` with an `lru` policy for each registry entry, the scope from `ScopeContext`"
    }

    fn build(world: &World) -> Self {
        let policy = CachePolicy::lru(world.capacity).expect("the capacity is not 0");
        let cache_type = if world.entries == 0 {
            CacheType::Global
        } else {
            CacheType::User
        };
        let policy = policy.with_cache_type(cache_type);
        let entry = |number| CachedRegistryEntry::new(format!("entry {number}"), policy.clone());
        Self {
            store: CacheStore::new(),
            entries: (0..world.entries.max(1)).map(entry).collect(),
        }
    }

    fn scope(id: &str) -> ScopeContext {
        ScopeContext::anonymous().user(id)
    }

    async fn within<F>(scope: ScopeContext, request: F) -> F::Output
    where
        F: Future + Send,
        F::Output: Send,
    {
        request.in_scope(scope).await
    }

    #[inline]
    async fn get(&self, entry: usize, key: &str) -> Option<Value> {
        let value = self.store.get(&self.entries[entry], key).await;
        value.expect("the scope is there")
    }

    #[inline]
    async fn set(&self, entry: usize, key: &str, value: Value) {
        let outcome = self.store.set(&self.entries[entry], key, value).await;
        let _kept = outcome.expect("the scope is there");
    }

    async fn drop_scope(&self, scope: &ScopeContext) -> bool {
        if let Ok(scope) = scope.resolve_ref(CacheType::User) {
            self.store.drop_scope(scope).await;
        }
        true
    }

    async fn len(&self) -> usize {
        let stats = self.store.stats();
        stats
            .entries
            .iter()
            .map(|entry| entry.entries as usize)
            .sum()
    }
}
