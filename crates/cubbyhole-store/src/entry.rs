//! Registry entries: what is cached, with which policy, as which type.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, OnceLock};

use cubbyhole_core::{CacheStoreImpl, SharedTier, ValueFormat};
use cubbyhole_policy::CachePolicy;
use cubbyhole_scope::CacheScope;

use crate::caches::Caches;
use crate::removal::{Listener, Removal};
use crate::shared::Shared;

/// The name of a registry entry: its kind and its uid.
///
/// Two fields and not one joined text: `("A_B", "c")` and `("A", "B_c")` are two keys.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoreKey(Arc<Names>);

#[derive(Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Names {
    kind: Box<str>,
    uid: Box<str>,
}

impl StoreKey {
    /// Makes a key.
    pub fn new(kind: impl Into<Box<str>>, uid: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Names {
            kind: kind.into(),
            uid: uid.into(),
        }))
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Returns the uid, unique within its kind.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.0.uid
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreKey")
            .field("kind", &self.kind())
            .field("uid", &self.uid())
            .finish()
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "registry entry {:?} of kind {:?}",
            self.uid(),
            self.kind()
        )
    }
}

/// One cached function: its name, the type of its values, and the policy they are kept by.
///
/// Make it once, in a `static` or a field, and use it for every operation: the first one registers it with the store
/// and later ones find their way at once. Clones are one entry. Two entries that are made apart with one key must
/// agree on the type, the policy and the cache, else the second is refused with an error.
///
/// ```
/// use cubbyhole_policy::{CachePolicy, CacheType};
/// use cubbyhole_store::CachedRegistryEntry;
///
/// let forecast = CachedRegistryEntry::<f64>::new("forecast", CachePolicy::lru(10)?.with_cache_type(CacheType::User))
///     .with_kind("DerivedVariable");
/// assert_eq!(forecast.store_key().uid(), "forecast");
/// # Ok::<(), cubbyhole_policy::PolicyError>(())
/// ```
pub struct CachedRegistryEntry<V> {
    key: StoreKey,
    policy: CachePolicy,
    factory: Option<Factory<V>>,
    listener: Option<Listener<V>>,
    shared: Option<Shared<V>>,
    finish_in_background: bool,
    /// The place of this entry in the first store that it was used with.
    pub(crate) bound: Arc<OnceLock<Arc<Caches<V>>>>,
}

impl<V> CachedRegistryEntry<V> {
    /// Makes an entry of kind [`DEFAULT_KIND`](Self::DEFAULT_KIND).
    ///
    /// A bare `CacheType` in place of a policy means an LRU of that type.
    pub fn new(uid: impl Into<Box<str>>, policy: impl Into<CachePolicy>) -> Self {
        Self {
            key: StoreKey::new(Self::DEFAULT_KIND, uid),
            policy: policy.into(),
            factory: None,
            listener: None,
            shared: None,
            finish_in_background: false,
            bound: Arc::default(),
        }
    }

    /// The kind of an entry that was not given one.
    pub const DEFAULT_KIND: &'static str = "entry";

