//! Handing out copies of values for another process, and taking in those of an earlier one.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{CacheMap, HashedKey, MapEntry, Removed, StoredKey};
use cubbyhole_policy::CacheType;
use cubbyhole_scope::CacheScope;

use super::{Caches, Create, NodeRef, Visit};
use crate::cell::{Cell, CellCache};
use crate::counters::Count;
use crate::misses::MissReason;
use crate::node::{Epoch, ScopeNode};
use crate::policies::PolicyMap;
use crate::saved::{Restored, SavedTimes, SavedValue};
use crate::store::OnMissingScope;
use crate::tags::{Place, Stamp};
use crate::terms::{Said, Terms};

/// When a restore began: what was invalidated since is not brought back.
pub(crate) struct Begun {
    pub(crate) at: Duration,
    epoch: Epoch,
    stamp: Stamp,
}

/// A value on its way back, and what was said about it.
struct Returning<V> {
    entry: MapEntry<V>,
    said: Said,
    times: SavedTimes,
}

/// What became of a value on its way back. One that did not arrive is dropped when the lock is free.
enum Fate<V> {
    There,
    Expired(V),
    Superseded(V),
    NoRoom(V),
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Hands out copies of what reads would find, a batch at a time, those of a scope in the order of eviction.
    pub(crate) fn export<E>(
        &self,
        take: &mut impl FnMut(&CacheScope, Vec<SavedValue<V>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let at = self.world.clock.now();
        self.export_node(&self.global, at, take)?;
        if self.cache_type == CacheType::Global {
            return Ok(());
        }
        for nodes in self.world.directory.all() {
            for node in nodes {
                self.export_node(&node, at, take)?;
            }
        }
        Ok(())
    }

    fn export_node<E>(
        &self,
        node: &Arc<ScopeNode>,
        at: Duration,
        take: &mut impl FnMut(&CacheScope, Vec<SavedValue<V>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(scope) = self.scope_of(node) else {
            return Ok(());
        };
        let list = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| cell.cache.keys();
        let found = self.visit(NodeRef::Shared(node), &mut Create::No, list);
        let keys = found.done().unwrap_or_default();
        for keys in keys.chunks(AT_A_TIME) {
            let copy = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
                let now = self.world.clock.now();
                let values = keys.iter().map(StoredKey::hashed);
                let values = values.filter_map(|key| cell.cache.export(key, now, at));
                values.collect::<Vec<_>>()
            };
            match self.visit(NodeRef::Shared(node), &mut Create::No, copy) {
                Visit::Done(values) if values.is_empty() => {}
                Visit::Done(values) => take(&scope, values)?,
                Visit::Absent | Visit::Closed => break,
            }
        }
        Ok(())
    }

    /// Returns the scope of a node, if values of this entry may be there.
    fn scope_of(&self, node: &ScopeNode) -> Option<CacheScope> {
        node.with_scope(|cache_type, id| match cache_type {
            CacheType::Global => Some(CacheScope::Global),
            other if other != self.cache_type => None,
            CacheType::Session => Some(CacheScope::session(id)),
            CacheType::User => Some(CacheScope::user(id)),
        })
    }

    pub(crate) fn begin_restore(&self) -> Begun {
        self.world.restores.begin();
        Begun {
            at: self.world.clock.now(),
            epoch: self.epoch(),
            stamp: self.world.tags.now(),
        }
    }

    pub(crate) fn end_restore(&self) {
        self.world.restores.end();
    }

    /// Returns whether values of this entry can be in a scope.
    pub(crate) fn lives_in(&self, scope: &CacheScope) -> bool {
        let falls_back = self.world.on_missing_scope == OnMissingScope::UseGlobal;
        scope.cache_type() == self.cache_type || (falls_back && matches!(scope, CacheScope::Global))
    }

    /// Puts values of a scope back, which are in the order of eviction: a batch at a time, the last one first.
    pub(crate) fn restore(
        &self,
        scope: &CacheScope,
        begun: &Begun,
        mut values: Vec<SavedValue<V>>,
    ) -> Restored {
        let mut restored = Restored::default();
        while !values.is_empty() {
            let batch = values.split_off(values.len().saturating_sub(AT_A_TIME));
            restored += self.restore_batch(scope, begun, batch);
        }
        restored
    }

    fn restore_batch(
        &self,
        scope: &CacheScope,
        begun: &Begun,
        batch: Vec<SavedValue<V>>,
    ) -> Restored {
        let batch = batch.into_iter().rev();
        let mut batch: Vec<_> = batch
            .map(|value| self.returning(scope, begun, value))
            .collect();
        let mut fates = Vec::with_capacity(batch.len());
        let put = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, node: NodeRef<'_>| {
            for value in batch.drain(..) {
                fates.push(self.put_back(cell, removed, node, begun, value));
            }
        };
        let _ = self.at(scope, &mut Create::Yes, put);
        let mut restored = Restored::default();
        for fate in &fates {
            *restored.count_of(fate) += 1;
        }
        restored
    }

