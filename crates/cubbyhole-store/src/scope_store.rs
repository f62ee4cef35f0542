//! The caches of one registry entry, as a store of its own.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use cubbyhole_core::{Retention, SetOutcome};
use cubbyhole_policy::CachePolicy;

use crate::caches::Caches;
use crate::computing::{get_or_compute, refresh};
use crate::entry::CachedRegistryEntry;
use crate::error::{CacheError, SharedError};
use crate::lease::Leased;
use crate::loaded::Loaded;
use crate::lookup::{Lookup, Source};
use crate::pending::PendingValue;
use crate::stats::EntryStats;
use crate::store::{CacheStore, Found};
use crate::storing::{Put, Storing};
use crate::world::AnyCaches;

/// A scope-aware store of one kind of value: one small cache for each scope.
///
/// Every operation works in the scope of the running task. A [`CacheStore`] keeps one of these for each registry
/// entry ([`CacheStore::scope_store`]); alone it serves who caches one thing only. Each operation is that of the
/// [`CacheStore`] with the same name, whose documentation says all about it.
///
/// ```
/// use cubbyhole_policy::{CachePolicy, CacheType};
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
/// use cubbyhole_store::CacheScopeStore;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let greetings = CacheScopeStore::new(CachePolicy::lru(10)?.with_cache_type(CacheType::User));
/// let (ada, bob) = (ScopeContext::new().user("ada"), ScopeContext::new().user("bob"));
///
/// greetings.set("morning", "good morning, Ada").in_scope(ada.clone()).await?;
/// assert_eq!(greetings.get("morning").in_scope(ada).await?, Some("good morning, Ada"));
/// assert_eq!(greetings.get("morning").in_scope(bob).await?, None);
/// # Ok(())
/// # }
/// ```
pub struct CacheScopeStore<V> {
    caches: Arc<Caches<V>>,
    finish_in_background: bool,
    /// Keeps the caches from being closed.
    store: CacheStore,
}

