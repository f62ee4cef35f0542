//! A registry entry of a snapshot, its type of value forgotten.

use cubbyhole_core::{FormatError, ValueFormat};
use cubbyhole_policy::CacheType;
use cubbyhole_scope::CacheScope;
use cubbyhole_store::{
    CacheError, CacheStore, CachedRegistryEntry, Restore, Restored, SavedTimes, SavedValue,
    StoreKey,
};

use crate::error::SnapshotError;
use crate::record::Value;

pub(crate) trait AnyEntry: Send + Sync {
    fn key(&self) -> &StoreKey;
    fn cache_type(&self) -> CacheType;
    /// Makes sure that the store takes the entry, and can list its values.
    fn check(&self, store: &CacheStore) -> Result<(), CacheError>;
    /// Hands every value to `take`, as bytes.
    fn save(&self, store: &CacheStore, take: Take<'_>) -> Result<(), SnapshotError>;
    fn begin<'a>(&'a self, store: &CacheStore) -> Result<Box<dyn Loading + 'a>, CacheError>;
}

/// Takes a value of a scope, or the error that kept it from being written.
pub(crate) type Take<'a> =
    &'a mut dyn FnMut(&CacheScope, Result<Value<'_>, FormatError>) -> Result<(), SnapshotError>;

/// The values of an entry on their way from a file into the store.
pub(crate) trait Loading {
    /// Returns whether there can be values of the entry in a scope.
    fn takes(&self, scope: &CacheScope) -> bool;
    /// Says whose the next values are.
    fn scope(&mut self, scope: CacheScope);
    /// Reads a value, and keeps it until all are read.
    fn value(&mut self, value: Value<'_>, times: SavedTimes) -> Result<(), FormatError>;
    /// Puts the values into the store.
    fn finish(self: Box<Self>) -> Result<Restored, CacheError>;
}

/// An entry, and how its values are written.
pub(crate) struct TypedEntry<V, F> {
    pub(crate) entry: CachedRegistryEntry<V>,
    pub(crate) format: F,
}

impl<V, F> AnyEntry for TypedEntry<V, F>
where
    V: Clone + Send + Sync + 'static,
    F: ValueFormat<V>,
{
    fn key(&self) -> &StoreKey {
        self.entry.store_key()
    }

    fn cache_type(&self) -> CacheType {
        self.entry.policy().cache_type()
    }

    fn check(&self, store: &CacheStore) -> Result<(), CacheError> {
        store.begin_restore(&self.entry).map(drop)
    }

    fn save(&self, store: &CacheStore, take: Take<'_>) -> Result<(), SnapshotError> {
        store.export(&self.entry, |scope, values| {
            for saved in values {
                match self.format.encode(&saved.value) {
                    Ok(bytes) => {
                        let value = Value {
                            key: &saved.key,
                            retention: saved.retention,
                            times: saved.times,
                            tags: saved.tags,
                            bytes: &bytes,
                        };
                        take(scope, Ok(value))?;
                    }
                    Err(error) => take(scope, Err(error))?,
                }
            }
            Ok(())
        })
    }

    fn begin<'a>(&'a self, store: &CacheStore) -> Result<Box<dyn Loading + 'a>, CacheError> {
        Ok(Box::new(TypedLoading {
            restore: store.begin_restore(&self.entry)?,
            format: &self.format,
            scopes: Vec::new(),
        }))
    }
}

struct TypedLoading<'a, V: Clone + Send + Sync + 'static, F> {
    restore: Restore<V>,
    format: &'a F,
    scopes: Vec<(CacheScope, Vec<SavedValue<V>>)>,
}

impl<V, F> Loading for TypedLoading<'_, V, F>
where
    V: Clone + Send + Sync + 'static,
    F: ValueFormat<V>,
{
    fn takes(&self, scope: &CacheScope) -> bool {
        self.restore.takes(scope)
    }

    fn scope(&mut self, scope: CacheScope) {
        self.scopes.push((scope, Vec::new()));
    }

    fn value(&mut self, value: Value<'_>, times: SavedTimes) -> Result<(), FormatError> {
        let mut saved = SavedValue::new(value.key, self.format.decode(value.bytes)?);
        saved.retention = value.retention;
        saved.tags = value.tags;
        saved.times = times;
        if let Some((_, values)) = self.scopes.last_mut() {
            values.push(saved);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Restored, CacheError> {
        let mut restored = Restored::default();
        for (scope, values) in self.scopes {
            restored += self.restore.put(&scope, values)?;
        }
        Ok(restored)
    }
}