    fn returning(&self, scope: &CacheScope, begun: &Begun, saved: SavedValue<V>) -> Returning<V> {
        let id = scope.id().map_or("", |id| id.as_str());
        let cache_type = scope.cache_type();
        let expires_at = saved.times.usable_for;
        Returning {
            entry: MapEntry {
                key: StoredKey::new(&saved.key),
                value: saved.value,
                retention: saved.retention,
                expires_at: expires_at.map(|left| begun.at.saturating_add(left)),
            },
            said: Said {
                ttl: saved.times.own_ttl,
                is_negative: false,
                tags: self.world.tags.of(&Place { cache_type, id }, &saved.tags),
                stamp: begun.stamp,
            },
            times: saved.times,
        }
    }

    fn put_back(
        &self,
        cell: &mut Cell<V>,
        removed: &mut Removed<V>,
        node: NodeRef<'_>,
        begun: &Begun,
        value: Returning<V>,
    ) -> Fate<V> {
        let key = value.entry.key.hashed();
        let (bytes, now) = (key.as_str().len(), self.world.clock.now());
        if !self.may_restore(begun, node, key) || cell.cache.contains(key) {
            return Fate::Superseded(value.entry.value);
        }
        let is_over = value.times.is_over() || value.entry.expires_at.is_some_and(|at| at <= now);
        if is_over && !value.entry.retention.is_pinned() {
            return Fate::Expired(value.entry.value);
        }
        let fate = self.put_into(cell, removed, node, begun, value);
        if let Fate::There = fate {
            let counters = self.counters.here();
            counters.add(Count::Entries, 1);
            counters.add(Count::KeyBytes, bytes);
        }
        fate
    }

    /// Returns whether nothing is known of a key that is newer than what would be put back.
    fn may_restore(&self, begun: &Begun, node: NodeRef<'_>, key: HashedKey<'_>) -> bool {
        let scope = node.hash();
        self.epoch() == begun.epoch
            && self.departed.why(scope, key.hash()) == MissReason::NeverSeen
            && self
                .world
                .restores
                .may_restore(self.index, scope, key.hash())
    }

