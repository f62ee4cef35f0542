//! What goes on behind the operations: counting, expiry, clearing, and the end of a cell.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_core::{
    Alarm, Clock, HashedKey, RemovalCause, Removed, SharedTier, TierDone, TierInvalidation,
};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::CacheScope;

use super::{After, Caches, Create, NodeRef};
use crate::cell::{AnyCell, Cell, CellCache, Remote};
use crate::counters::Count;
use crate::entry::StoreKey;
use crate::error::{CacheError, Invalidation};
use crate::expiry::Watch;
use crate::flight::Kind;
use crate::in_flight::InFlight;
use crate::misses::MissReason;
use crate::node::{Epoch, ScopeNode};
use crate::panics::Panics;
use crate::stats::EntryStats;
use crate::sync::Ordering;
use crate::tags::Tag;
use crate::world::{AnyCaches, Clearing};

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Sees to what a visit has left, now that the lock is free.
    #[cold]
    pub(super) fn see_to(&self, node: NodeRef<'_>, mut after: After, removed: &mut Removed<V>) {
        self.account_held(removed, node.hash(), None, &mut after.panics);
        if let Some((at, id)) = after.watch {
            let node = Arc::downgrade(&node.to_arc());
            self.watch(Watch { at, id, node });
        }
        if after.closed {
            self.world.directory.unlink(&node.to_arc());
        }
        let panics = &mut after.panics;
        panics.hold(|| {
            self.world
                .close_cells(after.gone, node.hash(), Invalidation::Cleared);
        });
        self.tell(panics);
        after.panics.release();
    }

    /// Counts what left a cache of a scope, notes why, and drops it.
    pub(super) fn account(&self, removed: &mut Removed<V>, scope: u64) {
        let mut panics = Panics::default();
        self.account_held(removed, scope, None, &mut panics);
        self.tell(&mut panics);
        panics.release();
    }

    /// As [`account`](Self::account), for who holds panics back. What was invalidated was invalidated by this.
    pub(super) fn account_held(
        &self,
        removed: &mut Removed<V>,
        scope: u64,
        by: Option<Invalidation>,
        panics: &mut Panics,
    ) {
        let counters = self.counters.here();
        counters.add(Count::Evictions, removed.counted(RemovalCause::Evicted));
        counters.add(Count::Expirations, removed.counted(RemovalCause::Expired));
        counters.subtract(Count::Entries, removed.entries());
        counters.subtract(Count::KeyBytes, removed.key_bytes());
        for entry in removed.drain() {
            let why = match by {
                Some(by) if matches!(entry.cause, RemovalCause::Deleted) => {
                    Some(MissReason::of_invalidation(by))
                }
                _ => MissReason::of_removal(entry.cause),
            };
            if let Some(why) = why {
                self.departed.note(scope, entry.hash, why);
            }
            panics.hold(|| drop(entry.value));
        }
    }

    /// Tells the listener, if there is one, what it has not heard of yet.
    pub(super) fn tell(&self, panics: &mut Panics) {
        if let Some(removals) = &self.removals {
            removals.deliver(panics);
        }
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
        let (at, id, former) = cell.cache.new_watch(|| self.expiry.next_id())?;
        if former != 0 {
            self.expiry.forget(former);
        }
        Some((at, id))
    }

    fn watch(&self, watch: Watch) {
        let at = watch.at;
        if self.expiry.push(watch) {
            let this: Weak<Self> = self.weak();
            self.world.clock.wake_at(at, this);
        }
    }

    /// Expires what is due, a bounded number of entries at a time, until so many have gone.
    fn expire_due(&self, now: Duration, entries: usize) {
        let mut panics = Panics::default();
        let mut done = 0;
        while done < entries {
            done += BESIDE_ENTRIES;
            let Some(watch) = self.expiry.pop_due(now) else {
                break;
            };
            let Some(node) = watch.node.upgrade() else {
                continue;
            };
            let clock = &*self.world.clock;
            let mut next = None;
            let expire = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, _: NodeRef<'_>| {
                next = cell
                    .cache
                    .expire_for(watch.id, clock, ENTRIES_AT_A_TIME, removed);
                done += removed.entries();
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
        self.world.clear_entry(self).await;
    }

    /// Returns the number of entries in the scope of the running task.
    pub(crate) fn len_here(&self) -> Result<usize, CacheError> {
        let clock = &*self.world.clock;
        let len = self.here(|cell, removed, _| cell.cache.len(clock, removed))?;
        Ok(len.unwrap_or(0))
    }

    /// Returns the values in the scope of the running task.
    pub(crate) fn values_here(&self) -> Result<Vec<V>, CacheError> {
        let clock = &*self.world.clock;
        let values = self.here(|cell, _, _| cell.cache.values(clock))?;
        Ok(values.unwrap_or_default())
    }

    /// Returns why a lookup of `key` would find nothing now; `None` if it would find a value.
    ///
    /// It counts as no lookup, but for a cache of another make, which cannot be asked otherwise.
    pub(crate) fn why_missing(&self, key: &str) -> Result<Option<MissReason>, CacheError> {
        let key = HashedKey::new(key);
        let clock = &*self.world.clock;
        let here = self.here(|cell, _, _| {
            let found = cell.cache.holds(key, clock);
            (found, cell.cache.why_missing(key))
        })?;
        Ok(match here {
            Some((true, _)) => None,
            Some((false, Some(why))) => Some(why),
            Some((false, None)) | None => Some(self.departed.why(self.scope_here(), key.hash())),
        })
    }
}

