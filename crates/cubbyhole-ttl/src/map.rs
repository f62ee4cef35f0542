//! The data structure: a hash map whose entries are also in the order of their deadlines.

use std::fmt;
use std::time::Duration;

use cubbyhole_core::{
    CacheMap, Clock, HashedKey, Index, LinkedMap, MapEntry, RemovalCause, Removed, RemovedKey,
    Retention, SetOutcome, StoredKey,
};
use cubbyhole_policy::TtlPolicy;

use crate::deadline::{Deadline, Moment};

/// A map whose entries expire: a [`TtlCache`](crate::TtlCache) before anybody locks it.
///
/// All entries live equally long and time does not go back, so the order in which they were set is the order of their
/// deadlines: a list is enough, where a heap would be needed if each had its own. An entry stands in the list once,
/// however often it is set.
///
/// The invariants, which [`check_invariants`](Self::check_invariants) verifies: one list is in the order of the
/// deadlines, latest first; in the other, which is its continuation, are pinned entries only, put there when their time
/// had come. An entry whose pin is cleared before its time therefore stands where it belongs already; one whose pin is
/// cleared after its time leaves the map.
///
/// Each operation but `get` first removes up to 16 entries that are past their time, so that a map in use shrinks by
/// itself without a pause; `get` finds nothing where such an entry is, and leaves it. `len` counts what is past its
/// time and not yet removed in order to leave it out: O(that many).
pub struct TtlMap<V> {
    entries: LinkedMap<V, Deadline, 2>,
    ttl: Moment,
}

/// The list of entries by deadline, latest at the front.
const BY_DEADLINE: u8 = 0;
/// The list of pinned entries whose time has come.
const OVERDUE: u8 = 1;
/// How many entries one operation collects at most on its way.
const ON_THE_WAY: usize = 16;

impl<V> TtlMap<V> {
    /// Makes an empty map. Allocates nothing.
    ///
    /// A ttl of more than 292 years is for ever.
    #[must_use]
    pub fn new(policy: &TtlPolicy) -> Self {
        Self {
            entries: LinkedMap::new(),
            ttl: Moment::at(policy.ttl()),
        }
    }

    /// Returns how long an entry lives after it was set; `Duration::MAX` if that is for ever.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.ttl.time().unwrap_or(Duration::MAX)
    }

    /// Returns when [`expire`](CacheMap::expire) has something to do: a time that has passed if there is something
    /// already, `None` if no entry that is here will ever be due.
    ///
    /// A pinned entry that becomes due is set aside once.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let at = self.entries.back(BY_DEADLINE)?;
        self.entries.note(at).moment().time()
    }

    /// Verifies the structure, for tests. O(n).
    ///
    /// # Errors
    ///
    /// Says what is wrong.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.entries.check()?;
        let moments = |at: Index| self.entries.note(at).moment();
        if !self
            .entries
            .walk(BY_DEADLINE)
            .chain(self.entries.walk(OVERDUE))
            .map(moments)
            .is_sorted_by(|later, earlier| later >= earlier)
        {
            return Err("the deadlines are out of order".to_owned());
        }
        let pinned = |at: Index| self.entries.note(at).is_pinned();
        if !self.entries.walk(OVERDUE).all(pinned) {
            return Err("an overdue entry is not pinned".to_owned());
        }
        Ok(())
    }

    /// Removes up to `limit` entries from the end of the list, or sets them aside if they are pinned.
    fn collect(&mut self, now: Moment, limit: usize, removed: &mut Removed<V>) {
        for _ in 0..limit {
            match self.entries.back(BY_DEADLINE) {
                Some(at) if self.entries.note(at).is_expired(now) => {
                    self.take_out(at, RemovalCause::Expired, removed);
                }
                Some(at) if self.entries.note(at).is_due(now) => {
                    self.entries.move_to_front(at, OVERDUE);
                }
                _ => return,
            }
        }
    }

    /// Finds an entry that is not past its time; one that is, is removed.
    fn find(&mut self, key: HashedKey<'_>, now: Moment, removed: &mut Removed<V>) -> Option<Index> {
        self.collect(now, ON_THE_WAY, removed);
        let at = self.entries.find(key)?;
        if self.entries.note(at).is_expired(now) {
            self.take_out(at, RemovalCause::Expired, removed);
            return None;
        }
        Some(at)
    }

    /// Returns whether an entry of this moment belongs at the end of the list.
    fn is_first_to_go(&self, moment: Moment) -> bool {
        let last = self.entries.back(BY_DEADLINE);
        let overdue = self.entries.front(OVERDUE);
        last.is_none_or(|at| self.entries.note(at).moment() >= moment)
            && overdue.is_none_or(|at| self.entries.note(at).moment() <= moment)
    }

    fn take_out(&mut self, at: Index, cause: RemovalCause, removed: &mut Removed<V>) {
        let key = self.entries.removed_key(at);
        let (_, value, _) = self.entries.remove(at);
        removed.push(cause, key, value);
    }

    /// Removes an entry for a caller who gets its value.
    fn hand_over(&mut self, at: Index, cause: RemovalCause, removed: &mut Removed<V>) -> V {
        let key = self.entries.removed_key(at);
        let (_, value, _) = self.entries.remove(at);
        removed.count(cause, key);
        value
    }
}

