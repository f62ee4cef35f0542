//! The ways in which what was changed at its source is invalidated.

use cubbyhole::{CacheError, CacheStore, CachedRegistryEntry, Loaded, ScopeFutureExt};

use super::catalogue::Place;

/// How a place is invalidated, and others with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// The key is deleted by its owner.
    Delete,
    /// The key is deleted by who looks after the store.
    DeleteFor,
    /// The new value is set.
    Set,
    /// All that have a tag, in all scopes.
    Tag,
    /// All of a scope that have a tag.
    TagOfScope,
    /// The scope ends.
    Scope,
    /// What its user may see has changed.
    Epoch,
    /// The entry is cleared, in all scopes.
    Entry,
    /// The store is cleared.
    Everything,
}

impl Change {
    pub(crate) const EACH: [Self; 9] = [
        Self::Delete,
        Self::DeleteFor,
        Self::Set,
        Self::Tag,
        Self::TagOfScope,
        Self::Scope,
        Self::Epoch,
        Self::Entry,
        Self::Everything,
    ];

    /// Those of one key, in turn.
    pub(crate) const NARROW: [Self; 4] = [Self::Delete, Self::Set, Self::DeleteFor, Self::Set];

    /// Those of many, in turn.
    pub(crate) const WIDE: [Self; 6] = [
        Self::Tag,
        Self::Scope,
        Self::TagOfScope,
        Self::Epoch,
        Self::Entry,
        Self::Everything,
    ];

    /// Whether the change of one place invalidates another one.
    pub(crate) fn covers(self, changed: Place, other: Place) -> bool {
        match self {
            Self::Delete | Self::DeleteFor | Self::Set => other == changed,
            Self::Tag => other.key == changed.key,
            Self::TagOfScope => other.key == changed.key && other.is_beside(changed),
            Self::Scope | Self::Epoch => other.is_beside(changed),
            Self::Entry => other.entry == changed.entry,
            Self::Everything => true,
        }
    }

    /// Makes the change in a store. It begins at the first poll, and has been told at the end, or waits to be.
    pub(crate) async fn make(
        self,
        store: &CacheStore,
        entry: &CachedRegistryEntry<String>,
        at: Place,
        text: String,
    ) -> Result<(), CacheError> {
        let (scope, tag) = (at.scope(), at.tag());
        match self {
            Self::Delete => {
                let delete = store.delete(entry, at.key).in_scope(at.context());
                delete.await?;
            }
            Self::DeleteFor => {
                let delete = store.delete_in(entry.store_key(), &scope, at.key);
                delete.await.unwrap();
            }
            Self::Set => {
                let loaded = Loaded::new(text).with_tags([tag]);
                let set = store.set_loaded(entry, at.key, loaded);
                set.in_scope(at.context()).await?;
            }
            Self::Tag => store.invalidate_tag(&tag),
            Self::TagOfScope => store.invalidate_tag_in(&scope, &tag),
            Self::Scope => store.drop_scope(&scope).await,
            Self::Epoch => store.bump_epoch(&scope).await,
            Self::Entry => store.clear_entry(entry.store_key()).await.unwrap(),
            Self::Everything => store.clear().await,
        }
        Ok(())
    }
}
