//! What goes on behind the operations: counting, expiry, clearing, and the end of a cell.

use std::any::Any;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_core::{Alarm, CacheMap, Clock, HashedKey, RemovalCause, Removed};
use cubbyhole_scope::CacheScope;

use super::{After, Caches, Create, NodeRef};
use crate::cell::{AnyCell, Cell, CellCache, Remote};
use crate::counters::Count;
use crate::error::{CacheError, Invalidation};
use crate::expiry::Watch;
use crate::flight::Kind;
use crate::node::{Epoch, ScopeNode};
use crate::panics::Panics;
use crate::stats::EntryStats;
use crate::sync::Ordering;
use crate::world::{AnyCaches, Clearing};

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Sees to what a visit has left, now that the lock is free.
    #[cold]
    pub(super) fn see_to(&self, node: NodeRef<'_>, after: After, removed: &Removed<V>) {
        self.account(removed);
        if let Some((at, id)) = after.watch {
            let node = Arc::downgrade(&node.to_arc());
            self.watch(Watch { at, id, node });
        }
        if after.closed {
            self.world.directory.unlink(&node.to_arc());
        }
        self.world.close_cells(after.gone, Invalidation::Cleared);
        after.panics.release();
    }

    /// Counts what left a cache.
    pub(super) fn account(&self, removed: &Removed<V>) {
        let counters = self.counters.here();
        counters.add(Count::Evictions, removed.counted(RemovalCause::Evicted));
        counters.add(Count::Expirations, removed.counted(RemovalCause::Expired));
        counters.subtract(Count::Entries, removed.entries());
        counters.subtract(Count::KeyBytes, removed.key_bytes());
    }

    /// Counts a value that was stored, for which `removed` left.
    #[inline]
    pub(super) fn count_set(&self, key: HashedKey<'_>, removed: &Removed<V>) {
        let counters = self.counters.here();
        counters.add(Count::Sets, 1);
        if removed.counted(RemovalCause::Replaced) == 0 {
            counters.add(Count::Entries, 1);
            counters.add(Count::KeyBytes, key.as_str().len());
        }
    }

    /// Gives a cell that has something to expire, and that nobody watches over, a watch.
    #[inline]
    pub(super) fn new_watch(&self, cell: &mut Cell<V>) -> Option<(Duration, u64)> {
        let watched = cell.cache.watched()?;
        let at = watched.next_deadline()?;
        if watched.watch != 0 {
            return None;
        }
        watched.watch = self.expiry.next_id();
        Some((at, watched.watch))
    }

    fn watch(&self, watch: Watch) {
        let at = watch.at;
        if self.expiry.push(watch) {
            let this: Weak<Self> = self.weak();
            self.world.clock.wake_at(at, this);
        }
    }

    /// Expires what is due in at most `watches` caches, a bounded number of entries at a time.
    fn expire_due(&self, now: Duration, watches: usize) {
        let mut panics = Panics::default();
        for _ in 0..watches {
            let Some(watch) = self.expiry.pop_due(now) else {
                break;
            };
            let Some(node) = watch.node.upgrade() else {
                continue;
            };
            let clock = &*self.world.clock;
            let mut next = None;
            let expire = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, _: NodeRef<'_>| {
                if let Some(watched) = cell.cache.watched()
                    && watched.watch == watch.id
                {
                    next = watched.expire(clock, ENTRIES_AT_A_TIME, removed);
                    watched.watch = next.map_or(0, |_| watch.id);
                }
            };
            panics.hold(|| self.visit(NodeRef::Shared(&node), &mut Create::No, expire));
            if let Some(at) = next {
                // If an alarm has rung and found nothing meanwhile, none is set any more.
                self.watch(Watch { at, ..watch });
            }
        }
        panics.release();
    }

    /// Empties the caches of this entry in all scopes.
    pub(crate) async fn clear(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.world.clear_stale().await;
    }

    /// Returns the number of entries in the scope of the running task.
    pub(crate) fn len_here(&self) -> Result<usize, CacheError> {
        let clock = &*self.world.clock;
        let len = self.here(|cell, _, _| cell.cache.len(clock))?;
        Ok(len.unwrap_or(0))
    }

    /// Returns the values in the scope of the running task.
    pub(crate) fn values_here(&self) -> Result<Vec<V>, CacheError> {
        let clock = &*self.world.clock;
        let values = self.here(|cell, _, _| cell.cache.values(clock))?;
        Ok(values.unwrap_or_default())
    }
}

