//! The cache of one registry entry in one scope, and the flights of its keys.

use std::any::Any;
use std::sync::Arc;

use cubbyhole_core::{
    CacheMap, CacheStoreImpl, Clock, HashedKey, Removed, Retention, SetOutcome, table_hash,
};
use hashbrown::HashTable;

use crate::flight::Flight;
use crate::policies::{PolicyMap, Watched};

/// A cell whose type of value has been forgotten.
pub(crate) trait AnyCell: Any + Send {}

impl<V: Send + Sync + 'static> AnyCell for Cell<V> {}

/// The cache of one registry entry in one scope, and the flights of its keys, under the lock of the scope.
pub(crate) struct Cell<V> {
    pub(crate) cache: CellCache<V>,
    pub(crate) flights: Flights<V>,
}

/// The cache of a cell.
pub(crate) enum CellCache<V> {
    /// One of ours, inline.
    Policy(PolicyMap<V>),
    /// One of another make that answers at once.
    InProcess(Arc<dyn CacheStoreImpl<V>>),
    /// One of another make that has to be waited for.
    Remote(Remote<V>),
}

/// A cache that has to be waited for, and the turnstile that its writers go through one by one.
///
/// Between deciding that a value may be stored and its being stored lies an `.await`; the turnstile keeps a `delete`
/// from slipping in between. It is an asynchronous queue, not a lock that a thread could block on.
pub(crate) struct Remote<V> {
    pub(crate) cache: Arc<dyn CacheStoreImpl<V>>,
    pub(crate) turnstile: Arc<tokio::sync::Mutex<()>>,
}

impl<V> Clone for Remote<V> {
    fn clone(&self) -> Self {
        Self {
            cache: Arc::clone(&self.cache),
            turnstile: Arc::clone(&self.turnstile),
        }
    }
}

/// What a cell says at once.
pub(crate) enum Answer<V, T> {
    /// The answer.
    Now(T),
    /// Only the remote cache knows.
    Ask(Remote<V>),
}

impl<V: Clone + Send + Sync + 'static> Cell<V> {
    pub(crate) const fn new(cache: CellCache<V>) -> Self {
        Self {
            cache,
            flights: Flights::new(),
        }
    }

    /// Returns whether the cell can go without anybody noticing.
    pub(crate) fn is_idle(&self) -> bool {
        self.flights.is_empty() && self.cache.is_vacant()
    }
}