    /// Sets the kind: uids are unique within a kind.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<Box<str>>) -> Self {
        self.key = StoreKey::new(kind, self.key.uid());
        self.bound = Arc::default();
        self
    }

    /// Keeps the values in caches of another make: `factory` makes one for each scope.
    ///
    /// The policy then only says whose the values are (its cache type); the caches keep what they keep.
    #[must_use]
    pub fn with_cache<F>(mut self, factory: F) -> Self
    where
        F: Fn(&CacheScope) -> Arc<dyn CacheStoreImpl<V>> + Send + Sync + 'static,
        V: Send + 'static,
    {
        self.factory = Some(Factory {
            code: TypeId::of::<F>(),
            make: Arc::new(factory),
        });
        self.bound = Arc::default();
        self
    }

    /// Has `listener` called with every value that leaves a cache of this entry: once each, with its cause, for each key
    /// in the order in which its values left, and with no lock held, so it may use the store.
    ///
    /// Values are kept with their keys and causes then, so a cache takes somewhat more memory. The listener is called by
    /// whoever happens to be at work: an operation, or the clock. One that panics lets the panic of that operation go on,
    /// after everything else has been done. A [cache of its own make](Self::with_cache) does not say what it removes, and
    /// is refused together with a listener.
    ///
    /// ```
    /// use cubbyhole_policy::CachePolicy;
    /// use cubbyhole_store::{CacheStore, CachedRegistryEntry, RemovedBy};
    /// use std::sync::{Arc, Mutex};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let heard = Arc::clone(&seen);
    /// let entry = CachedRegistryEntry::new("answers", CachePolicy::most_recent()).on_removal(move |removal| {
    ///     heard.lock().unwrap().push((removal.key, removal.value, removal.by));
    /// });
    /// let store = CacheStore::new();
    /// store.set(&entry, "a", 1).await?;
    /// store.set(&entry, "b", 2).await?;
    /// assert_eq!(*seen.lock().unwrap(), [("a".to_owned(), 1, RemovedBy::Evicted)]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_removal<F>(mut self, listener: F) -> Self
    where
        F: Fn(Removal<V>) + Send + Sync + 'static,
    {
        self.listener = Some(Listener {
            code: TypeId::of::<F>(),
            call: Arc::new(listener),
        });
        self.bound = Arc::default();
        self
    }

    /// Shares the values with other processes: a lookup that finds none here asks the tier before it computes one, one
    /// process computes while the others wait for it, and what one process changes the others lose at once.
    ///
    /// What is here is found as fast as without a tier. The policy, the scopes and the pins are those of each process;
    /// the lifetime of a value and its tags go along with it. While the tier is away, each process carries on alone, and
    /// what must not be missed is made up for. Waiting on a thread for other processes is refused
    /// ([`CacheError::SharedBlocking`](crate::CacheError::SharedBlocking)), and so is a cache of
    /// [another make](Self::with_cache) above a tier.
    ///
    /// Promises ([`set_pending`](crate::CacheStore::set_pending)) and pins are of one process: others do not see them.
    #[must_use]
    pub fn with_shared_tier<F>(mut self, tier: Arc<dyn SharedTier>, format: F) -> Self
    where
        F: ValueFormat<V> + 'static,
    {
        self.shared = Some(Shared::new(tier, format));
        self.bound = Arc::default();
        self
    }

    /// Lets operations fail ([`CacheError::SharedTier`](crate::CacheError::SharedTier)) that the shared tier cannot take
    /// part in, for values that must not differ between processes even for a moment. Without this, no operation fails
    /// because the tier does.
    #[must_use]
    pub fn require_shared_tier(mut self) -> Self {
        if let Some(shared) = &mut self.shared {
            shared.is_required = true;
        }
        self.bound = Arc::default();
        self
    }

    /// Lets a computation finish, and its value be stored, when all who asked for it have gone.
    ///
    /// Without this it is cancelled then.
    #[must_use]
    pub const fn finish_in_background(mut self) -> Self {
        self.finish_in_background = true;
        self
    }

    /// Returns the name under which a store knows the entry.
    #[must_use]
    pub const fn store_key(&self) -> &StoreKey {
        &self.key
    }

    /// Returns the policy.
    #[must_use]
    pub const fn policy(&self) -> &CachePolicy {
        &self.policy
    }

    /// Returns whether a computation that nobody waits for any more runs on.
    #[must_use]
    pub const fn finishes_in_background(&self) -> bool {
        self.finish_in_background
    }

    pub(crate) const fn listener(&self) -> Option<&Listener<V>> {
        self.listener.as_ref()
    }

    pub(crate) const fn shared(&self) -> Option<&Shared<V>> {
        self.shared.as_ref()
    }

    pub(crate) const fn factory(&self) -> Option<&Factory<V>> {
        self.factory.as_ref()
    }
}

impl<V> Clone for CachedRegistryEntry<V> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            policy: self.policy.clone(),
            factory: self.factory.clone(),
            listener: self.listener.clone(),
            shared: self.shared.clone(),
            finish_in_background: self.finish_in_background,
            bound: Arc::clone(&self.bound),
        }
    }
}

impl<V> fmt::Debug for CachedRegistryEntry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedRegistryEntry")
            .field("key", &self.key)
            .field("policy", &self.policy)
            .field("value", &std::any::type_name::<V>())
            .finish_non_exhaustive()
    }
}

/// Makes the caches of an entry that has caches of another make.
pub(crate) struct Factory<V> {
    /// Two factories of the same code are taken for the same; a closure's code has a type of its own.
    pub(crate) code: TypeId,
    pub(crate) make: MakeCache<V>,
}

type MakeCache<V> = Arc<dyn Fn(&CacheScope) -> Arc<dyn CacheStoreImpl<V>> + Send + Sync>;

impl<V> Clone for Factory<V> {
    fn clone(&self) -> Self {
        Self {
            code: self.code,
            make: Arc::clone(&self.make),
        }
    }
}