impl<V: Clone + Send + Sync + 'static> Alarm for Caches<V> {
    fn ring(&self) -> Option<Duration> {
        let now = self.world.clock.now();
        if !self.expiry.is_armed_for(now) {
            return None;
        }
        // A value that panics when it is dropped does not keep the others from expiring. Nobody is there to tell.
        Panics::default().hold(|| self.expire_due(now, ENTRIES_A_RING));
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
            policy: self.settings().policy.clone(),
            hits: sum(Count::Hits),
            misses: sum(Count::Misses),
            misses_by_reason: self.departed.misses(sum(Count::Misses)),
            load_times: self.load_timer.times(),
            sets: sum(Count::Sets),
            evictions: sum(Count::Evictions),
            expirations: sum(Count::Expirations),
            computations: sum(Count::Computations),
            shared: self
                .tiered
                .as_ref()
                .map(|tiered| tiered.counters.snapshot()),
            waits: sum(Count::Waits),
            entries,
            scopes,
            bytes: entries * (size_of::<V>() + BESIDE_A_VALUE) as u64
                + sum(Count::KeyBytes)
                + scopes * shell as u64,
        }
    }

    fn in_flight(&self) -> Vec<InFlight> {
        self.airborne.report(self.world.clock.now())
    }

    fn remove_tagged(&self, node: &Arc<ScopeNode>, tag: &Arc<Tag>) {
        let mut panics = Panics::default();
        let mut from = Some(0);
        while let Some(at) = from.take() {
            let mut gone = Removed::new();
            let remove = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
                from = cell
                    .cache
                    .remove_tagged(tag, at, ENTRIES_AT_A_TIME, &mut gone);
            };
            panics.hold(|| self.visit(NodeRef::Shared(node), &mut Create::No, remove));
            let by = Some(Invalidation::TagInvalidated);
            self.account_held(&mut gone, node.hash(), by, &mut panics);
            self.tell(&mut panics);
        }
        panics.release();
    }

    fn store_key(&self) -> &StoreKey {
        &self.key
    }

    fn policy(&self) -> CachePolicy {
        self.settings().policy.clone()
    }

    fn cache_type(&self) -> CacheType {
        self.cache_type
    }

    fn raise_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    fn peek(&self, key: &str) -> Option<Box<dyn Any + Send>> {
        let key = HashedKey::new(key);
        let clock = &*self.world.clock;
        let value = self.here(|cell, _, _| cell.cache.copy_of(key, clock));
        Some(Box::new(value.ok()???))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        // Its scope is that of an entry that is known, so there is one; and without one, there is nothing.
        Box::pin(async { matches!(Self::delete(self, key).await, Ok(Some(_))) })
    }

    fn check_exchange(&self, policy: &CachePolicy) -> Result<(), CacheError> {
        Self::check_exchange(self, policy)
    }

    fn exchange(&self, policy: CachePolicy) {
        Self::exchange(self, policy);
    }

    fn exchange_in(&self, node: &Arc<ScopeNode>) {
        Self::exchange_in(self, node);
    }

    fn close_cell(
        &self,
        cell: Box<dyn AnyCell>,
        scope: u64,
        why: Invalidation,
    ) -> Option<Clearing> {
        let cell: Box<dyn Any> = cell;
        let mut cell = cell.downcast::<Cell<V>>().ok()?;
        self.counters.here().subtract(Count::Scopes, 1);
        let watch = cell.cache.watch();
        if watch != 0 {
            self.expiry.forget(watch);
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
        let remote = cell.cache.clear(why, &mut removed);
        let mut panics = Panics::default();
        self.account_held(&mut removed, scope, Some(why), &mut panics);
        self.tell(&mut panics);
        panics.release();
        remote.map(clearing)
    }

    fn clear_in_tier(&self) -> Option<TierDone> {
        let tier = &self.tiered.as_ref()?.shared.tier;
        Some(tier.invalidate(TierInvalidation::Entry {
            kind: self.key.kind(),
            uid: self.key.uid(),
        }))
    }

    fn is_shared_by(&self, tier: &Weak<dyn SharedTier>) -> bool {
        let ours = self.tiered.as_ref();
        ours.is_some_and(|ours| std::ptr::addr_eq(Arc::as_ptr(&ours.shared.tier), tier.as_ptr()))
    }

    fn distrust_in(&self, node: &Arc<ScopeNode>) {
        self.distrust(node);
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
            CellCache::Policy(_) | CellCache::Terms(_) | CellCache::InProcess(_) => None,
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

/// How many entries an alarm expires, in however many caches, before the clock takes a rest and rings others.
const ENTRIES_A_RING: usize = 2048;

/// What it takes to look at a cache, in entries that expire there.
const BESIDE_ENTRIES: usize = 4;

/// About what an entry takes beside its value, in bytes: a key, a hash, links.
const BESIDE_A_VALUE: usize = 48;
