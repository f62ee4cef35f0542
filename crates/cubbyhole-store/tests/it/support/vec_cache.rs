//! A cache of another make that answers at once, and panics when it is told to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cubbyhole_core::{
    CacheStoreImpl, HashedKey, InProcessCache, RemovalCause, Removed, Retention, SetOutcome,
};
use cubbyhole_scope::CacheScope;

/// Keeps everything, slowly.
pub(crate) struct VecCache<V> {
    entries: Mutex<Vec<(String, V, Retention)>>,
    /// The operation that panics from now on.
    panics_at: Arc<Mutex<Option<&'static str>>>,
}

impl<V: Clone + Send + Sync + 'static> VecCache<V> {
    pub(crate) fn for_scope(_: &CacheScope) -> Arc<dyn CacheStoreImpl<V>> {
        Self::panicking(&Arc::default())
    }

    pub(crate) fn panicking(
        panics_at: &Arc<Mutex<Option<&'static str>>>,
    ) -> Arc<dyn CacheStoreImpl<V>> {
        Arc::new(Self {
            entries: Mutex::default(),
            panics_at: Arc::clone(panics_at),
        })
    }

    fn lock(&self, operation: &str) -> MutexGuard<'_, Vec<(String, V, Retention)>> {
        let panics_at = *self.panics_at.lock().unwrap();
        assert!(panics_at != Some(operation), "{operation} panics");
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone + Send + Sync + 'static> InProcessCache for VecCache<V> {
    type Value = V;

    fn lookup(&self, key: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
        let entries = self.lock("lookup");
        let (_, value, _) = entries.iter().find(|(k, ..)| k == key.as_str())?;
        Some(value.clone())
    }

    fn lookup_unpin(&self, key: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
        let mut entries = self.lock("lookup_unpin");
        let (_, value, retention) = entries.iter_mut().find(|(k, ..)| k == key.as_str())?;
        let value = value.clone();
        *retention = Retention::Evictable;
        Some(value)
    }

    fn insert(
        &self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        let mut entries = self.lock("insert");
        if let Some(at) = entries.iter().position(|(k, ..)| k == key.as_str()) {
            let (_, old, _) = entries.swap_remove(at);
            removed.push(RemovalCause::Replaced, key.into(), old);
        }
        entries.push((key.as_str().to_owned(), value, retention));
        SetOutcome::Kept
    }

    fn remove(&self, key: HashedKey<'_>, removed: &mut Removed<V>) -> Option<V> {
        let mut entries = self.lock("remove");
        let at = entries
            .iter()
            .position(|(k, _, retention)| k == key.as_str() && !retention.is_pinned())?;
        removed.count(RemovalCause::Deleted, key.into());
        Some(entries.swap_remove(at).1)
    }

    fn remove_all(&self, removed: &mut Removed<V>) {
        for (key, value, _) in self.lock("remove_all").drain(..) {
            removed.push(RemovalCause::Deleted, HashedKey::new(&key).into(), value);
        }
    }

    fn entry_count(&self) -> usize {
        self.lock("entry_count").len()
    }

    fn snapshot(&self) -> Vec<V> {
        let entries = self.lock("snapshot");
        entries.iter().map(|(_, value, _)| value.clone()).collect()
    }
}
