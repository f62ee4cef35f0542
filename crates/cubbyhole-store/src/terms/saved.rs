//! Values with terms of their own on their way out of a store, and into another one.

use std::time::Duration;

use cubbyhole_core::{CacheMap, HashedKey, MapEntry, Removed, StoredKey, SystemClock};
use cubbyhole_policy::CachePolicy;

use super::kept::{Kept, Said, Terms};
use super::{TermsMap, removed_by};
use crate::misses::MissReason;
use crate::saved::{SavedTimes, SavedValue};

impl<V: Clone> TermsMap<V> {
    /// Returns all keys in the order of eviction.
    pub(crate) fn keys(&self) -> Vec<StoredKey> {
        self.map.keys()
    }

    /// Returns whether there is an entry of this key, past its time or not.
    pub(crate) fn contains(&self, key: HashedKey<'_>) -> bool {
        self.map.inspect(key).is_some()
    }

    /// Returns a copy of the value of a key, if a read would find it, with its times as they were at `at`.
    pub(crate) fn export(
        &self,
        key: HashedKey<'_>,
        now: Duration,
        at: Duration,
    ) -> Option<SavedValue<V>> {
        let entry = self.map.inspect(key)?;
        let terms = &entry.value.terms;
        if terms.miss(now).is_some() {
            return None;
        }
        Some(SavedValue {
            retention: entry.retention,
            tags: terms.tag_names(),
            times: terms.times(at),
            ..SavedValue::new(key.as_str(), entry.value.value.clone())
        })
    }

    /// Puts a value back as the one that would be evicted first. Returns whether there was room for it, and nothing of
    /// its key.
    pub(crate) fn restore(
        &mut self,
        entry: MapEntry<V>,
        mut terms: Terms,
        now: Duration,
        removed: &mut Removed<V>,
    ) -> Result<(), V> {
        self.last_number += 1;
        terms.number = self.last_number;
        terms.pinned.set(entry.retention.is_pinned());
        self.has_reserves |= terms.can_be_a_reserve();
        let MapEntry {
            key,
            value,
            retention,
            expires_at,
        } = entry;
        let kept = Kept {
            key: key.clone(),
            value,
            terms,
        };
        let indexed = kept.is_indexed().then(|| kept.without_value());
        let entry = MapEntry {
            key,
            value: kept,
            retention,
            expires_at,
        };
        if let Err(refused) = self.map.restore(entry, &SystemClock) {
            return Err(refused.value.value);
        }
        if let Some(kept) = indexed {
            self.index(&kept);
            // As in `set`: a tag may have been invalidated before it was known to be here.
            if kept.terms.miss(now) == Some(MissReason::TagInvalidated) {
                let by = removed_by(MissReason::TagInvalidated);
                self.remove(kept.key.hashed(), by, removed);
            }
        }
        Ok(())
    }
}

impl Terms {
    /// Returns the terms of a value that had these times at `at`: none of them longer than the policy of now would give
    /// it, nor than what was left. `None` if it is not to be kept.
    pub(crate) fn restored(
        policy: &CachePolicy,
        said: &Said,
        times: SavedTimes,
        at: Duration,
        draw: impl FnOnce(Duration) -> Duration,
    ) -> Option<Self> {
        let mut terms = Self::new(policy, said, at, draw)?;
        let until = |time: Duration, left: Option<Duration>| {
            let aged = if time == Duration::MAX {
                time
            } else {
                time.saturating_sub(times.age)
            };
            aged.min(left.map_or(Duration::MAX, |left| at.saturating_add(left)))
        };
        terms.set_at = at.saturating_sub(times.age);
        terms.fresh_until = until(terms.fresh_until, times.fresh_for);
        terms.usable_until = until(terms.usable_until, times.usable_for);
        terms.reserve_until = until(terms.reserve_until, times.reserve_for);
        Some(terms)
    }

    /// Returns whether the time is up in which the value may be read, were it not pinned.
    pub(crate) fn is_over(&self, now: Duration) -> bool {
        now >= self.usable_until
    }

    /// Returns the times as they were at `at`.
    fn times(&self, at: Duration) -> SavedTimes {
        let left = |until: Duration| (until < Duration::MAX).then(|| until.saturating_sub(at));
        SavedTimes {
            age: at.saturating_sub(self.set_at),
            own_ttl: self.own_ttl,
            fresh_for: left(self.fresh_until),
            usable_for: left(self.usable_until),
            reserve_for: left(self.reserve_until),
            idle_for: left(self.idle_at()),
        }
    }

    fn tag_names(&self) -> Vec<Box<str>> {
        let names = self.tags.iter().filter_map(|tag| tag.everywhere());
        names.map(Into::into).collect()
    }
}
