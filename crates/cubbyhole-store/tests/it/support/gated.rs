//! A cache that really waits: a test holds each of its operations back, before and after it takes effect.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
use cubbyhole_scope::CacheScope;
use hashbrown::HashMap;

use super::Gate;

type Values<V> = HashMap<(CacheScope, String), (V, Retention)>;

/// The place where the values of [`GatedCache`]s are: it outlives them, and other processes write there too.
#[derive(Clone)]
pub(crate) struct Elsewhere<V> {
    values: Arc<Mutex<Values<V>>>,
    /// What the operations wait for, twice each.
    pub(crate) gate: Gate,
    /// What each `set` waits for before that: elsewhere, one operation may overtake another.
    pub(crate) sets: Gate,
}

/// A handle to what is elsewhere, for one scope.
pub(crate) struct GatedCache<V> {
    scope: CacheScope,
    elsewhere: Elsewhere<V>,
}

impl<V> Elsewhere<V> {
    pub(crate) fn new() -> Self {
        Self {
            values: Arc::default(),
            gate: Gate::opened(),
            sets: Gate::opened(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Values<V>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }
}

impl<V: Clone + Send + Sync + 'static> Elsewhere<V> {
    /// Makes the cache of a scope.
    pub(crate) fn cache(&self, scope: &CacheScope) -> Arc<dyn CacheStoreImpl<V>> {
        Arc::new(GatedCache {
            scope: scope.clone(),
            elsewhere: self.clone(),
        })
    }

    /// Looks without going through the gate.
    pub(crate) fn peek(&self, scope: &CacheScope, key: &str) -> Option<V> {
        let values = self.lock();
        let (value, _) = values.get(&(scope.clone(), key.to_owned()))?;
        Some(value.clone())
    }

    /// Writes as another process would.
    pub(crate) fn put(&self, scope: &CacheScope, key: &str, value: V) {
        let place = (scope.clone(), key.to_owned());
        self.lock().insert(place, (value, Retention::Evictable));
    }
}

impl<V> GatedCache<V> {
    fn place(&self, key: &str) -> (CacheScope, String) {
        (self.scope.clone(), key.to_owned())
    }

    async fn reach<R>(&self, f: impl FnOnce(&mut Values<V>) -> R) -> R {
        self.elsewhere.gate.pass().await;
        let result = f(&mut self.elsewhere.lock());
        self.elsewhere.gate.pass().await;
        result
    }
}

#[async_trait]
impl<V: Clone + Send + Sync + 'static> CacheStoreImpl<V> for GatedCache<V> {
    async fn get(&self, key: &str) -> Option<V> {
        let place = self.place(key);
        self.reach(|values| values.get(&place).map(|(value, _)| value.clone()))
            .await
    }

    async fn get_unpin(&self, key: &str) -> Option<V> {
        let place = self.place(key);
        self.reach(|values| {
            let (value, retention) = values.get_mut(&place)?;
            *retention = Retention::Evictable;
            Some(value.clone())
        })
        .await
    }

    async fn set(&self, key: &str, value: V, retention: Retention) -> SetOutcome {
        let place = self.place(key);
        self.elsewhere.sets.pass().await;
        let old = self.reach(|values| values.insert(place, (value, retention)));
        drop(old.await);
        SetOutcome::Kept
    }

    async fn delete(&self, key: &str) -> Option<V> {
        let place = self.place(key);
        self.reach(|values| {
            let (_, retention) = values.get(&place)?;
            if retention.is_pinned() {
                return None;
            }
            values.remove(&place).map(|(value, _)| value)
        })
        .await
    }

    async fn clear(&self) {
        self.reach(|values| values.retain(|(scope, _), _| *scope != self.scope))
            .await;
    }

    fn len(&self) -> usize {
        let values = self.elsewhere.lock();
        values
            .keys()
            .filter(|(scope, _)| *scope == self.scope)
            .count()
    }

    fn values(&self) -> Vec<V> {
        let values = self.elsewhere.lock();
        let mine = values.iter().filter(|((scope, _), _)| *scope == self.scope);
        mine.map(|(_, (value, _))| value.clone()).collect()
    }
}
