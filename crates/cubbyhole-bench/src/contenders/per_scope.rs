//! Design B: a cache of its own for each registry entry and scope.

use std::future::Future;
use std::sync::Arc;

use dashmap::DashMap;

use super::scoping::{with_scope, within};
use super::{Contender, Hasher, TextCache, World};
use crate::workload::Value;

/// For each registry entry, a concurrent map from the scope to its cache.
///
/// A cache that never waits is asked where it lies; of one that may wait, a reference is taken first, because a lock
/// must not be held across an await.
pub(crate) struct PerScope<C> {
    entries: Vec<DashMap<Arc<str>, Arc<C>, Hasher>>,
    capacity: usize,
}

impl<C: TextCache> PerScope<C> {
    fn make(&self, entry: usize, scope: &Arc<str>) -> Arc<C> {
        let instances = &self.entries[entry];
        let instance = instances.entry(Arc::clone(scope));
        Arc::clone(&instance.or_insert_with(|| Arc::new(C::build(self.capacity, true))))
    }

    fn find(&self, entry: usize, scope: &str) -> Option<Arc<C>> {
        self.entries[entry]
            .get(scope)
            .map(|instance| Arc::clone(&instance))
    }
}

impl<C: TextCache> Contender for PerScope<C> {
    type Scope = Arc<str>;

    fn name() -> String {
        format!("{}/B", C::NAME)
    }

    fn how() -> &'static str {
        C::HOW
    }

    fn is_heavy() -> bool {
        C::HEAVY
    }

    fn build(world: &World) -> Self {
        Self {
            entries: (0..world.entries.max(1))
                .map(|_| DashMap::default())
                .collect(),
            capacity: world.capacity,
        }
    }

    fn scope(id: &str) -> Arc<str> {
        id.into()
    }

    async fn within<F>(scope: Arc<str>, request: F) -> F::Output
    where
        F: Future + Send,
        F::Output: Send,
    {
        within(scope, request).await
    }

    #[inline]
    async fn get(&self, entry: usize, key: &str) -> Option<Value> {
        let now = with_scope(|scope| {
            let instance = self.entries[entry].get(&**scope)?;
            Some(instance.get_now(key))
        });
        match now {
            None => None,
            Some(Some(answer)) => answer,
            Some(None) => {
                let instance = with_scope(|scope| self.find(entry, scope))?;
                instance.get(key).await
            }
        }
    }

    #[inline]
    async fn set(&self, entry: usize, key: &str, value: Value) {
        let now = with_scope(|scope| match self.entries[entry].get(&**scope) {
            Some(instance) => instance.set_now(key, value),
            None => Some(value),
        });
        let Some(value) = now else { return };
        let instance = with_scope(|scope| self.make(entry, scope));
        if let Some(value) = instance.set_now(key, value) {
            instance.set(key, value).await;
        }
    }

    async fn drop_scope(&self, scope: &Arc<str>) -> bool {
        for instances in &self.entries {
            instances.remove(&**scope);
        }
        true
    }

    async fn len(&self) -> usize {
        let mut sum = 0;
        for instances in &self.entries {
            let instances: Vec<_> = instances
                .iter()
                .map(|instance| Arc::clone(&instance))
                .collect();
            for instance in instances {
                sum += instance.len().await;
            }
        }
        sum
    }
}
