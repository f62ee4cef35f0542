//! The store: a scope-aware store for each registry entry.

mod builder;
mod by_key;
mod global;
mod groups;
mod loading;
mod snapshots;

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use cubbyhole_core::{Retention, SetOutcome, SystemClock, TierStatus};
use cubbyhole_scope::CacheScope;

pub use self::builder::{CacheStoreBuilder, OnMissingScope};
pub use self::snapshots::Restore;
use crate::caches::Caches;
use crate::computing::get_or_compute;
use crate::entry::CachedRegistryEntry;
use crate::error::{CacheError, Invalidation, SharedError};
use crate::lease::Leased;
use crate::lookup::{Lookup, Source};
use crate::pending::PendingValue;
use crate::scope_store::CacheScopeStore;
use crate::stats::StoreStats;
use crate::storing::Storing;
use crate::world::World;

/// A store of cached values: by registry entry, by scope, by key.
///
/// Each registry entry has its own policy and its own type of value. Each operation works in the scope that the
/// entry's cache type has in the running task, which comes from its [`ScopeContext`](cubbyhole_scope::ScopeContext)
/// and from nowhere else. A scope has one small cache for each entry it uses, and costs nothing once it is empty.
///
/// Clones are handles to one store, which ends with the last of them: what is cached is dropped, and who waits for a
/// promised value gets [`CacheError::Invalidated`].
///
/// # Errors
///
/// Every operation that takes an entry can fail with [`CacheError::MissingScope`], if the running task has no scope of
/// the entry's cache type, and with [`CacheError::TypeConflict`], [`CacheError::PolicyConflict`] or
/// [`CacheError::CacheConflict`], if another entry with the same key is registered.
///
/// # Locks and time
///
/// An operation locks one scope for as long as it changes a small list, never across an `.await`, and never while a
/// computation, a destructor of a value or a waker runs. A value's `Clone` runs under the lock of its scope: wrap in an
/// `Arc` what is dear to clone. Every operation is O(1) unless it says otherwise.
///
/// # Example
///
/// ```
/// use cubbyhole_policy::{CachePolicy, CacheType};
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
/// use cubbyhole_store::{CacheStore, CachedRegistryEntry};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = CacheStore::new();
/// let report = CachedRegistryEntry::<String>::new("report", CachePolicy::lru(10)?.with_cache_type(CacheType::User));
///
/// let request = async {
///     store.get_or_compute(&report, "2026-11", || async { Ok::<_, std::io::Error>("dear to make".to_owned()) }).await
/// };
/// assert_eq!(request.in_scope(ScopeContext::new().user("ada")).await?, "dear to make");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CacheStore {
    handle: Arc<Handle>,
}

/// What all handles to a store share: when it goes, the store ends, whoever still computes for it.
struct Handle {
    world: Arc<World>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.world.close();
    }
}

impl CacheStore {
    /// Makes a store that goes by the clock of the machine and refuses operations whose scope is missing.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Makes a store in another way.
    pub fn builder() -> CacheStoreBuilder {
        CacheStoreBuilder::new(Arc::new(SystemClock))
    }

    fn of(world: Arc<World>) -> Self {
        let handle = Arc::new(Handle { world });
        Self { handle }
    }

