//! What can be done to a registry entry by whoever knows its key alone: an operator's page, a console, an endpoint.

use std::any::Any;
use std::sync::Arc;

use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeFutureExt};

use super::CacheStore;
use crate::entry::StoreKey;
use crate::overrides::{OverrideError, UnknownEntry};
use crate::store::OnMissingScope;
use crate::world::AnyCaches;

impl CacheStore {
    /// Removes the value of `key` that an entry has in a scope, as [`delete`](Self::delete) does in the scope of the
    /// running task, and returns whether there was one. A pinned value stays, and `false` comes back.
    ///
    /// It is for those who look after the store and act for somebody else; whoever acts for themselves has a scope, and
    /// an entry. In a scope of another cache type than the entry's there is nothing, and nothing happens.
    ///
    /// # Errors
    ///
    /// [`UnknownEntry`] if no entry with this key is [registered](Self::register).
    ///
    /// # Cancel safety
    ///
    /// As [`delete`](Self::delete).
    pub async fn delete_in(
        &self,
        entry: &StoreKey,
        scope: &CacheScope,
        key: &str,
    ) -> Result<bool, UnknownEntry> {
        let caches = self.find(entry)?;
        if !self.lives_in(caches.cache_type(), scope) {
            return Ok(false);
        }
        let delete = caches.delete(key).in_scope(context_of(scope));
        Ok(delete.await)
    }

    /// Returns a copy of the value that an entry has under `key` in a scope, as whatever it is. It is no use of the value:
    /// nothing is counted, and neither its pin nor its place changes.
    ///
    /// It is for those who look after the store, as [`delete_in`](Self::delete_in) is. A cache of another make cannot be
    /// asked without its taking that for use, and is not.
    ///
    /// # Errors
    ///
    /// [`UnknownEntry`] if no entry with this key is [registered](Self::register).
    pub fn peek_in(
        &self,
        entry: &StoreKey,
        scope: &CacheScope,
        key: &str,
    ) -> Result<Option<Box<dyn Any + Send>>, UnknownEntry> {
        let caches = self.find(entry)?;
        if !self.lives_in(caches.cache_type(), scope) {
            return Ok(None);
        }
        Ok(context_of(scope).enter(|| caches.peek(key)))
    }

    /// Removes everything that an entry has in any scope, as
    /// [`CacheScopeStore::clear`](crate::CacheScopeStore::clear) does.
    ///
    /// # Errors
    ///
    /// [`UnknownEntry`] if no entry with this key is [registered](Self::register).
    ///
    /// # Cancel safety
    ///
    /// As [`clear`](Self::clear).
    pub async fn clear_entry(&self, entry: &StoreKey) -> Result<(), UnknownEntry> {
        let caches = self.find(entry)?;
        self.world().clear_entry(&*caches).await;
        Ok(())
    }

    /// Puts another policy in the place of the one that an entry has, as [`set_policy`](Self::set_policy) does.
    ///
    /// # Errors
    ///
    /// [`OverrideError::Unknown`] if no entry with this key is [registered](Self::register);
    /// [`OverrideError::Refused`] as [`set_policy`](Self::set_policy). Then nothing has changed.
    pub fn set_policy_of(
        &self,
        entry: &StoreKey,
        policy: impl Into<CachePolicy>,
    ) -> Result<(), OverrideError> {
        let caches = self.find(entry)?;
        Ok(self.world().exchange(vec![(caches, policy.into())])?)
    }

    fn find(&self, key: &StoreKey) -> Result<Arc<dyn AnyCaches>, UnknownEntry> {
        self.world().find(key).ok_or_else(|| {
            let entries = self.world().entries();
            UnknownEntry::of(key, entries.iter().map(|caches| caches.store_key()))
        })
    }

    /// Returns whether values of a cache type can be in a scope.
    fn lives_in(&self, cache_type: CacheType, scope: &CacheScope) -> bool {
        let falls_back = self.world().on_missing_scope == OnMissingScope::UseGlobal;
        scope.cache_type() == cache_type || (falls_back && matches!(scope, CacheScope::Global))
    }
}

/// Returns the context in which values of this scope are found, and those of nobody else.
fn context_of(scope: &CacheScope) -> ScopeContext {
    let nobody = ScopeContext::anonymous();
    match scope {
        CacheScope::Global => nobody,
        CacheScope::Session(id) => nobody.session(id.clone()),
        CacheScope::User(id) => nobody.user(id.clone()),
    }
}