impl<V: Clone + Send + Sync + 'static> CellCache<V> {
    #[inline]
    pub(crate) fn get(
        &mut self,
        key: HashedKey<'_>,
        unpin: bool,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Answer<V, Option<V>> {
        match self {
            Self::Policy(map) if unpin => Answer::Now(map.get_unpin(key, clock, removed)),
            Self::Policy(map) => Answer::Now(map.get(key, clock).cloned()),
            Self::InProcess(cache) => Answer::Now(match cache.as_in_process() {
                Some(cache) if unpin => cache.lookup_unpin(key, removed),
                Some(cache) => cache.lookup(key, removed),
                None => None,
            }),
            Self::Remote(remote) => Answer::Ask(remote.clone()),
        }
    }

    /// Stores a value; a remote cache gives it back to be stored later.
    pub(crate) fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Result<SetOutcome, (Remote<V>, V)> {
        match self {
            Self::Policy(map) => Ok(map.set(key, value, retention, clock, removed)),
            Self::InProcess(cache) => Ok(match cache.as_in_process() {
                Some(cache) => cache.insert(key, value, retention, removed),
                None => SetOutcome::NotKept,
            }),
            Self::Remote(remote) => Err((remote.clone(), value)),
        }
    }

    pub(crate) fn delete(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Answer<V, Option<V>> {
        match self {
            Self::Policy(map) => Answer::Now(map.delete(key, clock, removed)),
            Self::InProcess(cache) => Answer::Now(
                cache
                    .as_in_process()
                    .and_then(|cache| cache.remove(key, removed)),
            ),
            Self::Remote(remote) => Answer::Ask(remote.clone()),
        }
    }

    /// Removes everything; returns the remote cache that has to be cleared, if it is one.
    pub(crate) fn clear(&mut self, removed: &mut Removed<V>) -> Option<Remote<V>> {
        match self {
            Self::Policy(map) => map.clear(removed),
            Self::InProcess(cache) => {
                if let Some(cache) = cache.as_in_process() {
                    cache.remove_all(removed);
                }
            }
            Self::Remote(remote) => return Some(remote.clone()),
        }
        None
    }

    pub(crate) fn len(&self, clock: &dyn Clock) -> usize {
        match self {
            Self::Policy(map) => map.len(clock),
            Self::InProcess(cache) => cache.len(),
            Self::Remote(remote) => remote.cache.len(),
        }
    }

    fn is_vacant(&self) -> bool {
        match self {
            Self::Policy(map) => map.is_vacant(),
            Self::InProcess(cache) => cache.is_empty(),
            // What it holds is known only elsewhere; it goes with its scope.
            Self::Remote(_) => false,
        }
    }

    pub(crate) fn values(&self, clock: &dyn Clock) -> Vec<V> {
        match self {
            Self::Policy(map) => map.values(clock),
            Self::InProcess(cache) => cache.values(),
            Self::Remote(remote) => remote.cache.values(),
        }
    }

    /// Looks a key up, if this cache is one of ours: the value, or that there is none.
    #[inline]
    pub(crate) fn glance<'a>(
        &mut self,
        key: HashedKey<'_>,
        clock: impl FnOnce() -> &'a dyn Clock,
    ) -> Option<Option<V>> {
        match self {
            Self::Policy(map) => Some(map.glance(key, clock).cloned()),
            Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Returns the cache if it is one of ours, and not one that looks at the clock.
    #[inline]
    pub(crate) const fn timeless(&mut self) -> Option<&mut PolicyMap<V>> {
        match self {
            Self::Policy(PolicyMap::Ttl(_)) | Self::InProcess(_) | Self::Remote(_) => None,
            Self::Policy(map) => Some(map),
        }
    }

    /// Returns the cache if its values expire.
    #[inline]
    pub(crate) const fn watched(&mut self) -> Option<&mut Watched<V>> {
        match self {
            Self::Policy(PolicyMap::Ttl(watched)) => Some(watched),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }
}

impl<V: Send + 'static> CellCache<V> {
    pub(crate) fn of(cache: Arc<dyn CacheStoreImpl<V>>) -> Self {
        if cache.as_in_process().is_some() {
            Self::InProcess(cache)
        } else {
            Self::Remote(Remote {
                cache,
                turnstile: Arc::default(),
            })
        }
    }
}

/// The listed flights of a cell, by key. Empty, which it nearly always is, it is one null pointer.
pub(crate) struct Flights<V>(Option<Box<HashTable<Arc<Flight<V>>>>>);

impl<V> Flights<V> {
    const fn new() -> Self {
        Self(None)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn find(&self, key: HashedKey<'_>) -> Option<&Arc<Flight<V>>> {
        self.0
            .as_ref()?
            .find(table_hash(key.hash()), |flight| *flight.key() == key)
    }

    /// Lists a flight; one of the same key, which is about to end, makes room.
    pub(crate) fn insert(&mut self, flight: Arc<Flight<V>>) {
        let (hash, key) = (table_hash(flight.hash()), flight.key().clone());
        let table = self.0.get_or_insert_default();
        match table.find_mut(hash, |other| *other.key() == key) {
            Some(other) => *other = flight,
            None => {
                table.insert_unique(hash, flight, |flight| table_hash(flight.hash()));
            }
        }
    }

    pub(crate) fn take(&mut self, key: HashedKey<'_>) -> Option<Arc<Flight<V>>> {
        self.take_if(key.hash(), |flight| *flight.key() == key)
    }

    /// Unlists this very flight; `false` if it is not listed.
    pub(crate) fn unlist(&mut self, flight: &Arc<Flight<V>>) -> bool {
        self.take_if(flight.hash(), |other| Arc::ptr_eq(other, flight))
            .is_some()
    }

    pub(crate) fn lists(&self, flight: &Arc<Flight<V>>) -> bool {
        self.0.as_ref().is_some_and(|table| {
            table
                .find(table_hash(flight.hash()), |other| {
                    Arc::ptr_eq(other, flight)
                })
                .is_some()
        })
    }

    pub(crate) fn take_all(&mut self) -> Vec<Arc<Flight<V>>> {
        self.0.take().into_iter().flat_map(|table| *table).collect()
    }

    fn take_if(
        &mut self,
        hash: u32,
        is: impl FnMut(&Arc<Flight<V>>) -> bool,
    ) -> Option<Arc<Flight<V>>> {
        let table = self.0.as_mut()?;
        let (flight, _) = table.find_entry(table_hash(hash), is).ok()?.remove();
        if table.is_empty() {
            self.0 = None;
        }
        Some(flight)
    }
}