    /// Returns the value of `key`, if it is there. A read counts as use; a pin stays.
    ///
    /// A value that is pending only is not there: see [`get_or_wait`](Self::get_or_wait).
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    ///
    /// # Cancel safety
    ///
    /// Complete at the first poll, unless the entry's cache is a remote one.
    #[inline]
    pub fn get<'a, V>(
        &'a self,
        entry: &'a CachedRegistryEntry<V>,
        key: &'a str,
    ) -> impl Future<Output = Result<Option<V>, CacheError>> + Send
    where
        V: Clone + Send + Sync + 'static,
    {
        Lookup::new(Source::Entry(self, entry), key, false)
    }

    /// Returns the value of `key`, if it is there, and clears its pin: from now on it may be evicted and expire.
    ///
    /// If the cache holds more than its policy allows, because of pins, or the value is past its time, this read is
    /// the last that finds it.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    ///
    /// # Cancel safety
    ///
    /// Complete at the first poll, unless the entry's cache is a remote one.
    pub fn get_unpin<'a, V>(
        &'a self,
        entry: &'a CachedRegistryEntry<V>,
        key: &'a str,
    ) -> impl Future<Output = Result<Option<V>, CacheError>> + Send
    where
        V: Clone + Send + Sync + 'static,
    {
        Lookup::new(Source::Entry(self, entry), key, true)
    }

    /// Stores a value under `key`, unpinned, in place of what was there, and then wakes everybody who waits for it.
    ///
    /// A computation of the same key that is under way is not needed any more: it is cancelled, or finishes in the
    /// background if the entry says so, and its value is not stored. The outcome says whether the value was kept: it is
    /// not if all else is pinned.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    ///
    /// # Cancel safety
    ///
    /// Complete at the first poll, unless the entry's cache is a remote one: then a dropped future may or may not have
    /// stored the value.
    pub fn set<'a, V>(
        &'a self,
        entry: &'a CachedRegistryEntry<V>,
        key: &'a str,
        value: V,
    ) -> impl Future<Output = Result<SetOutcome, CacheError>> + Send
    where
        V: Clone + Send + Sync + 'static,
    {
        Storing::new(Source::Entry(self, entry), key, value, Retention::Evictable)
    }

    /// Stores a value as [`set`](Self::set) does, and pins it: it is neither evicted nor expired nor deleted until
    /// [`get_unpin`](Self::get_unpin) reads it.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    ///
    /// # Cancel safety
    ///
    /// As [`set`](Self::set).
    pub fn set_pinned<'a, V>(
        &'a self,
        entry: &'a CachedRegistryEntry<V>,
        key: &'a str,
        value: V,
    ) -> impl Future<Output = Result<SetOutcome, CacheError>> + Send
    where
        V: Clone + Send + Sync + 'static,
    {
        Storing::new(Source::Entry(self, entry), key, value, Retention::Pinned)
    }

    /// Removes the value of `key` and returns it. A pinned value stays, and `None` comes back.
    ///
    /// It beats what began before it: a computation of this key that is under way still answers those who wait for it,
    /// but is not stored, and nobody joins it any more. Who waits for a promised value gets
    /// [`CacheError::Invalidated`].
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    ///
    /// # Cancel safety
    ///
    /// Complete at the first poll, unless the entry's cache is a remote one: then a dropped future may or may not have
    /// removed the value.
    pub async fn delete<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
    ) -> Result<Option<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.caches(entry)?.delete(key).await
    }

    /// Marks `key` as pending: somebody is at work on its value, and whoever [waits](Self::get_or_wait) for it waits.
    ///
    /// A value that is there stays readable until the new one comes. The mark takes no room in the cache, is not
    /// evicted and does not expire. Marking a key again joins the first mark. See [`PendingValue`] for what happens
    /// when nobody keeps the promise.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    pub fn set_pending<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
    ) -> Result<PendingValue<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let (flight, new) = self.caches(entry)?.set_pending(key)?;
        Ok(PendingValue::new(flight, !new))
    }

    /// Ends the pending value of `key`, or the computation that is under way, with an error, which everybody who waits
    /// gets ([`CacheError::Failed`]). Nothing is stored, and the key is free again.
    ///
    /// Returns whether anything was pending.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`].
    pub fn fail<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<bool, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.caches(entry)?.fail(key, SharedError::new(error))
    }

    /// Returns the value of `key` if it is there; waits for it if it is pending; else returns `None`.
    ///
    /// Waiting polls nothing: the waiter is woken once, when the value has been stored.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`]; and, from waiting: [`CacheError::Failed`], [`CacheError::Panicked`],
    /// [`CacheError::Abandoned`], [`CacheError::Invalidated`], and [`CacheError::Cycle`] if the running computation is
    /// what is waited for.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing for anybody else who waits. If it was the last to wait for a computation,
    /// that is cancelled, as with [`get_or_compute`](Self::get_or_compute).
    pub async fn get_or_wait<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
    ) -> Result<Option<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.caches(entry)?.get_or_wait(key).await
    }

    /// Returns the value of `key`; if it is not there, computes and stores it. Concurrent callers share one
    /// computation.
    ///
    /// The computation runs in a task of its own, in the scope of the caller that began it, so no caller can stop it by
    /// not being polled. If all callers have gone it is cancelled, or, if the entry
    /// [says so](CachedRegistryEntry::finish_in_background), finishes. An error is handed to all who wait and is not
    /// stored; so is a panic.
    ///
    /// Nobody joins a computation that began before an invalidation of its key, and its value is not stored.
    ///
    /// # Errors
    ///
    /// See [`CacheStore`]; [`CacheError::Failed`] with the error of the computation (of this or of another caller's
    /// closure); [`CacheError::Panicked`]; [`CacheError::NoRuntime`] outside a tokio runtime;
    /// [`CacheError::Invalidated`] or [`CacheError::Abandoned`] if the value was promised by
    /// [`set_pending`](Self::set_pending) and did not come; [`CacheError::Cycle`] if computing this value waits for
    /// this value, directly or through other entries.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing for anybody else who waits.
    pub fn get_or_compute<'a, V, F, Fut, E>(
        &'a self,
        entry: &'a CachedRegistryEntry<V>,
        key: &'a str,
        loader: F,
    ) -> impl Future<Output = Result<V, CacheError>> + Send
    where
        V: Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let background = entry.finishes_in_background();
        get_or_compute(Source::Entry(self, entry), key, background, loader)
    }

    /// Returns the value of `key`, or the right to bring it: for computations that borrow, and so cannot run in a task
    /// of their own.
    ///
    /// One caller at a time has the right; the others wait for the value. See [`Lease`](crate::Lease). A caller that
    /// holds the lease of a key and asks for the same key waits for itself.
    ///
    /// ```
    /// # use cubbyhole_policy::CachePolicy;
    /// # use cubbyhole_store::{CacheStore, CachedRegistryEntry, Leased};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = CacheStore::new();
    /// let lengths = CachedRegistryEntry::<usize>::new("lengths", CachePolicy::lru(10)?);
    /// let text = String::from("borrowed");
    ///
    /// let length = match store.get_or_lease(&lengths, "text").await? {
    ///     Leased::Value(length) => length,
    ///     Leased::Lease(lease) => {
    ///         let length = text.len();
    ///         lease.publish(length).await;
    ///         length
    ///     }
    /// };
    /// assert_eq!((length, store.get(&lengths, "text").await?), (8, Some(8)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get_or_compute`](Self::get_or_compute).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the place in line up; a right that came meanwhile goes to the next.
    pub async fn get_or_lease<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
    ) -> Result<Leased<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let caches = self.caches(entry)?;
        caches.get_or_lease(key).await
    }

    /// Removes everything: every entry, every scope, pinned or not, and what is pending. O(n).
    ///
    /// There is one moment at which all that was there is gone; what is stored after it stays. Computations that are
    /// under way answer those who wait for them and are not stored; who waits for a promised value gets
    /// [`CacheError::Invalidated`]. Scopes are emptied one by one, so nobody is held up.
    ///
    /// # Cancel safety
    ///
    /// With caches of this process, complete at the first poll. Otherwise a dropped future may leave remote caches that
    /// are still to be cleared; the next `clear` or [`drop_scope`](Self::drop_scope) does it.
    pub async fn clear(&self) {
        self.world().clear().await;
    }

    /// Forgets a scope, in every registry entry, pinned values and pending ones included: for a logout, the end of a
    /// session, a request of erasure.
    ///
    /// What is under way in that scope is treated as by [`clear`](Self::clear). A task that still runs in the scope may
    /// store new values in it afterwards. O(what the scope holds); for the global scope, O(registry entries) more.
    ///
    /// Remote caches forget the scope even if this process has never asked them about it: the factory of an entry with
    /// [caches of another make](crate::CachedRegistryEntry::with_cache) makes one for that.
    ///
    /// # Cancel safety
    ///
    /// As [`clear`](Self::clear).
    pub async fn drop_scope(&self, scope: &CacheScope) {
        let why = Invalidation::ScopeDropped;
        self.world().drop_scope(scope, why).await;
    }

    /// Returns what the store has done and holds. O(registry entries), and what has expired since.
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        let entries = self.world().entries();
        StoreStats {
            entries: entries.iter().map(|caches| caches.stats()).collect(),
        }
    }

    /// Returns how the shared tiers are that entries of this store have, in the order in which they were first used.
    #[must_use]
    pub fn shared_tiers(&self) -> Vec<TierStatus> {
        self.world().tier_statuses()
    }

    /// Returns the caches of one entry, as a store of its own.
    ///
    /// # Errors
    ///
    /// [`CacheError::TypeConflict`], [`CacheError::PolicyConflict`] or [`CacheError::CacheConflict`].
    pub fn scope_store<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
    ) -> Result<CacheScopeStore<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let caches = self.world().register(entry)?;
        let background = entry.finishes_in_background();
        Ok(CacheScopeStore::of(self.clone(), caches, background))
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.handle.world
    }

    /// Returns the caches that an entry remembers, if they are of this store.
    #[inline]
    pub(crate) fn bound<'a, V>(
        &self,
        entry: &'a CachedRegistryEntry<V>,
    ) -> Option<&'a Arc<Caches<V>>> {
        let caches = entry.bound.get()?;
        Arc::ptr_eq(caches.world(), self.world()).then_some(caches)
    }

    /// Finds the caches of an entry: by what the entry remembers, or by its key.
    pub(crate) fn caches<'a, V>(
        &self,
        entry: &'a CachedRegistryEntry<V>,
    ) -> Result<Found<'a, V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        match self.bound(entry) {
            Some(caches) => Ok(Found::Bound(caches)),
            None => self.bind(entry).map(Found::Registered),
        }
    }

    #[cold]
    fn bind<V>(&self, entry: &CachedRegistryEntry<V>) -> Result<Arc<Caches<V>>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let caches = self.world().register(entry)?;
        // The first store that an entry is used with has it bound.
        let _ = entry.bound.set(Arc::clone(&caches));
        Ok(caches)
    }
}

impl Default for CacheStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CacheStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheStore")
            .field("entries", &self.world().entries().len())
            .finish_non_exhaustive()
    }
}

/// The caches of an entry, and how they were found.
pub(crate) enum Found<'a, V> {
    Bound(&'a Arc<Caches<V>>),
    Registered(Arc<Caches<V>>),
}

impl<V> Deref for Found<'_, V> {
    type Target = Arc<Caches<V>>;

    #[inline]
    fn deref(&self) -> &Arc<Caches<V>> {
        match self {
            Self::Bound(caches) => caches,
            Self::Registered(caches) => caches,
        }
    }
}
