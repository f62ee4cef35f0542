//! Caches that never wait, and how a data structure becomes one.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    CacheMap, CacheStoreImpl, Clock, HashedKey, Removed, Retention, SetOutcome, SystemClock,
};

/// A cache of this process: it answers at once, so nobody has to box a future for it.
///
/// The contract of each method is that of its namesake in [`CacheStoreImpl`], which every in-process cache gets from
/// this trait. The names differ, so that both traits can be in scope.
///
/// A store calls these methods while it holds the lock of one scope. So they MUST NOT call back into the store, and
/// MUST NOT drop a value: what leaves the cache goes to the [`Removed`] they are given, with its cause. A value that
/// is returned by [`remove`](Self::remove) is [counted](Removed::count) there instead.
///
/// The type of the values is an associated type and not a parameter: a cache of any `V` in another crate could
/// otherwise implement neither this trait nor [`CacheStoreImpl`], because a third crate might add an implementation
/// for a `V` of its own.
pub trait InProcessCache: Send + Sync {
    /// What is stored.
    type Value;

    /// [`CacheStoreImpl::get`].
    fn lookup(&self, key: HashedKey<'_>, removed: &mut Removed<Self::Value>)
    -> Option<Self::Value>;

    /// [`CacheStoreImpl::get_unpin`].
    fn lookup_unpin(
        &self,
        key: HashedKey<'_>,
        removed: &mut Removed<Self::Value>,
    ) -> Option<Self::Value>;

    /// [`CacheStoreImpl::set`]. A value that is not kept counts as evicted.
    fn insert(
        &self,
        key: HashedKey<'_>,
        value: Self::Value,
        retention: Retention,
        removed: &mut Removed<Self::Value>,
    ) -> SetOutcome;

    /// [`CacheStoreImpl::delete`].
    fn remove(&self, key: HashedKey<'_>, removed: &mut Removed<Self::Value>)
    -> Option<Self::Value>;

    /// [`CacheStoreImpl::clear`].
    fn remove_all(&self, removed: &mut Removed<Self::Value>);

    /// [`CacheStoreImpl::len`].
    fn entry_count(&self) -> usize;

    /// [`CacheStoreImpl::values`].
    fn snapshot(&self) -> Vec<Self::Value>;
}

#[async_trait]
impl<C> CacheStoreImpl<C::Value> for C
where
    C: InProcessCache,
    C::Value: Send + 'static,
{
    async fn get(&self, key: &str) -> Option<C::Value> {
        self.lookup(HashedKey::new(key), &mut Removed::new())
    }

    async fn get_unpin(&self, key: &str) -> Option<C::Value> {
        self.lookup_unpin(HashedKey::new(key), &mut Removed::new())
    }

    async fn set(&self, key: &str, value: C::Value, retention: Retention) -> SetOutcome {
        self.insert(HashedKey::new(key), value, retention, &mut Removed::new())
    }

    async fn delete(&self, key: &str) -> Option<C::Value> {
        self.remove(HashedKey::new(key), &mut Removed::new())
    }

    async fn clear(&self) {
        self.remove_all(&mut Removed::new());
    }

    fn len(&self) -> usize {
        self.entry_count()
    }

    fn values(&self) -> Vec<C::Value> {
        self.snapshot()
    }

    fn as_in_process(&self) -> Option<&dyn InProcessCache<Value = C::Value>> {
        Some(self)
    }
}

/// A [`CacheMap`] behind a lock, with the clock it goes by.
///
/// The lock is held for one operation of the map and the clone of one value, never while a value is dropped.
/// A panic in a value's `Clone` leaves the map in order, so the lock ignores that it was held by a thread that
/// panicked.
pub struct LockedMap<M, C = SystemClock> {
    map: Mutex<M>,
    clock: C,
}

impl<M, C: Clock> LockedMap<M, C> {
    /// Puts `map` behind a lock.
    pub const fn new(map: M, clock: C) -> Self {
        Self {
            map: Mutex::new(map),
            clock,
        }
    }

    /// Locks the map.
    pub fn lock(&self) -> MutexGuard<'_, M> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the clock that the map goes by.
    pub const fn clock(&self) -> &C {
        &self.clock
    }
}

impl<M, C: fmt::Debug> fmt::Debug for LockedMap<M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockedMap")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// A cache that is a [`LockedMap`] and little else: implement this and have [`InProcessCache`] for nothing.
pub trait MapCache: Send + Sync {
    /// What is stored.
    type Value: Clone;
    /// The data structure.
    type Map: CacheMap<Self::Value> + Send;
    /// The clock.
    type Clock: Clock;

    /// Returns the locked data structure.
    fn locked(&self) -> &LockedMap<Self::Map, Self::Clock>;

    /// Runs after a value was stored, with the lock free.
    fn after_insert(&self) {}
}

impl<C: MapCache> InProcessCache for C {
    type Value = C::Value;

    fn lookup(&self, key: HashedKey<'_>, _removed: &mut Removed<C::Value>) -> Option<C::Value> {
        let locked = self.locked();
        locked.lock().get(key, locked.clock()).cloned()
    }

    fn lookup_unpin(
        &self,
        key: HashedKey<'_>,
        removed: &mut Removed<C::Value>,
    ) -> Option<C::Value> {
        let locked = self.locked();
        locked.lock().get_unpin(key, locked.clock(), removed)
    }

    fn insert(
        &self,
        key: HashedKey<'_>,
        value: C::Value,
        retention: Retention,
        removed: &mut Removed<C::Value>,
    ) -> SetOutcome {
        let locked = self.locked();
        let outcome = locked
            .lock()
            .set(key, value, retention, locked.clock(), removed);
        self.after_insert();
        outcome
    }

    fn remove(&self, key: HashedKey<'_>, removed: &mut Removed<C::Value>) -> Option<C::Value> {
        let locked = self.locked();
        locked.lock().delete(key, locked.clock(), removed)
    }

    fn remove_all(&self, removed: &mut Removed<C::Value>) {
        let mut map = self.locked().lock();
        match map.take() {
            Some(mut taken) => {
                drop(map);
                taken.clear(removed);
            }
            None => map.clear(removed),
        }
    }

    fn entry_count(&self) -> usize {
        let locked = self.locked();
        locked.lock().len(locked.clock())
    }

    fn snapshot(&self) -> Vec<C::Value> {
        let locked = self.locked();
        locked.lock().values(locked.clock())
    }
}
