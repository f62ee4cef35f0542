//! The policy of an LRU, written once for both layouts.

use std::fmt;

use cubbyhole_core::{
    CacheMap, Clock, HashedKey, MapEntry, RemovalCause, Removed, RemovedKey, Retention, SetOutcome,
    StoredKey,
};
use cubbyhole_policy::{LruPolicy, MostRecentPolicy};

use crate::large::LargeLru;
use crate::layout::Layout;
use crate::small::SmallLru;

/// The data structure of an LRU cache, before anybody locks it.
///
/// Up to sixteen entries lie side by side in one allocation, in an order that is one word; with more of them the map
/// becomes a hash table with lists, and it is small again when the last one is gone. An empty map has allocated
/// nothing. Operations are O(1) but for those that say otherwise, and none pauses to make the map larger or smaller.
///
/// After every operation there are at most as many entries as the policy allows or as are pinned, whichever is more.
/// So when an entry has to go, one is enough: the least recently used of those that are not pinned.
///
/// ```
/// use cubbyhole_core::{CacheMap, HashedKey, Removed, Retention, SystemClock};
/// use cubbyhole_lru::{LruMap, LruPolicy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut map = LruMap::new(&LruPolicy::new(1)?);
/// let mut removed = Removed::new();
/// for (key, value) in [("a", 1), ("b", 2)] {
///     let outcome = map.set(HashedKey::new(key), value, Retention::Evictable, &SystemClock, &mut removed);
///     assert!(outcome.is_kept());
/// }
/// assert_eq!(map.get(HashedKey::new("a"), &SystemClock), None);
/// assert_eq!(map.get(HashedKey::new("b"), &SystemClock), Some(&2));
/// assert_eq!(removed.entries(), 1);
/// # Ok(())
/// # }
/// ```
pub struct LruMap<V>(Entries<V>);

enum Entries<V> {
    Small(SmallLru<V>),
    Large(Box<LargeLru<V>>),
}

impl<V> LruMap<V> {
    /// Makes an empty map with the bound of a policy. Allocates nothing.
    ///
    /// A bound of 2³² or more counts as the largest that is less.
    #[must_use]
    pub fn new(policy: &LruPolicy) -> Self {
        Self::with_max_size(u32::try_from(policy.max_size()).unwrap_or(u32::MAX))
    }

    /// Makes an empty map that holds one entry, and more only while they are pinned. Allocates nothing.
    #[must_use]
    pub fn most_recent(_policy: &MostRecentPolicy) -> Self {
        Self::with_max_size(1)
    }

    pub(crate) fn with_max_size(max_size: u32) -> Self {
        Self(Entries::Small(SmallLru::new(max_size)))
    }

    /// Returns how many entries the policy allows. There are more only while they are pinned.
    #[must_use]
    pub fn max_size(&self) -> usize {
        let max_size = match &self.0 {
            Entries::Small(small) => small.max_size(),
            Entries::Large(large) => large.max_size(),
        };
        max_size as usize
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        match &self.0 {
            Entries::Small(small) => small.len(),
            Entries::Large(large) => large.len(),
        }
    }

    /// Returns the number of entries that are pinned.
    #[must_use]
    pub fn pinned_count(&self) -> usize {
        match &self.0 {
            Entries::Small(small) => small.pinned(),
            Entries::Large(large) => large.pinned(),
        }
    }

    /// Verifies the invariants, for tests. O(n²) up to sixteen entries, O(n) beyond.
    ///
    /// # Errors
    ///
    /// Says which invariant does not hold.
    pub fn check_invariants(&self) -> Result<(), String> {
        let (len, pinned) = (self.entry_count(), self.pinned_count());
        if len > self.max_size().max(pinned) {
            return Err(format!(
                "{len} entries, of which {pinned} are pinned, where {} are allowed",
                self.max_size()
            ));
        }
        match &self.0 {
            Entries::Small(small) => small.check(),
            Entries::Large(large) => large.check(),
        }
    }

    /// Becomes large if a new entry would need a seventeenth slot.
    #[inline]
    fn make_place(&mut self, key: HashedKey<'_>, retention: Retention) {
        if let Entries::Small(small) = &mut self.0
            && small.is_full()
            && small.len() < allowed_after(small, retention)
            && small.find(key).is_none()
        {
            let large = LargeLru::from_oldest(small.max_size(), small.drain_by_age());
            self.0 = Entries::Large(Box::new(large));
        }
    }