impl<V: Clone> CacheMap<V> for TtlMap<V> {
    fn get(&mut self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V> {
        self.peek(key, clock)
    }

    #[inline]
    fn peek(&self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<&V> {
        let (value, deadline) = self.entries.get(key)?;
        let expired = deadline.is_expired(Moment::at(clock.now()));
        (!expired).then_some(value)
    }

    fn get_unpin(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        let now = Moment::at(clock.now());
        let at = self.find(key, now, removed)?;
        if self.entries.note(at).is_due(now) {
            return Some(self.hand_over(at, RemovalCause::Expired, removed));
        }
        let value = self.entries.value(at).clone();
        self.entries.note_mut(at).unpin();
        Some(value)
    }

    fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        let now = Moment::at(clock.now());
        let deadline = Deadline::new(now.after(self.ttl), retention);
        if let Some(at) = self.find(key, now, removed) {
            let old = std::mem::replace(self.entries.value_mut(at), value);
            *self.entries.note_mut(at) = deadline;
            self.entries.move_to_front(at, BY_DEADLINE);
            removed.push(RemovalCause::Replaced, key.into(), old);
        } else if self.entries.is_full() {
            removed.push(RemovalCause::Evicted, key.into(), value);
            return SetOutcome::NotKept;
        } else {
            self.entries.push_front(key, value, deadline, BY_DEADLINE);
        }
        SetOutcome::Kept
    }

    fn delete(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        let at = self.find(key, Moment::at(clock.now()), removed)?;
        if self.entries.note(at).is_pinned() {
            return None;
        }
        Some(self.hand_over(at, RemovalCause::Deleted, removed))
    }

    fn remove(&mut self, key: HashedKey<'_>) -> Option<V> {
        let at = self.entries.find(key)?;
        let (_, value, _) = self.entries.remove(at);
        Some(value)
    }

    /// Removes everything. No clock is at hand, so entries past their time count as deleted, too.
    fn clear(&mut self, removed: &mut Removed<V>) {
        for (key, value, _) in self.entries.drain() {
            removed.push(RemovalCause::Deleted, RemovedKey::from(&key), value);
        }
    }

    fn take(&mut self) -> Option<Self> {
        let entries = std::mem::take(&mut self.entries);
        Some(Self {
            entries,
            ttl: self.ttl,
        })
    }

    /// Takes all entries out, pinned or not, in the order in which they were set. O(n).
    fn take_entries(&mut self) -> Vec<MapEntry<V>> {
        let mut entries = Vec::with_capacity(self.entries.len());
        // What is overdue was due before anything that is not.
        for list in [OVERDUE, BY_DEADLINE] {
            while let Some((key, value, deadline)) = self.entries.pop_back(list) {
                entries.push(MapEntry {
                    key,
                    value,
                    retention: deadline.retention(),
                    expires_at: deadline.moment().time(),
                });
            }
        }
        entries
    }

    fn keys(&self) -> Vec<StoredKey> {
        let mut keys = Vec::with_capacity(self.entries.len());
        for list in [OVERDUE, BY_DEADLINE] {
            let places = self.entries.walk_back(list);
            keys.extend(places.map(|at| self.entries.key(at).clone()));
        }
        keys
    }

    fn inspect(&self, key: HashedKey<'_>) -> Option<MapEntry<&V>> {
        let (value, deadline) = self.entries.get(key)?;
        Some(MapEntry {
            key: key.into(),
            value,
            retention: deadline.retention(),
            expires_at: deadline.moment().time(),
        })
    }

    /// Puts an entry back that expires no later than one that is set now, and no later than any other. O(1).
    fn restore(&mut self, entry: MapEntry<V>, clock: &dyn Clock) -> Result<(), MapEntry<V>> {
        let at = entry.expires_at.map_or(Moment::NEVER, Moment::at);
        let at = at.min(Moment::at(clock.now()).after(self.ttl));
        let is_there = self.entries.find(entry.key.hashed()).is_some();
        if is_there || self.entries.is_full() || !self.is_first_to_go(at) {
            return Err(entry);
        }
        let deadline = Deadline::new(at, entry.retention);
        let (key, value) = (entry.key, entry.value);
        let hash = key.hash();
        self.entries
            .push_stored_back(key, hash, value, deadline, BY_DEADLINE);
        Ok(())
    }

    fn len(&self, clock: &dyn Clock) -> usize {
        let now = Moment::at(clock.now());
        let from_the_end = std::iter::successors(self.entries.back(BY_DEADLINE), |&at| {
            self.entries.before(at)
        });
        let expired = from_the_end
            .map(|at| self.entries.note(at))
            .take_while(|deadline| deadline.is_due(now))
            .filter(|deadline| deadline.is_expired(now))
            .count();
        self.entries.len() - expired
    }

    fn is_vacant(&self) -> bool {
        self.entries.is_empty()
    }

    fn values(&self, clock: &dyn Clock) -> Vec<V> {
        let now = Moment::at(clock.now());
        self.entries
            .iter()
            .filter(|(_, _, deadline)| !deadline.is_expired(now))
            .map(|(_, value, _)| value.clone())
            .collect()
    }

    fn expire(
        &mut self,
        clock: &dyn Clock,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<Duration> {
        self.collect(Moment::at(clock.now()), limit, removed);
        self.next_deadline()
    }
}

impl<V> fmt::Debug for TtlMap<V> {
    /// Keys and values are the user's own and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtlMap")
            .field("ttl", &self.ttl.time())
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
