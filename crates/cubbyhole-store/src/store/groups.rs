//! Invalidating many values at once, and exchanging policies.

use cubbyhole_policy::CachePolicy;
use cubbyhole_scope::CacheScope;

use super::CacheStore;
use crate::entry::{CachedRegistryEntry, StoreKey};
use crate::error::{CacheError, Invalidation};
use crate::overrides::{PolicyOverrides, UnknownEntry};

impl CacheStore {
    /// Invalidates every value that has this tag, in every entry and every scope.
    ///
    /// It takes effect for all of them at once, when this is called, pinned ones and those that are only kept in case of
    /// errors included; what they took is given back before it returns. A value whose computation began before is not
    /// stored, even if it is only known at the end which tags it has, and whoever asks for it from now on does not get
    /// it. O(values with the tag).
    pub fn invalidate_tag(&self, tag: &str) {
        self.world().invalidate_tag(None, tag);
    }

    /// Invalidates every value of a scope that has this tag, as [`invalidate_tag`](Self::invalidate_tag) does for all.
    ///
    /// The scope of the running task is `ScopeContext::current().resolve(cache_type)`.
    pub fn invalidate_tag_in(&self, scope: &CacheScope, tag: &str) {
        self.world().invalidate_tag(Some(scope), tag);
    }

    /// Puts everything of a scope out of reach, because what its user may see has changed: for a change of roles.
    ///
    /// It does what [`drop_scope`](Self::drop_scope) does, and is told from it where reasons are given: in
    /// [`MissReason`](crate::MissReason) and to listeners. Out of reach it is at once, whatever there is, in O(1);
    /// what it took is given back before the future ends.
    ///
    /// # Cancellation
    ///
    /// As for [`drop_scope`](Self::drop_scope).
    pub async fn bump_epoch(&self, scope: &CacheScope) {
        let why = Invalidation::EpochBumped;
        self.world().drop_scope(scope, why).await;
    }

    /// Makes a registry entry known before it is used: it is in the statistics then, and its policy can be overridden.
    ///
    /// # Errors
    ///
    /// As any operation on an entry that disagrees with another one of the same key: [`CacheError::PolicyConflict`],
    /// [`CacheError::TypeConflict`], [`CacheError::CacheConflict`], [`CacheError::Unsupported`].
    pub fn register<V>(&self, entry: &CachedRegistryEntry<V>) -> Result<(), CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.caches(entry).map(drop)
    }

    /// Returns the registry entries that are known, in the order in which they became so, each with its policy of now.
    #[must_use]
    pub fn entries(&self) -> Vec<(StoreKey, CachePolicy)> {
        let entries = self.world().entries();
        entries
            .iter()
            .map(|caches| (caches.store_key().clone(), caches.policy()))
            .collect()
    }

    /// Puts another policy in the place of the one that an entry has, while the store is in use.
    ///
    /// What the caches hold moves over, in the order of use, with its pins and what is left of its time; what the new
    /// policy has no room for is evicted. Caches that are made meanwhile are of the new policy; when this returns, all
    /// are. The entry itself still says what it was declared with, and goes on to be used. O(values of the entry) and
    /// O(scopes): a scope at a time is locked.
    ///
    /// # Errors
    ///
    /// [`CacheError::OtherCacheType`] if the values would change hands; [`CacheError::Unsupported`] if the entry has a
    /// cache of its own make that cannot do what the policy asks for. Then nothing has changed.
    pub fn set_policy<V>(
        &self,
        entry: &CachedRegistryEntry<V>,
        policy: impl Into<CachePolicy>,
    ) -> Result<(), CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        self.register(entry)?;
        let caches = self.world().find(entry.store_key());
        let policies = caches.map(|caches| (caches, policy.into()));
        self.world().exchange(policies.into_iter().collect())
    }

    /// Puts the policies of a configuration in the place of those that entries have: all of them, or none.
    ///
    /// Entries that are not in the configuration stay as they are. Every uid in it must be that of a
    /// [registered](Self::register) entry, so that a misspelled one is not overlooked.
    ///
    /// ```
    /// use cubbyhole_policy::CachePolicy;
    /// use cubbyhole_store::{CacheStore, CachedRegistryEntry, PolicyOverrides};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let forecast = CachedRegistryEntry::<String>::new("forecast", CachePolicy::lru(10)?);
    /// let store = CacheStore::new();
    /// store.register(&forecast)?;
    ///
    /// let overrides: PolicyOverrides = toml::from_str("
    ///     [forecast]
    ///     policy = 'lru'
    ///     max_size = 500
    ///     ttl = '1h'
    /// ")?;
    /// store.override_policies(&overrides)?;
    /// assert_eq!(store.entries()[0].1.name(), "lru");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OverrideError::Unknown`] for a uid that no entry has, with a suggestion; [`OverrideError::Refused`] as
    /// [`set_policy`](Self::set_policy). Then nothing has changed.
    ///
    /// [`OverrideError::Unknown`]: crate::OverrideError::Unknown
    /// [`OverrideError::Refused`]: crate::OverrideError::Refused
    pub fn override_policies(
        &self,
        overrides: &PolicyOverrides,
    ) -> Result<(), crate::OverrideError> {
        let entries = self.world().entries();
        let mut policies = Vec::new();
        for (uid, policy) in overrides.iter() {
            let before = policies.len();
            for caches in &entries {
                if caches.store_key().uid() == uid {
                    policies.push((std::sync::Arc::clone(caches), policy.clone()));
                }
            }
            if policies.len() == before {
                let known = entries.iter().map(|caches| caches.store_key().uid());
                return Err(UnknownEntry::new(uid, known).into());
            }
        }
        Ok(self.world().exchange(policies)?)
    }
}