    /// Gives all memory back if nothing is left. An eviction makes room for something, so only deletions need this.
    fn give_back(&mut self) {
        let max_size = match &self.0 {
            Entries::Small(small) if small.len() == 0 => small.max_size(),
            Entries::Large(large) if large.len() == 0 => large.max_size(),
            Entries::Small(_) | Entries::Large(_) => return,
        };
        *self = Self::with_max_size(max_size);
    }
}

impl<V: Clone> CacheMap<V> for LruMap<V> {
    #[inline]
    fn get(&mut self, key: HashedKey<'_>, _clock: &dyn Clock) -> Option<&V> {
        match &mut self.0 {
            Entries::Small(small) => small.get(key),
            Entries::Large(large) => large.get(key),
        }
    }

    fn peek(&self, key: HashedKey<'_>, _clock: &dyn Clock) -> Option<&V> {
        match &self.0 {
            Entries::Small(small) => peek(small, key),
            Entries::Large(large) => peek(&**large, key),
        }
    }

    fn get_unpin(
        &mut self,
        key: HashedKey<'_>,
        _clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        match &mut self.0 {
            Entries::Small(small) => get_unpin(small, key, removed),
            Entries::Large(large) => get_unpin(&mut **large, key, removed),
        }
    }

    fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        _clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        self.make_place(key, retention);
        match &mut self.0 {
            Entries::Small(small) => set(small, key, value, retention, removed),
            Entries::Large(large) => set(&mut **large, key, value, retention, removed),
        }
    }

    fn delete(
        &mut self,
        key: HashedKey<'_>,
        _clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        let deleted = match &mut self.0 {
            Entries::Small(small) => delete(small, key, removed),
            Entries::Large(large) => delete(&mut **large, key, removed),
        };
        self.give_back();
        deleted
    }

    fn remove(&mut self, key: HashedKey<'_>) -> Option<V> {
        let value = match &mut self.0 {
            Entries::Small(small) => take(small, key),
            Entries::Large(large) => take(&mut **large, key),
        };
        self.give_back();
        value
    }

    fn clear(&mut self, removed: &mut Removed<V>) {
        match &mut self.0 {
            Entries::Small(small) => clear(small, removed),
            Entries::Large(large) => clear(&mut **large, removed),
        }
        self.give_back();
    }

    fn take(&mut self) -> Option<Self> {
        let max_size = match &self.0 {
            Entries::Small(small) => small.max_size(),
            Entries::Large(large) => large.max_size(),
        };
        Some(std::mem::replace(self, Self::with_max_size(max_size)))
    }

    /// Takes all entries out: those that may be evicted, least recently used first, then in the same order those that
    /// are pinned. O(n).
    fn take_entries(&mut self) -> Vec<MapEntry<V>> {
        let mut entries = Vec::with_capacity(self.entry_count());
        match &mut self.0 {
            Entries::Small(small) => entries.extend(small.drain_by_age()),
            Entries::Large(large) => entries.extend(large.drain_by_age()),
        }
        self.give_back();
        entries
    }

    fn keys(&self) -> Vec<StoredKey> {
        match &self.0 {
            Entries::Small(small) => small.keys_by_age(),
            Entries::Large(large) => large.keys_by_age(),
        }
    }

    fn inspect(&self, key: HashedKey<'_>) -> Option<MapEntry<&V>> {
        match &self.0 {
            Entries::Small(small) => inspect(small, key),
            Entries::Large(large) => inspect(&**large, key),
        }
    }

    fn restore(&mut self, entry: MapEntry<V>, _clock: &dyn Clock) -> Result<(), MapEntry<V>> {
        self.make_place(entry.key.hashed(), entry.retention);
        match &mut self.0 {
            Entries::Small(small) => restore(small, entry),
            Entries::Large(large) => restore(&mut **large, entry),
        }
    }

    fn len(&self, _clock: &dyn Clock) -> usize {
        self.entry_count()
    }

    fn is_vacant(&self) -> bool {
        self.entry_count() == 0
    }

    fn values(&self, _clock: &dyn Clock) -> Vec<V> {
        match &self.0 {
            Entries::Small(small) => values(small),
            Entries::Large(large) => values(&**large),
        }
    }
}

impl<V> fmt::Debug for LruMap<V> {
    /// Shows sizes, and no key and no value: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LruMap")
            .field("max_size", &self.max_size())
            .field("entry_count", &self.entry_count())
            .field("pinned_count", &self.pinned_count())
            .finish()
    }
}

fn peek<'a, V, L: Layout<V>>(entries: &'a L, key: HashedKey<'_>) -> Option<&'a V> {
    entries.value(entries.find(key)?)
}