impl<V: Clone + Send + Sync + 'static> Alarm for Caches<V> {
    fn ring(&self) -> Option<Duration> {
        let now = self.world.clock.now();
        if !self.expiry.is_armed_for(now) {
            return None;
        }
        // A value that panics when it is dropped does not keep the others from expiring. Nobody is there to tell.
        Panics::default().hold(|| self.expire_due(now, CACHES_AT_A_TIME));
        self.expiry.rearm()
    }
}

impl<V: Clone + Send + Sync + 'static> AnyCaches for Caches<V> {
    fn value_type(&self) -> &'static str {
        std::any::type_name::<V>()
    }

    fn epoch(&self) -> Epoch {
        Self::epoch(self)
    }

    fn global(&self) -> &Arc<ScopeNode> {
        &self.global
    }

    fn stats(&self) -> EntryStats {
        // What is past its time does not count, collected or not.
        self.expire_due(self.world.clock.now(), usize::MAX);
        let sum = |count| self.counters.sum(count);
        let entries = sum(Count::Entries);
        let scopes = sum(Count::Scopes);
        let shell = size_of::<Cell<V>>() + size_of::<ScopeNode>();
        EntryStats {
            key: self.key.clone(),
            policy: self.policy.clone(),
            hits: sum(Count::Hits),
            misses: sum(Count::Misses),
            sets: sum(Count::Sets),
            evictions: sum(Count::Evictions),
            expirations: sum(Count::Expirations),
            computations: sum(Count::Computations),
            waits: sum(Count::Waits),
            entries,
            scopes,
            bytes: entries * (size_of::<V>() + BESIDE_A_VALUE) as u64
                + sum(Count::KeyBytes)
                + scopes * shell as u64,
        }
    }

    fn close_cell(&self, cell: Box<dyn AnyCell>, why: Invalidation) -> Option<Clearing> {
        let cell: Box<dyn Any> = cell;
        let mut cell = cell.downcast::<Cell<V>>().ok()?;
        self.counters.here().subtract(Count::Scopes, 1);
        if let Some(watched) = cell.cache.watched()
            && watched.watch != 0
        {
            self.expiry.forget(watched.watch);
        }
        for flight in cell.flights.take_all() {
            // A computation goes on for those who wait for it; a promise could not be kept, for nobody would find the
            // flight to end.
            if flight.kind() == Kind::Promise {
                let entry = self.key.clone();
                flight.end(Err(CacheError::Invalidated { entry, by: why }));
            }
        }
        let mut removed = Removed::new();
        let remote = cell.cache.clear(&mut removed);
        self.account(&removed);
        remote.map(clearing)
    }

    fn is_of_another_make(&self) -> bool {
        self.factory.is_some()
    }

    fn forget_elsewhere(&self, scope: &CacheScope) -> Option<Clearing> {
        let factory = self.factory.as_ref()?;
        if scope.cache_type() != self.cache_type {
            return None;
        }
        match CellCache::of((factory.make)(scope)) {
            CellCache::Remote(remote) => Some(clearing(remote)),
            CellCache::Policy(_) | CellCache::InProcess(_) => None,
        }
    }
}

/// Clears a remote cache, after what is on its way to it.
fn clearing<V: Send + 'static>(remote: Remote<V>) -> Clearing {
    Arc::new(move || {
        let remote = remote.clone();
        Box::pin(async move {
            let _turn = remote.turnstile.lock().await;
            remote.cache.clear().await;
        })
    })
}

/// How many entries of one cache are expired before its lock is free again.
const ENTRIES_AT_A_TIME: usize = 128;

/// How many caches an alarm looks at before the clock rings others.
const CACHES_AT_A_TIME: usize = 64;

/// About what an entry takes beside its value, in bytes: a key, a hash, links.
const BESIDE_A_VALUE: usize = 48;
