//! Reading, storing and deleting a value.

use std::sync::Arc;

use cubbyhole_core::{CacheMap, HashedKey, Removed, Retention, SetOutcome, SystemClock, TierDone};
use cubbyhole_policy::CacheType;
use cubbyhole_scope::CacheScope;

use super::{Caches, NodeRef};
use crate::cell::{Answer, Cell, CellCache, Remote};
use crate::counters::Count;
use crate::error::{CacheError, Invalidation};
use crate::flight::{Kind, Landing};
use crate::loaded::Loaded;
use crate::lookup::Looked;
use crate::misses::MissReason;
use crate::runtime::with_current;
use crate::storing::Put;
use crate::tags::{Place, Stamp};
use crate::terms::{Said, Terms};

/// What became of a value that was to be stored.
pub(super) enum Stored<V> {
    Now(SetOutcome),
    /// It is not to be stored, and what was there before is gone: both to be dropped when the lock is free.
    Refused(V, Option<V>),
    /// Only a remote cache can store it.
    Later(Remote<V>, V),
}

/// What a cell says that is to delete, and when other processes have heard of it.
type Deleted<V> = (Answer<V, Option<V>>, Option<TierDone>);

/// A value on its way into a cell.
pub(super) struct Putting<'a, V> {
    pub(super) key: HashedKey<'a>,
    pub(super) value: V,
    pub(super) retention: Retention,
    pub(super) said: Option<&'a Said>,
    pub(super) is_cached: bool,
    /// Whether a flight brings it, and nobody sets it.
    pub(super) is_brought: bool,
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Looks `key` up and counts that, if it needs no detour: the value, or that there is none.
    #[inline]
    pub(crate) fn glance(&self, key: HashedKey<'_>) -> Option<Option<V>> {
        let mut why = None;
        let found = self.at_once(|cell| {
            let found = cell.cache.glance(key, || &*self.world.clock)?;
            if found.is_none() {
                if self.tiered.is_some() {
                    return None; // The tier may have it.
                }
                why = cell.cache.why_missing(key);
            }
            Some(found)
        })?;
        if found.is_some() {
            self.counters.increment(Count::Hits);
        } else {
            self.count_miss(key, why);
        }
        Some(found)
    }

    /// Looks `key` up, for who has found nothing at a [`glance`](Self::glance) or wants the value unpinned.
    pub(crate) fn look<'a>(
        &self,
        key: HashedKey<'a>,
        unpin: bool,
    ) -> Result<Looked<'a, V>, CacheError> {
        let clock = &*self.world.clock;
        let mut why = None;
        let mut fetch = None;
        let answer = self.here_to_read(|cell, removed, node| {
            let answer = cell.cache.get(key, unpin, clock, removed);
            if let Answer::Now(None) = answer {
                why = cell.cache.why_missing(key);
                fetch = self.begin_fetch(cell, node, key);
            }
            answer
        })?;
        if let Some((cell, lead)) = fetch {
            return Ok(Looked::Asking(self.fetch(key, cell, lead, why)));
        }
        let remote = match answer {
            None => return Ok(Looked::At(self.counted(None, key, why))),
            Some(Answer::Now(value)) => return Ok(Looked::At(self.counted(value, key, why))),
            Some(Answer::Ask(remote)) => remote,
        };
        let this = self.weak();
        Ok(Looked::Asking(Box::pin(async move {
            let value = ask(&remote, key.as_str(), unpin).await;
            Ok(match this.upgrade() {
                Some(this) => this.counted(value, key, None),
                None => value,
            })
        })))
    }

    pub(super) fn counted(
        &self,
        value: Option<V>,
        key: HashedKey<'_>,
        why: Option<MissReason>,
    ) -> Option<V> {
        if value.is_some() {
            self.counters.increment(Count::Hits);
        } else {
            self.count_miss(key, why);
        }
        value
    }

    /// Runs `f` on the cell of the scope of the running task. A cache of another make, or a shared tier, may hold what
    /// this process never put there, so it is asked even when there is no cell yet.
    #[inline]
    pub(super) fn here_to_read<R>(
        &self,
        f: impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<Option<R>, CacheError> {
        if self.factory.is_some() || self.tiered.is_some() {
            self.here_made(f).map(Some)
        } else {
            self.here(f)
        }
    }

    /// Counts a lookup that found nothing, with its reason, if one is known.
    #[inline]
    pub(super) fn count_miss(&self, key: HashedKey<'_>, why: Option<MissReason>) {
        self.counters.increment(Count::Misses);
        if why.is_some() || !self.departed.is_empty() {
            self.count_miss_for(key, why);
        }
    }

    #[cold]
    fn count_miss_for(&self, key: HashedKey<'_>, why: Option<MissReason>) {
        let why = why.unwrap_or_else(|| self.departed.why(self.scope_here(), key.hash()));
        self.departed.count(why);
    }

    /// Returns the hash of the scope of the running task.
    pub(super) fn scope_here(&self) -> u64 {
        with_current(|context| self.scope(context).map_or(0, CacheScope::hash64))
    }

    /// Takes a value and stores it, if that needs no detour and nobody waits for it.
    #[inline]
    pub(crate) fn put(
        &self,
        key: HashedKey<'_>,
        value: &mut Option<V>,
        retention: Retention,
    ) -> Option<SetOutcome> {
        let mut removed = Removed::new();
        let outcome = self.at_once(|cell| {
            if !cell.flights.is_empty() {
                return None;
            }
            let map = cell.cache.timeless()?;
            Some(map.set(key, value.take()?, retention, &SystemClock, &mut removed))
        })?;
        self.count_set(key, &removed);
        if removed.entries() > 0 {
            self.account(&mut removed, self.scope_here());
        }
        Some(outcome)
    }

    /// Stores a value, as [`put`](Self::put) does where it can, and wakes who waits for it.
    pub(crate) fn set<'a>(&self, key: &'a str, loaded: Loaded<V>) -> Result<Put<'a>, CacheError> {
        self.check_loaded(&loaded)?;
        let hashed = HashedKey::new(key);
        let news = self.prepare_news(&loaded)?;
        let mut seat = None;
        let mut said = if loaded.says_more() {
            with_current(|context| {
                let scope = self.scope(context)?;
                let id = scope.id().map_or("", |id| id.as_str());
                Ok(Some(self.said(&loaded, scope.cache_type(), id, 0)))
            })?
        } else {
            None
        };
        let retention = loaded.retention;
        let mut value = Some(loaded.value);
        let mut landing = None;
        let stored = self
            .here_made(|cell, removed, node| {
                // Cloned before anything has changed, because a clone may panic.
                let copy = cell.flights.find(hashed).and_then(|_| value.clone());
                // What is set begins to be here, and not when it was asked for: whoever waits for it is given it, and an
                // invalidation that came before is not held against it.
                if let Some(said) = &mut said {
                    said.stamp = self.world.tags.now();
                }
                // A visit happens once.
                let put = Putting {
                    key: hashed,
                    value: value.take()?,
                    retention,
                    said: said.as_ref(),
                    is_cached: loaded.is_cached,
                    is_brought: false,
                };
                let stored = self.store(cell, removed, node, put);
                let tier_cell = cell.cache.tier_cell();
                seat = tier_cell.map(|cell| (Arc::clone(cell), node.to_arc()));
                if let Stored::Now(_) | Stored::Refused(..) = stored {
                    let flight = cell.flights.take(hashed).zip(copy);
                    landing = flight.map(|(flight, copy)| Landing::new(flight, Ok(copy)));
                }
                Some(stored)
            })?
            .unwrap_or(Stored::Now(SetOutcome::NotKept));
        drop(landing);
        let (remote, value) = match stored {
            Stored::Now(outcome) => return Ok(self.put_in_tier(news, seat, key, outcome)),
            Stored::Refused(..) => {
                self.note_not_stored(self.scope_here(), hashed);
                return Ok(self.put_in_tier(news, seat, key, SetOutcome::NotKept));
            }
            Stored::Later(remote, value) => (remote, value),
        };
        let this = self.weak().upgrade().ok_or_else(|| self.abandoned())?;
        Ok(Put::Telling(Box::pin(async move {
            let loaded = Loaded {
                value,
                retention,
                ..loaded
            };
            this.set_remote(remote, key, loaded).await
        })))
    }

    /// Stores a value in a remote cache, then wakes who waits for it.
    async fn set_remote(
        &self,
        remote: Remote<V>,
        key: &str,
        loaded: Loaded<V>,
    ) -> Result<SetOutcome, CacheError> {
        let hashed = HashedKey::new(key);
        let _turn = remote.turnstile.lock().await;
        let Loaded { value, .. } = loaded;
        let outcome = if loaded.is_cached {
            let copy = value.clone();
            self.counters.increment(Count::Sets);
            remote.cache.set(key, copy, loaded.retention).await
        } else {
            remote.cache.delete(key).await;
            SetOutcome::NotKept
        };
        let flight = self.here(|cell, _, _| cell.flights.take(hashed))?;
        if let Some(flight) = flight.flatten() {
            flight.end(Ok(value));
        }
        Ok(outcome)
    }

    /// Returns what is said about a value of a scope beside its policy.
    pub(super) fn said(
        &self,
        loaded: &Loaded<V>,
        cache_type: CacheType,
        id: &str,
        stamp: Stamp,
    ) -> Said {
        Said {
            ttl: loaded.ttl,
            is_negative: loaded.is_negative,
            tags: self.world.tags.of(&Place { cache_type, id }, &loaded.tags),
            stamp,
        }
    }

    pub(super) fn note_not_stored(&self, scope: u64, key: HashedKey<'_>) {
        self.departed.note(scope, key.hash(), MissReason::NotStored);
    }

    /// Puts a value into the cache of a cell and counts it.
    pub(super) fn store(
        &self,
        cell: &mut Cell<V>,
        removed: &mut Removed<V>,
        node: NodeRef<'_>,
        put: Putting<'_, V>,
    ) -> Stored<V> {
        let clock = &*self.world.clock;
        let Putting {
            key,
            value,
            retention,
            said,
            is_cached,
            is_brought,
        } = put;
        if !is_cached {
            // There is a newer answer than the one that is here, if there is one here.
            return match cell.cache.discard(key, clock, removed) {
                Answer::Ask(remote) => Stored::Later(remote, value),
                Answer::Now(old) => Stored::Refused(value, old),
            };
        }
        if said.is_some() {
            self.keep_terms(cell, node, removed);
        }
        if let CellCache::Terms(map) = &mut cell.cache {
            let settings = self.settings();
            let nothing = Said::nothing(self.world.tags.now());
            let said = said.unwrap_or(&nothing);
            let draw = |most| self.world.draw(most);
            let Some(mut terms) = Terms::new(&settings.policy, said, clock.now(), draw) else {
                map.discard(key, removed);
                return Stored::Refused(value, None);
            };
            terms.is_brought = is_brought;
            let outcome = map.set(key, value, retention, terms, removed);
            self.count_set(key, removed);
            return Stored::Now(outcome);
        }
        match cell.cache.set(key, value, retention, clock, removed) {
            Ok(outcome) => {
                self.count_set(key, removed);
                Stored::Now(outcome)
            }
            Err((remote, value)) => Stored::Later(remote, value),
        }
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<Option<V>, CacheError> {
        let (answer, told) = self.delete_now(key)?;
        if let Some(told) = told {
            self.told(told.await)?;
        }
        match answer {
            Answer::Now(value) => Ok(value),
            Answer::Ask(remote) => Ok(Box::pin(delete_remote(remote, key)).await),
        }
    }

    /// Removes a value from a cache that can do that at once.
    pub(crate) fn delete_here(&self, key: &str) -> Result<Option<V>, CacheError> {
        self.check_not_shared()?;
        match self.delete_now(key)?.0 {
            Answer::Now(value) => Ok(value),
            Answer::Ask(_) => Err(self.unsupported("answer without being waited for")),
        }
    }

    /// Removes a value here, or says who has to; and when other processes have heard of it, if the values are shared.
    fn delete_now(&self, key: &str) -> Result<Deleted<V>, CacheError> {
        let hashed = HashedKey::new(key);
        let scope = || self.scope_here();
        self.world
            .restores
            .note_key(self.index, scope, hashed.hash());
        let clock = &*self.world.clock;
        let (mut landing, mut told) = (None, None);
        let answer = self.here_to_read(|cell, removed, _| {
            // Before anything else: what is removed here must not come back from there.
            if let Some(tier_cell) = cell.cache.tier_cell()
                && !cell.cache.is_pinned(hashed)
            {
                told = Some(tier_cell.delete(key));
            }
            // First here, because a clock or a cache of another make may panic, and then nothing has happened.
            let answer = cell.cache.delete(hashed, clock, removed);
            let flight = cell.flights.take(hashed);
            // A computation goes on for those who wait for it, and its value is not stored, for it is no longer listed.
            let promise = flight.filter(|flight| flight.kind() == Kind::Promise);
            landing = promise.map(|flight| {
                let entry = self.key.clone();
                let by = Invalidation::Deleted;
                Landing::new(flight, Err(CacheError::Invalidated { entry, by }))
            });
            answer
        })?;
        drop(landing);
        Ok((answer.unwrap_or(Answer::Now(None)), told))
    }
}

/// Asks a remote cache.
pub(super) async fn ask<V>(remote: &Remote<V>, key: &str, unpin: bool) -> Option<V>
where
    V: Send + 'static,
{
    if unpin {
        remote.cache.get_unpin(key).await
    } else {
        remote.cache.get(key).await
    }
}

async fn delete_remote<V: Send + 'static>(remote: Remote<V>, key: &str) -> Option<V> {
    let _turn = remote.turnstile.lock().await;
    remote.cache.delete(key).await
}
