//! Taking copies of what a store holds, and putting those of an earlier process back.

use std::fmt;
use std::sync::Arc;

use cubbyhole_core::Clock;
use cubbyhole_scope::CacheScope;

use super::CacheStore;
use crate::caches::{Caches, RestoreBegun};
use crate::entry::CachedRegistryEntry;
use crate::error::CacheError;
use crate::saved::{Restored, SavedValue};

impl CacheStore {
    /// Hands out copies of all values of an entry, of all scopes, while the store is in use.
    ///
    /// What a read would find is handed out, with its pin, its tags and what is left of its time, counted from when this
    /// was called; the values of a scope in the order in which they would be evicted. That counts as no use and as no
    /// lookup. A value that is stored or invalidated meanwhile may or may not be among them.
    ///
    /// `take` is called with no lock held, a few values at a time, and ends this with an error. A scope is locked while a
    /// few values are cloned, and, once, while its keys are listed: O(values of the entry in it), some nanoseconds each.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unsupported`] if the entry has a cache of its own make, which cannot list its keys;
    /// [`CacheError::SharedNotSaved`] if it has a shared tier; otherwise as for any operation on the entry; and whatever
    /// `take` returns.
    pub fn export<V, E>(
        &self,
        entry: &CachedRegistryEntry<V>,
        mut take: impl FnMut(&CacheScope, Vec<SavedValue<V>>) -> Result<(), E>,
    ) -> Result<(), E>
    where
        V: Clone + Send + Sync + 'static,
        E: From<CacheError>,
    {
        self.own_caches(entry, "export of its values")?
            .export(&mut take)
    }

    /// Begins to put values of an earlier process back. What is invalidated from now on is not brought back.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unsupported`] if the entry has a cache of its own make; [`CacheError::SharedNotSaved`] if it has a
    /// shared tier, which a restart finds its values in; otherwise as for any operation on the entry.
    ///
    /// ```
    /// use cubbyhole_policy::CachePolicy;
    /// use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), CacheError> {
    /// let entry = CachedRegistryEntry::new("answers", CachePolicy::most_recent());
    /// let (before, after) = (CacheStore::new(), CacheStore::new());
    /// before.set(&entry, "a", 42).await?;
    ///
    /// let restore = after.begin_restore(&entry)?;
    /// before.export(&entry, |scope, values| restore.put(scope, values).map(drop))?;
    /// assert_eq!(after.get(&entry, "a").await?, Some(42));
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin_restore<V>(&self, entry: &CachedRegistryEntry<V>) -> Result<Restore<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let caches = self.own_caches(entry, "way to bring values back")?;
        let begun = caches.begin_restore();
        Ok(Restore { caches, begun })
    }

    /// Returns the clock that the store goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.world().clock
    }

    fn own_caches<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        what: &'static str,
    ) -> Result<Arc<Caches<V>>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let caches = self.caches(entry)?;
        if entry.factory().is_some() {
            return Err(caches.unsupported(what));
        }
        if entry.shared().is_some() {
            let entry = entry.store_key().clone();
            return Err(CacheError::SharedNotSaved { entry });
        }
        Ok(Arc::clone(&caches))
    }
}

/// Puts values of an earlier process back; see [`CacheStore::begin_restore`]. Dropped when all are back.
pub struct Restore<V: Clone + Send + Sync + 'static> {
    caches: Arc<Caches<V>>,
    begun: RestoreBegun,
}

impl<V: Clone + Send + Sync + 'static> Restore<V> {
    /// Returns whether values of the entry can be in a scope: in one of its cache type, and in the global one if the store
    /// falls back to that.
    #[must_use]
    pub fn takes(&self, scope: &CacheScope) -> bool {
        self.caches.lives_in(scope)
    }

    /// Puts values of one scope back, which come in the order in which they would be evicted, with what is left of their
    /// time counted from when this restore began.
    ///
    /// They are older than anything that is there: nothing is replaced or evicted for them, and they would be evicted
    /// before it. A key that was set, left its cache, or was invalidated since is left alone. The scope is locked for a
    /// few values at a time. O(values).
    ///
    /// # Errors
    ///
    /// [`CacheError::OtherCacheType`] if values of the entry cannot be in such a scope.
    pub fn put(
        &self,
        scope: &CacheScope,
        values: Vec<SavedValue<V>>,
    ) -> Result<Restored, CacheError> {
        if !self.takes(scope) {
            return Err(CacheError::OtherCacheType {
                entry: self.caches.key().clone(),
                cache_type: self.caches.declared().cache_type(),
                given: scope.cache_type(),
            });
        }
        Ok(self.caches.restore(scope, &self.begun, values))
    }
}

impl<V: Clone + Send + Sync + 'static> Drop for Restore<V> {
    fn drop(&mut self) {
        self.caches.end_restore();
    }
}

impl<V: Clone + Send + Sync + 'static> fmt::Debug for Restore<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restore")
            .field("entry", self.caches.key())
            .finish_non_exhaustive()
    }
}