fn inspect<'a, V, L: Layout<V>>(entries: &'a L, key: HashedKey<'_>) -> Option<MapEntry<&'a V>> {
    let at = entries.find(key)?;
    let retention = if entries.is_pinned(at) {
        Retention::Pinned
    } else {
        Retention::Evictable
    };
    Some(MapEntry {
        key: key.into(),
        value: entries.value(at)?,
        retention,
        expires_at: None,
    })
}

fn restore<V, L: Layout<V>>(entries: &mut L, entry: MapEntry<V>) -> Result<(), MapEntry<V>> {
    let is_there = entries.find(entry.key.hashed()).is_some();
    let allowed = allowed_after(entries, entry.retention);
    if is_there || entries.is_full() || entries.len() >= allowed {
        return Err(entry);
    }
    entries.push_back(entry.key, entry.value, entry.retention);
    Ok(())
}

fn get_unpin<V: Clone, L: Layout<V>>(
    entries: &mut L,
    key: HashedKey<'_>,
    removed: &mut Removed<V>,
) -> Option<V> {
    let at = entries.find(key)?;
    if entries.is_pinned(at) && entries.len() > entries.allowed(entries.pinned() - 1) {
        // All are pinned, for there would be fewer otherwise. So this is the one to go, and it needs no clone.
        let value = entries.take(at)?;
        removed.count(RemovalCause::Evicted, key.into());
        return Some(value);
    }
    let value = entries.value(at)?.clone(); // May panic: nothing has changed yet.
    entries.set_retention(at, Retention::Evictable);
    Some(value)
}

fn set<V, L: Layout<V>>(
    entries: &mut L,
    key: HashedKey<'_>,
    value: V,
    retention: Retention,
    removed: &mut Removed<V>,
) -> SetOutcome {
    match entries.find(key) {
        Some(at) => replace(entries, at, key, value, retention, removed),
        None => insert(entries, key, value, retention, removed),
    }
}

fn replace<V, L: Layout<V>>(
    entries: &mut L,
    at: L::At,
    key: HashedKey<'_>,
    value: V,
    retention: Retention,
    removed: &mut Removed<V>,
) -> SetOutcome {
    if let Some(old) = entries.value_mut(at) {
        let old = std::mem::replace(old, value);
        removed.push(RemovalCause::Replaced, key.into(), old);
    }
    entries.set_retention(at, retention);
    if entries.len() > entries.allowed(entries.pinned()) {
        // All were pinned, for there would be fewer otherwise. So the one that was just unpinned is the one to go.
        if let Some(value) = entries.take(at) {
            removed.push(RemovalCause::Evicted, key.into(), value);
        }
        return SetOutcome::NotKept;
    }
    SetOutcome::Kept
}

fn insert<V, L: Layout<V>>(
    entries: &mut L,
    key: HashedKey<'_>,
    value: V,
    retention: Retention,
    removed: &mut Removed<V>,
) -> SetOutcome {
    if entries.is_full() || entries.len() >= allowed_after(entries, retention) {
        let Some(victim) = entries.least_recent() else {
            removed.push(RemovalCause::Evicted, key.into(), value);
            return SetOutcome::NotKept;
        };
        if let Some((key, old)) = entries.exchange(victim, key, value, retention) {
            removed.push(RemovalCause::Evicted, key, old);
        }
    } else {
        entries.push(key, value, retention);
    }
    SetOutcome::Kept
}

fn delete<V, L: Layout<V>>(
    entries: &mut L,
    key: HashedKey<'_>,
    removed: &mut Removed<V>,
) -> Option<V> {
    let at = entries.find(key).filter(|&at| !entries.is_pinned(at))?;
    let value = entries.take(at)?;
    removed.count(RemovalCause::Deleted, key.into());
    Some(value)
}

fn take<V, L: Layout<V>>(entries: &mut L, key: HashedKey<'_>) -> Option<V> {
    let at = entries.find(key)?;
    entries.take(at)
}

fn clear<V, L: Layout<V>>(entries: &mut L, removed: &mut Removed<V>) {
    for (key, value) in entries.drain() {
        removed.push(RemovalCause::Deleted, RemovedKey::from(&key), value);
    }
}

fn values<V: Clone, L: Layout<V>>(entries: &L) -> Vec<V> {
    entries.values().cloned().collect()
}

/// Returns how many entries there may be once one more is there with this retention.
fn allowed_after<V, L: Layout<V>>(entries: &L, retention: Retention) -> usize {
    entries.allowed(entries.pinned() + usize::from(retention.is_pinned()))
}

#[cfg(test)]
mod tests;
