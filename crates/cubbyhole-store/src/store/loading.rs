//! Storing and computing values that say how they are to be kept.

use std::future::Future;

use cubbyhole_core::SetOutcome;

use super::CacheStore;
use crate::computing::{get_or_compute, get_or_compute_here, refresh};
use crate::entry::CachedRegistryEntry;
use crate::error::CacheError;
use crate::in_flight::InFlight;
use crate::loaded::Loaded;
use crate::lookup::Source;
use crate::misses::MissReason;
use crate::storing::Put;

impl CacheStore {
    /// Stores a value as it says itself: for how long, pinned or not, under which tags. Else as [`set`](Self::set).
    ///
    /// ```
    /// use std::time::Duration;
    /// use cubbyhole_policy::CachePolicy;
    /// use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = CacheStore::new();
    /// let weather = CachedRegistryEntry::<String>::new("weather", CachePolicy::lru(100)?);
    /// let loaded = Loaded::new("sunny".to_owned()).with_ttl(Duration::from_secs(60)).with_tags(["Bonn"]);
    /// store.set_loaded(&weather, "today", loaded).await?;
    /// assert!(store.get(&weather, "today").await?.is_some());
    /// store.invalidate_tag("Bonn");
    /// assert!(store.get(&weather, "today").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), and [`CacheError::Unsupported`] if the entry has a cache of its own make and the value says
    /// more than whether it is pinned and cached.
    ///
    /// # Cancellation
    ///
    /// As for [`set`](Self::set).
    pub async fn set_loaded<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
        loaded: Loaded<V>,
    ) -> Result<SetOutcome, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        let put = self.caches(entry)?.set(key, loaded)?;
        match put {
            Put::Now(outcome) => Ok(outcome),
            Put::Telling(telling) => telling.await,
        }
    }

    /// Returns the value of `key`, and computes it if nobody does, as [`get_or_compute`](Self::get_or_compute); the
    /// loader says how the value is to be kept.
    ///
    /// The two share their computations: whoever asks for a key waits for the one that runs, however it was begun.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cubbyhole_policy::CachePolicy;
    /// use cubbyhole_store::{CacheStore, CachedRegistryEntry, Loaded};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = CacheStore::new();
    /// let token = CachedRegistryEntry::<String>::new("token", CachePolicy::lru(100)?);
    /// let loaded = store.get_or_load(&token, "service", || async {
    ///     // The issuer of the token says how long it is good for.
    ///     Ok::<_, std::io::Error>(Loaded::new("secret".to_owned()).with_ttl(Duration::from_secs(300)))
    /// });
    /// assert_eq!(loaded.await?, "secret");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get_or_compute`](Self::get_or_compute), and [`CacheError::Unsupported`] as [`set_loaded`](Self::set_loaded).
    ///
    /// # Cancellation
    ///
    /// As for [`get_or_compute`](Self::get_or_compute).
    pub fn get_or_load<'a, V, L, F, Fut, E>(
        &'a self,
        entry: &'a CachedRegistryEntry<V>,
        key: &'a str,
        loader: F,
    ) -> impl Future<Output = Result<V, CacheError>> + Send
    where
        V: Clone + Send + Sync + 'static,
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let background = entry.finishes_in_background();
        get_or_compute(Source::Entry(self, entry), key, background, loader)
    }

    /// Computes the value of `key` anew, whether or not there is one, stores it and returns it. Who asks meanwhile reads
    /// the old value; if a computation runs already, this waits for that one.
    ///
    /// # Errors
    ///
    /// As [`get_or_load`](Self::get_or_load); an old value never takes the place of an error here.
    ///
    /// # Cancellation
    ///
    /// As for [`get_or_compute`](Self::get_or_compute).
    pub async fn refresh<V, L, F, Fut, E>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
        loader: F,
    ) -> Result<V, CacheError>
    where
        V: Clone + Send + Sync + 'static,
        L: Into<Loaded<V>> + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let background = entry.finishes_in_background();
        refresh(self.caches(entry)?, key, background, loader).await
    }

    /// Returns the value of `key`, and computes it on this thread if nobody does: [`get_or_load`](Self::get_or_load) for
    /// code that is not asynchronous.
    ///
    /// It blocks the thread while another one computes the value. In a service, call it from
    /// `cubbyhole_scope::spawn_blocking`, which carries the scope over, and not from a task: were the other computation
    /// a task of the same thread, it could not go on. Time limits and limits on computations do not apply to a
    /// computation that runs on the thread of its caller, and a value that is due for a refresh is computed at once.
    ///
    /// # Errors
    ///
    /// As [`get_or_load`](Self::get_or_load), and [`CacheError::Unsupported`] for a cache that has to be waited for.
    ///
    /// # Panics
    ///
    /// Never: a panic of the loader is [`CacheError::Panicked`], here and for those who wait.
    pub fn get_or_load_blocking<V, L, E>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
        loader: impl FnOnce() -> Result<L, E>,
    ) -> Result<V, CacheError>
    where
        V: Clone + Send + Sync + 'static,
        L: Into<Loaded<V>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        get_or_compute_here(&self.caches(entry)?, key, false, loader)
    }

    /// Computes the value of `key` anew on this thread: [`refresh`](Self::refresh) for code that is not asynchronous,
    /// under the conditions of [`get_or_load_blocking`](Self::get_or_load_blocking).
    ///
    /// # Errors
    ///
    /// As [`get_or_load_blocking`](Self::get_or_load_blocking).
    pub fn refresh_blocking<V, L, E>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
        loader: impl FnOnce() -> Result<L, E>,
    ) -> Result<V, CacheError>
    where
        V: Clone + Send + Sync + 'static,
        L: Into<Loaded<V>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        get_or_compute_here(&self.caches(entry)?, key, true, loader)
    }

    /// Removes the value of `key`: [`delete`](Self::delete) for code that is not asynchronous.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete), and [`CacheError::Unsupported`] for a cache that has to be waited for.
    pub fn delete_blocking<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
    ) -> Result<Option<V>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.caches(entry)?.delete_here(key)
    }

    /// Says why a lookup of `key` would find nothing now; `None` if it would find a value.
    ///
    /// It does not count as a lookup, and does not make the key more recent (a cache of another make may see it as one).
    /// Only so much is remembered about keys that are gone: see [`MissReason::NeverSeen`].
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn why_missing<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        key: &str,
    ) -> Result<Option<MissReason>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.caches(entry)?.why_missing(key)
    }

    /// Returns what is on its way, entry by entry, longest first: promised, computed or leased, for how long, and how
    /// many wait for it. O(what is on its way).
    #[must_use]
    pub fn in_flight(&self) -> Vec<InFlight> {
        let entries = self.world().entries();
        entries
            .iter()
            .flat_map(|caches| caches.in_flight())
            .collect()
    }
}
