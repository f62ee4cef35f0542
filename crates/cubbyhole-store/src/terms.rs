//! A cache whose values each have terms of their own: how long, how long beyond that, under which tags.
//!
//! Most caches need none of it, and are the plain map that their policy asks for. One of these takes its place when the
//! policy has options that need it, when there is a listener, or once a value comes that says more about itself than the
//! policy does. It is that plain map, of values with their terms, and what leads from times and tags to keys.
//!
//! A value is *fresh* at first, then *usable*, then a *reserve*, which only a failed or slow computation makes use of.
//! One entry in `due` says when it has to be looked at next; reading a value that expires when idle does not move that
//! entry, which is put right when its time comes.

mod failures;
mod index;
mod kept;
mod saved;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_core::{
    CacheMap, HashedKey, MapEntry, RemovalCause, Removed, RemovedKey, Retention, SetOutcome,
    StoredKey, SystemClock, TierCell,
};
use cubbyhole_policy::{CachePolicy, KeepAllPolicy, PolicyOptions};
use hashbrown::HashMap;

use self::failures::Failures;
use self::kept::Kept;
pub(crate) use self::kept::{Said, Terms};
use crate::error::{CacheError, Invalidation};
use crate::misses::MissReason;
use crate::node::{EntryIndex, ScopeNode};
use crate::policies::PolicyMap;
use crate::removal::{Removals, RemovedBy};
use crate::shared::Seat;
use crate::tags::Tag;

/// A cache whose values each have terms of their own.
pub(crate) struct TermsMap<V> {
    /// Never one that keeps times itself.
    map: PolicyMap<Kept<V>>,
    /// When something is to be looked at, and what: a value or a failure, by its number.
    due: BTreeMap<(Duration, u64), StoredKey>,
    failures: Failures,
    /// The values that have a tag, by their numbers.
    tagged: HashMap<usize, Tagged>,
    last_number: u64,
    /// Which record of the expiry queue watches over this map and for when; 0 if none does.
    watch: (Duration, u64),
    /// Whether a value may be here and not count: past its time, or idle.
    has_reserves: bool,
    site: Site<V>,
}

struct Tagged {
    tag: Arc<Tag>,
    keys: BTreeMap<u64, StoredKey>,
}

/// Where a map is, and who wants to know what leaves it.
pub(crate) struct Site<V> {
    pub(crate) entry: EntryIndex,
    pub(crate) node: Weak<ScopeNode>,
    pub(crate) removals: Option<Arc<Removals<V>>>,
    /// Its place in the tier, if its values are shared.
    pub(crate) seat: Option<Seat>,
}

/// What is found under a key.
pub(crate) enum Found<'a, V> {
    /// A value; and whether it is time to compute it anew.
    Usable(&'a V, bool),
    /// Nothing that could be used; why, if that can be seen.
    Nothing(Option<MissReason>),
}

impl<V: Clone> TermsMap<V> {
    pub(crate) fn new(policy: &CachePolicy, site: Site<V>) -> Self {
        let map = match policy {
            CachePolicy::Ttl(_) => PolicyMap::new(&KeepAllPolicy::new().into()),
            policy => PolicyMap::new(policy),
        };
        let options = policy.options();
        Self {
            map,
            due: BTreeMap::new(),
            failures: Failures::default(),
            tagged: HashMap::new(),
            last_number: 0,
            watch: (Duration::MAX, 0),
            has_reserves: options.stale_if_error().is_some() || options.time_to_idle().is_some(),
            site,
        }
    }