    fn put_into(
        &self,
        cell: &mut Cell<V>,
        removed: &mut Removed<V>,
        node: NodeRef<'_>,
        begun: &Begun,
        value: Returning<V>,
    ) -> Fate<V> {
        let Returning {
            mut entry,
            said,
            times,
        } = value;
        let clock = &*self.world.clock;
        if let CellCache::Policy(map) = &mut cell.cache
            && !says_more(map, &said, times)
        {
            if let Some(left) = map.ttl().map(|ttl| ttl.saturating_sub(times.age)) {
                let at = begun.at.saturating_add(left);
                entry.expires_at = Some(entry.expires_at.map_or(at, |other| other.min(at)));
            }
            if entry.expires_at.is_some_and(|at| at <= clock.now()) && !entry.retention.is_pinned()
            {
                return Fate::Expired(entry.value);
            }
            entry = match map.restore(entry, clock) {
                Ok(()) => return Fate::There,
                // Where values expire in the order in which they were set, this one would have to stand between others.
                Err(entry) if map.ttl().is_some() => entry,
                Err(entry) => return Fate::NoRoom(entry.value),
            };
        }
        self.keep_terms(cell, node, removed);
        let CellCache::Terms(map) = &mut cell.cache else {
            return Fate::NoRoom(entry.value);
        };
        let draw = |most| self.world.draw(most);
        let policy = &self.settings().policy;
        let Some(terms) = Terms::restored(policy, &said, times, begun.at, draw) else {
            return Fate::Superseded(entry.value);
        };
        if terms.is_over(clock.now()) && !entry.retention.is_pinned() {
            return Fate::Expired(entry.value);
        }
        match map.restore(entry, terms, clock.now(), removed) {
            Ok(()) => Fate::There,
            Err(value) => Fate::NoRoom(value),
        }
    }
}

/// Returns whether a value needs terms of its own in a map that has none.
fn says_more<V>(map: &PolicyMap<V>, said: &Said, times: SavedTimes) -> bool {
    let expires_elsewhere = times.usable_for.is_some() && map.ttl().is_none();
    said.ttl.is_some() || !said.tags.is_empty() || expires_elsewhere
}

impl Restored {
    const fn count_of<V>(&mut self, fate: &Fate<V>) -> &mut u64 {
        match fate {
            Fate::There => &mut self.values,
            Fate::Expired(_) => &mut self.expired,
            Fate::Superseded(_) => &mut self.superseded,
            Fate::NoRoom(_) => &mut self.no_room,
        }
    }
}

impl<V: Clone + Send + Sync + 'static> CellCache<V> {
    fn keys(&self) -> Vec<StoredKey> {
        match self {
            Self::Policy(map) => map.keys(),
            Self::Terms(map) => map.keys(),
            Self::InProcess(_) | Self::Remote(_) => Vec::new(),
        }
    }

    /// Returns whether there is an entry of this key, past its time or not.
    fn contains(&self, key: HashedKey<'_>) -> bool {
        match self {
            Self::Policy(map) => map.inspect(key).is_some(),
            Self::Terms(map) => map.contains(key),
            Self::InProcess(_) | Self::Remote(_) => true,
        }
    }

    /// Returns a copy of the value of a key, if a read would find it, with its times as they were at `at`.
    fn export(&self, key: HashedKey<'_>, now: Duration, at: Duration) -> Option<SavedValue<V>> {
        let map = match self {
            Self::Policy(map) => map,
            Self::Terms(map) => return map.export(key, now, at),
            Self::InProcess(_) | Self::Remote(_) => return None,
        };
        let entry = map.inspect(key)?;
        let is_over = entry.expires_at.is_some_and(|at| at <= now);
        if is_over && !entry.retention.is_pinned() {
            return None;
        }
        let mut saved = SavedValue::new(key.as_str(), entry.value.clone());
        saved.retention = entry.retention;
        saved.times = times(entry.expires_at, map.ttl(), at);
        Some(saved)
    }
}

/// Returns the times of a value that has none but its policy's.
fn times(expires_at: Option<Duration>, ttl: Option<Duration>, at: Duration) -> SavedTimes {
    let set_at = expires_at.zip(ttl).map(|(at, ttl)| at.saturating_sub(ttl));
    let left = expires_at.map(|expires_at| expires_at.saturating_sub(at));
    SavedTimes {
        age: set_at.map_or(Duration::ZERO, |set_at| at.saturating_sub(set_at)),
        usable_for: left,
        reserve_for: left,
        ..SavedTimes::default()
    }
}

/// How many values of one cache are copied, or put back, before its lock is free again.
const AT_A_TIME: usize = 64;