impl<V: Clone + Send + Sync + 'static> CacheScopeStore<V> {
    /// Makes a store that keeps values by `policy`.
    pub fn new(policy: impl Into<CachePolicy>) -> Self {
        let entry = CachedRegistryEntry::new("scope-store", policy);
        let store = CacheStore::new();
        let world = store.world();
        // The store is new, so there is no other entry to disagree with.
        let caches = world
            .register(&entry)
            .unwrap_or_else(|_| Caches::new(&entry, 0, Arc::clone(world)));
        Self {
            caches,
            finish_in_background: false,
            store,
        }
    }

    pub(crate) const fn of(
        store: CacheStore,
        caches: Arc<Caches<V>>,
        finish_in_background: bool,
    ) -> Self {
        Self {
            caches,
            finish_in_background,
            store,
        }
    }

    /// Returns the value of `key`; see [`CacheStore::get`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    #[inline]
    pub fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> impl Future<Output = Result<Option<V>, CacheError>> + Send {
        Lookup::new(Source::Caches(&self.caches), key, false)
    }

    /// Returns the value of `key` and unpins it; see [`CacheStore::get_unpin`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn get_unpin<'a>(
        &'a self,
        key: &'a str,
    ) -> impl Future<Output = Result<Option<V>, CacheError>> + Send {
        Lookup::new(Source::Caches(&self.caches), key, true)
    }

    /// Stores a value; see [`CacheStore::set`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn set<'a>(
        &'a self,
        key: &'a str,
        value: V,
    ) -> impl Future<Output = Result<SetOutcome, CacheError>> + Send {
        Storing::new(
            Source::Caches(&self.caches),
            key,
            value,
            Retention::Evictable,
        )
    }

    /// Stores a value that stays until it is read; see [`CacheStore::set_pinned`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn set_pinned<'a>(
        &'a self,
        key: &'a str,
        value: V,
    ) -> impl Future<Output = Result<SetOutcome, CacheError>> + Send {
        Storing::new(Source::Caches(&self.caches), key, value, Retention::Pinned)
    }

    /// Removes the value of `key`; see [`CacheStore::delete`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub async fn delete(&self, key: &str) -> Result<Option<V>, CacheError> {
        self.caches.delete(key).await
    }

    /// Removes everything, in every scope; see [`CacheStore::clear`].
    pub async fn clear(&self) {
        self.caches.clear().await;
    }

    /// Marks `key` as pending; see [`CacheStore::set_pending`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn set_pending(&self, key: &str) -> Result<PendingValue<V>, CacheError> {
        let (flight, new) = self.caches.set_pending(key)?;
        Ok(PendingValue::new(flight, !new))
    }

    /// Fails the pending value of `key`; see [`CacheStore::fail`].
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn fail(
        &self,
        key: &str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<bool, CacheError> {
        self.caches.fail(key, SharedError::new(error))
    }

    /// Returns the value of `key`, and waits for it if it is pending; see [`CacheStore::get_or_wait`].
    ///
    /// # Errors
    ///
    /// As [`CacheStore::get_or_wait`].
    pub async fn get_or_wait(&self, key: &str) -> Result<Option<V>, CacheError> {
        self.caches.get_or_wait(key).await
    }

    /// Returns the value of `key`, and computes it if nobody does; see [`CacheStore::get_or_compute`].
    ///
    /// # Errors
    ///
    /// As [`CacheStore::get_or_compute`].
    pub fn get_or_compute<'a, F, Fut, E>(
        &'a self,
        key: &'a str,
        loader: F,
    ) -> impl Future<Output = Result<V, CacheError>> + Send
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let background = self.finish_in_background;
        get_or_compute(Source::Caches(&self.caches), key, background, loader)
    }

    /// Stores a value as it says itself; see [`CacheStore::set_loaded`].
    ///
    /// # Errors
    ///
    /// As [`CacheStore::set_loaded`].
    pub async fn set_loaded(&self, key: &str, loaded: Loaded<V>) -> Result<SetOutcome, CacheError> {
        match self.caches.set(key, loaded)? {
            Put::Now(outcome) => Ok(outcome),
            Put::Telling(telling) => telling.await,
        }
    }

    /// Returns the value of `key`, or computes it, and lets the loader say how it is kept; see
    /// [`CacheStore::get_or_load`].
    ///
    /// # Errors
    ///
    /// As [`CacheStore::get_or_load`].
    pub fn get_or_load<'a, L, F, Fut, E>(
        &'a self,
        key: &'a str,
        loader: F,
    ) -> impl Future<Output = Result<V, CacheError>> + Send
    where
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let background = self.finish_in_background;
        get_or_compute(Source::Caches(&self.caches), key, background, loader)
    }

    /// Computes the value of `key` anew; see [`CacheStore::refresh`].
    ///
    /// # Errors
    ///
    /// As [`CacheStore::refresh`].
    pub async fn refresh<L, F, Fut, E>(&self, key: &str, loader: F) -> Result<V, CacheError>
    where
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let background = self.finish_in_background;
        refresh(Found::Bound(&self.caches), key, background, loader).await
    }

    /// Returns the value of `key`, or the right to bring it; see [`CacheStore::get_or_lease`].
    ///
    /// # Errors
    ///
    /// As [`CacheStore::get_or_lease`].
    pub async fn get_or_lease(&self, key: &str) -> Result<Leased<V>, CacheError> {
        self.caches.get_or_lease(key).await
    }

    /// Returns the number of values in the scope of the running task.
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn len(&self) -> Result<usize, CacheError> {
        self.caches.len_here()
    }

    /// Returns whether there is no value in the scope of the running task.
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn is_empty(&self) -> Result<bool, CacheError> {
        Ok(self.len()? == 0)
    }

    /// Returns the values in the scope of the running task, in no particular order. O(n).
    ///
    /// # Errors
    ///
    /// [`CacheError::MissingScope`].
    pub fn values(&self) -> Result<Vec<V>, CacheError> {
        self.caches.values_here()
    }

    /// Returns what was done in all scopes; see [`CacheStore::stats`].
    #[must_use]
    pub fn stats(&self) -> EntryStats {
        AnyCaches::stats(&*self.caches)
    }

    /// Returns the policy.
    #[must_use]
    pub fn policy(&self) -> &CachePolicy {
        self.caches.declared()
    }

    /// Returns the store that these caches are part of: for what concerns all entries, such as
    /// [`drop_scope`](CacheStore::drop_scope).
    #[must_use]
    pub const fn store(&self) -> &CacheStore {
        &self.store
    }
}

impl<V> Clone for CacheScopeStore<V> {
    fn clone(&self) -> Self {
        Self {
            caches: Arc::clone(&self.caches),
            finish_in_background: self.finish_in_background,
            store: self.store.clone(),
        }
    }
}

impl<V> fmt::Debug for CacheScopeStore<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheScopeStore")
            .field("entry", self.caches.key())
            .field("policy", self.caches.declared())
            .finish_non_exhaustive()
    }
}