    /// Finds what is under a key, and counts that as use.
    #[inline]
    pub(crate) fn find(
        &mut self,
        key: HashedKey<'_>,
        now: impl FnOnce() -> Duration,
    ) -> Found<'_, V> {
        let Some(kept) = self.map.glance(key, || &SystemClock) else {
            return Found::Nothing(None);
        };
        // To ask a clock costs half a hit.
        if kept.terms.is_timeless {
            return match kept.terms.is_invalid() {
                false => Found::Usable(&kept.value, false),
                true => Found::Nothing(Some(MissReason::TagInvalidated)),
            };
        }
        let now = now();
        match kept.terms.miss(now) {
            None => {
                kept.terms.used_at.set(now);
                Found::Usable(&kept.value, now >= kept.terms.fresh_until)
            }
            Some(reason) => Found::Nothing(Some(reason)),
        }
    }

    pub(crate) fn get_unpin(
        &mut self,
        key: HashedKey<'_>,
        now: Duration,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        let kept = self.map.get(key, &SystemClock)?;
        if kept.terms.miss(now).is_some() {
            return None;
        }
        kept.terms.used_at.set(now);
        let value = kept.value.clone();
        let mut gone = Removed::new();
        if kept.terms.pinned.replace(false) {
            let kept = kept.without_value();
            self.schedule(&kept);
        }
        let unpinned = self.map.get_unpin(key, &SystemClock, &mut gone);
        // If all the others are pinned, the one to go is this one, and it is not among what has gone: it was returned.
        if gone.counted(RemovalCause::Evicted) > 0
            && let Some(kept) = unpinned
        {
            self.unindex(&kept);
            self.let_go(kept, RemovedBy::Evicted, removed);
        }
        Some(value)
    }

    pub(crate) fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        mut terms: Terms,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        self.forget_failure(key);
        self.last_number += 1;
        terms.number = self.last_number;
        terms.pinned.set(matches!(retention, Retention::Pinned));
        self.has_reserves |= terms.can_be_a_reserve();
        let now = terms.set_at;
        let kept = Kept {
            key: key.into(),
            value,
            terms,
        };
        let indexed = kept.is_indexed().then(|| kept.without_value());
        let mut gone = Removed::new();
        let outcome = self.map.set(key, kept, retention, &SystemClock, &mut gone);
        self.settle(&mut gone, now, removed);
        if let Some(kept) = indexed
            && outcome.is_kept()
        {
            self.index(&kept);
            // Whoever invalidates a tag looks here only if it is known to be here. It is now; what was invalidated before
            // that is found here.
            if kept.terms.miss(now) == Some(MissReason::TagInvalidated) {
                let by = RemovedBy::Invalidated(Invalidation::TagInvalidated);
                self.remove(key, by, removed);
                return SetOutcome::NotKept;
            }
        }
        outcome
    }

    /// Removes the value of a key, and what is remembered of its failures, unless the value is pinned.
    pub(crate) fn delete(
        &mut self,
        key: HashedKey<'_>,
        now: Duration,
        removed: &mut Removed<V>,
    ) -> Option<V> {
        self.forget_failure(key);
        let kept = self.map.peek(key, &SystemClock)?;
        let miss = kept.terms.miss(now);
        if miss.is_none() && kept.terms.pinned.get() {
            return None;
        }
        if let Some(reason) = miss {
            self.remove(key, removed_by(reason), removed);
            return None;
        }
        // Cloned before anything has changed, because a clone may panic.
        let told = self.site.removals.is_some().then(|| kept.value.clone());
        let kept = self.map.remove(key)?;
        self.unindex(&kept);
        let by = RemovedBy::Invalidated(Invalidation::Deleted);
        removed.count(by.cause(), RemovedKey::from(&kept.key));
        if let Some((removals, value)) = self.site.removals.as_ref().zip(told) {
            removals.push(kept.key, value, by);
        }
        Some(kept.value)
    }

    /// Removes the value of a key for which there is none any more, unless it is pinned.
    pub(crate) fn discard(&mut self, key: HashedKey<'_>, removed: &mut Removed<V>) {
        self.forget_failure(key);
        let kept = self.map.peek(key, &SystemClock);
        if kept.is_some_and(|kept| !kept.terms.pinned.get()) {
            let by = RemovedBy::Invalidated(Invalidation::Deleted);
            self.remove(key, by, removed);
        }
    }

    /// Removes the value of a key that another process has changed, or that the tier did not take; a pinned one stays if
    /// the key was deleted.
    pub(crate) fn withdraw(&mut self, key: HashedKey<'_>, by: RemovedBy, removed: &mut Removed<V>) {
        let deleted = RemovedBy::Invalidated(Invalidation::Deleted);
        if by == deleted && self.is_pinned(key) {
            return;
        }
        self.forget_failure(key);
        if let Some(kept) = self.map.remove(key) {
            self.unindex(&kept);
            self.hand_over(kept, by, RemovalCause::Deleted, removed);
        }
    }

    /// Removes the value of a key if a flight brought it.
    pub(crate) fn withdraw_brought(
        &mut self,
        key: HashedKey<'_>,
        by: RemovedBy,
        removed: &mut Removed<V>,
    ) {
        let kept = self.map.peek(key, &SystemClock);
        if kept.is_some_and(|kept| kept.terms.is_brought) {
            self.withdraw(key, by, removed);
        }
    }

    pub(crate) fn is_pinned(&self, key: HashedKey<'_>) -> bool {
        let kept = self.map.peek(key, &SystemClock);
        kept.is_some_and(|kept| kept.terms.pinned.get())
    }

    pub(crate) fn tier_cell(&self) -> Option<&Arc<dyn TierCell>> {
        self.site.seat.as_ref().map(|seat| &seat.cell)
    }

    pub(crate) fn clear(&mut self, by: Invalidation, removed: &mut Removed<V>) {
        self.failures = Failures::default();
        self.unindex_all();
        for entry in self.map.take_entries() {
            self.let_go(entry.value, RemovedBy::Invalidated(by), removed);
        }
    }

    /// Returns how many values a read could find now. O(1), unless values are held in reserve or expire when idle.
    pub(crate) fn len(&mut self, now: Duration, removed: &mut Removed<V>) -> usize {
        self.expire(now, usize::MAX, removed);
        if self.has_reserves || !self.tagged.is_empty() {
            self.usable(now).count()
        } else {
            self.map.len(&SystemClock)
        }
    }

    /// Returns the values that a read could find now.
    pub(crate) fn values(&self, now: Duration) -> Vec<V> {
        self.usable(now).map(|kept| kept.value).collect()
    }

    fn usable(&self, now: Duration) -> impl Iterator<Item = Kept<V>> {
        let all = self.map.values(&SystemClock).into_iter();
        all.filter(move |kept| kept.terms.miss(now).is_none())
    }

    pub(crate) fn is_vacant(&self) -> bool {
        self.map.is_vacant() && self.failures.is_empty()
    }

    /// Notes that the computation of a value failed. Returns the old value, if there is one that may still be served.
    pub(crate) fn fail(
        &mut self,
        key: HashedKey<'_>,
        error: &CacheError,
        now: Duration,
        options: &PolicyOptions,
    ) -> Option<V> {
        let reserve = self.reserve(key, now);
        let first = if reserve.is_some() {
            Some(options.retry_after().unwrap_or(RETRY_AFTER))
        } else {
            options.negative_ttl()
        };
        let Some(first) = first else {
            self.forget_failure(key);
            return None;
        };
        self.last_number += 1;
        let number = self.last_number;
        let (forgotten_at, displaced) =
            self.failures
                .note(key, number, error, now, first, reserve.is_some());
        for due in displaced {
            self.due.remove(&due);
        }
        self.due.insert((forgotten_at, number), key.into());
        reserve
    }

    /// Returns the error of a computation that failed a moment ago, if it is too early to try again.
    pub(crate) fn failure(&self, key: HashedKey<'_>, now: Duration) -> Option<&CacheError> {
        self.failures.find(key, now)
    }

    /// Returns the value of a key that a read would find, without counting that as use.
    pub(crate) fn peek(&self, key: HashedKey<'_>, now: Duration) -> Option<V> {
        let kept = self.map.peek(key, &SystemClock)?;
        kept.terms.miss(now).is_none().then(|| kept.value.clone())
    }

    /// Returns the old value of a key, if there is one that may still be served in place of a new one.
    pub(crate) fn reserve(&self, key: HashedKey<'_>, now: Duration) -> Option<V> {
        let kept = self.map.peek(key, &SystemClock)?;
        kept.terms.may_be_served(now).then(|| kept.value.clone())
    }

    /// Returns whether a read would find a value, without counting that as use.
    pub(crate) fn holds(&self, key: HashedKey<'_>, now: Duration) -> bool {
        let kept = self.map.peek(key, &SystemClock);
        kept.is_some_and(|kept| kept.terms.miss(now).is_none())
    }

    /// Returns why a key is missing, as far as can be seen here: its value is there, but not to be found any more.
    pub(crate) fn why_missing(&self, key: HashedKey<'_>) -> Option<MissReason> {
        if self.failures.holds(key) {
            return Some(MissReason::FailedRecently);
        }
        let kept = self.map.peek(key, &SystemClock)?;
        kept.terms.miss(Duration::MAX)
    }

    /// Returns everything in the order of eviction, with its terms, and is empty then.
    pub(crate) fn take_entries(&mut self) -> Vec<(MapEntry<V>, Terms)> {
        self.unindex_all();
        let entries = self.map.take_entries().into_iter();
        entries
            .map(|entry| {
                let Kept { key, value, terms } = entry.value;
                let retention = entry.retention;
                let expires_at = None;
                let entry = MapEntry {
                    key,
                    value,
                    retention,
                    expires_at,
                };
                (entry, terms)
            })
            .collect()
    }

    fn forget_failure(&mut self, key: HashedKey<'_>) {
        if let Some(due) = self.failures.remove(key) {
            self.due.remove(&due);
        }
    }

    fn remove(&mut self, key: HashedKey<'_>, by: RemovedBy, removed: &mut Removed<V>) {
        if let Some(kept) = self.map.remove(key) {
            self.unindex(&kept);
            self.let_go(kept, by, removed);
        }
    }

    /// Takes note of what an operation of the map removed. A value that was replaced after its time had left by that.
    fn settle(&mut self, gone: &mut Removed<Kept<V>>, now: Duration, removed: &mut Removed<V>) {
        if gone.is_empty() {
            return;
        }
        let entries: Vec<_> = gone.drain().collect();
        for entry in entries {
            let Some(kept) = entry.value else { continue };
            self.unindex(&kept);
            let by = match kept.terms.miss(now) {
                Some(reason) if matches!(entry.cause, RemovalCause::Replaced) => removed_by(reason),
                _ => RemovedBy::of(entry.cause),
            };
            self.hand_over(kept, by, entry.cause, removed);
        }
    }

    /// Hands over a value that left.
    fn let_go(&self, kept: Kept<V>, by: RemovedBy, removed: &mut Removed<V>) {
        self.hand_over(kept, by, by.cause(), removed);
    }

    /// Hands over a value, told to a listener as `by` and counted as `cause`.
    fn hand_over(
        &self,
        kept: Kept<V>,
        by: RemovedBy,
        cause: RemovalCause,
        removed: &mut Removed<V>,
    ) {
        let key = RemovedKey::from(&kept.key);
        match &self.site.removals {
            Some(removals) => {
                removals.push(kept.key, kept.value, by);
                removed.count(cause, key);
            }
            None => removed.push(cause, key, kept.value),
        }
    }
}

/// Returns how a value left that was not to be found any more for this reason.
const fn removed_by(reason: MissReason) -> RemovedBy {
    match reason {
        MissReason::TagInvalidated => RemovedBy::Invalidated(Invalidation::TagInvalidated),
        _ => RemovedBy::Expired,
    }
}

/// How long a source is left alone after its first failure, if the policy does not say.
const RETRY_AFTER: Duration = Duration::from_secs(1);
