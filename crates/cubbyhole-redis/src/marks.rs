//! What was invalidated, and when in the logical time of the prefix, as this node knows it.
//!
//! Every invalidation of more than one key has a number, counted by Redis. A value says up to which number its node
//! knew of when it was begun, and is beaten by anything that covers it and has a later number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashMap;

use crate::place::CellName;
use crate::stored::Stamp;
use crate::thing::Thing;

/// The table of one node. Complete above its floor; what is at or below the floor counts as invalidated.
#[derive(Debug)]
pub(crate) struct Marks {
    era: u64,
    floor: u64,
    /// All numbers up to here were heard.
    heard: u64,
    /// Numbers above it that were heard.
    ahead: BTreeSet<u64>,
    seqs: HashMap<Thing, u64>,
    order: BTreeMap<u64, Thing>,
    /// Invalidations of this node that have no number yet; they cover whatever is read.
    pending: HashMap<Thing, usize>,
    most: usize,
}

/// A table behind a lock.
#[derive(Debug)]
pub(crate) struct MarksLock(RwLock<Marks>);

impl MarksLock {
    pub(crate) const fn new(marks: Marks) -> Self {
        Self(RwLock::new(marks))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Marks> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Marks> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a node needs to know at once.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) era: u64,
    pub(crate) seq: u64,
    pub(crate) floor: u64,
    pub(crate) marks: Vec<(Thing, u64)>,
}

impl Marks {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            era: 0,
            floor: 0,
            heard: 0,
            ahead: BTreeSet::new(),
            seqs: HashMap::new(),
            order: BTreeMap::new(),
            pending: HashMap::new(),
            most,
        }
    }

    /// Replaces all that is known, except what is pending.
    pub(crate) fn load(&mut self, loaded: Loaded) {
        self.era = loaded.era;
        self.floor = loaded.floor;
        self.heard = loaded.seq;
        self.ahead.clear();
        self.seqs.clear();
        self.order.clear();
        for (thing, seq) in loaded.marks {
            self.mark(thing, seq);
        }
    }

    pub(crate) const fn era(&self) -> u64 {
        self.era
    }

    /// Notes an invalidation that was told to everybody. Returns whether it is new here.
    pub(crate) fn hear(&mut self, thing: Thing, seq: u64) -> bool {
        let is_new = seq > self.heard && self.ahead.insert(seq);
        while self.ahead.remove(&(self.heard + 1)) {
            self.heard += 1;
        }
        self.mark(thing, seq);
        is_new
    }

    /// Notes the number that an invalidation of this node has got.
    pub(crate) fn mark(&mut self, thing: Thing, seq: u64) {
        if seq <= self.floor {
            return;
        }
        let former = self.seqs.get(&thing).copied();
        if former.is_some_and(|former| former >= seq) {
            return;
        }
        if let Some(former) = former {
            self.order.remove(&former);
        }
        self.seqs.insert(thing.clone(), seq);
        self.order.insert(seq, thing);
        self.trim();
    }

    fn trim(&mut self) {
        while self.seqs.len() > self.most {
            let Some((seq, thing)) = self.order.pop_first() else {
                return;
            };
            self.seqs.remove(&thing);
            self.floor = seq;
        }
    }

    /// Says whether numbers up to `seq` were heard of, all of them.
    pub(crate) const fn heard_up_to(&self, seq: u64) -> bool {
        self.heard >= seq
    }

    /// Says whether all was heard that had been said at a time; `None` if that was in another era.
    pub(crate) fn is_heard(&self, stamp: Stamp) -> Option<bool> {
        (stamp.era == self.era).then_some(self.heard >= stamp.seq)
    }

    pub(crate) fn pend(&mut self, thing: Thing) {
        *self.pending.entry(thing).or_default() += 1;
    }

    pub(crate) fn unpend(&mut self, thing: &Thing) {
        if let Some(count) = self.pending.get_mut(thing) {
            *count -= 1;
            if *count == 0 {
                self.pending.remove(thing);
            }
        }
    }

    /// Says whether a value that was begun at `stamp` was invalidated since.
    pub(crate) fn beat(&self, stamp: Stamp, cell: &CellName, tags: &[Box<str>]) -> bool {
        let unknown = stamp.era != self.era || stamp.seq < self.floor;
        unknown || covering(cell, tags).any(|thing| self.beats(&thing, stamp.seq))
    }

    fn beats(&self, thing: &Thing, seq: u64) -> bool {
        let later = self.seqs.get(thing).is_some_and(|&mark| mark > seq);
        later || self.pending.contains_key(thing)
    }
}

/// All that covers a value.
pub(crate) fn covering(cell: &CellName, tags: &[Box<str>]) -> impl Iterator<Item = Thing> {
    let whole = [
        Thing::Everything,
        Thing::Entry(std::sync::Arc::clone(&cell.entry)),
        Thing::Scope(cell.scope),
    ];
    let tags = tags.iter().flat_map(|tag| {
        [
            Thing::Tag(tag.clone()),
            Thing::ScopedTag(cell.scope, tag.clone()),
        ]
    });
    whole.into_iter().chain(tags)
}

#[cfg(test)]
mod tests;
