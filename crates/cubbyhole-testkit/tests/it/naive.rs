//! A naive cache, right or with one bug.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use cubbyhole_core::{
    Alarm, Clock, HashedKey, InProcessCache, RemovalCause, Removed, Retention, SetOutcome,
};
use cubbyhole_testkit::Profile;

/// What is wrong with a cache.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Bug {
    None,
    KeysOfOneLengthAreOne,
    KeysEndAtNul,
    EmptyCacheHasAnEntry,
    SetAddsAnother,
    DeleteKeepsTheEntry,
    ClearSparesThePinned,
    ValuesForgetTheFirst,
    ZeroSizedValuesAreNothing,
    DeletesThePinned,
    GetUnpins,
    GetUnpinKeepsThePin,
    SetKeepsTheOldPin,
    SetCannotPinWhatIsThere,
    EvictsThePinned,
    UnpinnedStaysForEver,
    FirstInFirstOut,
    FreezesWhenTheFirstIsTouched,
    RefusesMorePinsThanTheBound,
    UnpinningEvictsNothing,
    SaysKeptAlways,
    ExpiresOneNanosecondLate,
    SetKeepsTheOldTime,
    SetPinnedKeepsTheOldTime,
    ReadRestartsTheTime,
    UnpinRestartsTheTime,
    PinnedExpires,
    CountsTheExpired,
    DeletesTheExpired,
    RingsNoAlarm,
    PanicStopsTheAlarm,
    KeepsTheReplacedValue,
    KeepsWhatItReturns,
    KeepsWhatItClears,
    KeepsWhatItEvicts,
    KeepsItselfAlive,
    DropsUnderTheLock,
    StaysPoisoned,
    ReplacesInTwoSteps,
    LooksAndInsertsInTwoSteps,
    HandsNothingOver,
}

/// A cache for every profile: a vector, used last first.
pub(crate) struct Naive<V> {
    shared: Arc<Shared<V>>,
}

struct Shared<V> {
    state: Mutex<State<V>>,
    profile: Profile,
    bug: Bug,
    myself: OnceLock<Arc<Self>>,
}

struct State<V> {
    entries: Vec<Entry<V>>,
    graveyard: Vec<V>,
    alarm_is_set: bool,
    is_frozen: bool,
}

struct Entry<V> {
    key: String,
    value: V,
    retention: Retention,
    set_at: Duration,
    stays: bool,
}

impl<V: Clone + Send + 'static> Naive<V> {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self::with_bug(profile, Bug::None)
    }

    pub(crate) fn with_bug(profile: &Profile, bug: Bug) -> Self {
        let state = Mutex::new(State {
            entries: Vec::new(),
            graveyard: Vec::new(),
            alarm_is_set: false,
            is_frozen: false,
        });
        let shared = Arc::new(Shared {
            state,
            profile: profile.clone(),
            bug,
            myself: OnceLock::new(),
        });
        if bug == Bug::KeepsItselfAlive {
            shared.myself.get_or_init(|| Arc::clone(&shared));
        }
        Self { shared }
    }
}

impl<V: Clone + Send + 'static> Shared<V> {
    fn has(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    fn lock(&self) -> MutexGuard<'_, State<V>> {
        let guard = self.state.lock();
        assert!(
            guard.is_ok() || !self.has(Bug::StaysPoisoned),
            "the lock is poisoned"
        );
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.profile.clock().now()
    }

    fn same(&self, stored: &str, asked: &str) -> bool {
        match self.bug {
            Bug::KeysOfOneLengthAreOne => stored.len() == asked.len(),
            Bug::KeysEndAtNul => stored.split('\0').next() == asked.split('\0').next(),
            _ => stored == asked,
        }
    }

    fn position(&self, state: &State<V>, key: &str) -> Option<usize> {
        let same = |entry: &Entry<V>| self.same(&entry.key, key);
        state.entries.iter().position(same)
    }

    fn deadline(&self, entry: &Entry<V>) -> Option<Duration> {
        let ttl = self.profile.time_to_live()?;
        let late = Duration::from_nanos(u64::from(self.has(Bug::ExpiresOneNanosecondLate)));
        Some(entry.set_at.saturating_add(ttl).saturating_add(late))
    }

    fn is_expired(&self, entry: &Entry<V>) -> bool {
        let due = self.deadline(entry).is_some_and(|due| due <= self.now());
        due && (!entry.retention.is_pinned() || self.has(Bug::PinnedExpires))
    }

    fn remove_expired(&self, state: &mut State<V>, removed: &mut Removed<V>) {
        while let Some(at) = state
            .entries
            .iter()
            .position(|entry| self.is_expired(entry))
        {
            let entry = state.entries.remove(at);
            self.push(removed, RemovalCause::Expired, entry);
        }
    }

    fn push(&self, removed: &mut Removed<V>, cause: RemovalCause, entry: Entry<V>) {
        match self.bug {
            Bug::HandsNothingOver | Bug::DropsUnderTheLock => drop(entry),
            _ => removed.push(cause, HashedKey::new(&entry.key).into(), entry.value),
        }
    }

    /// Moves an entry to the front.
    fn touch<'a>(&self, state: &'a mut State<V>, at: usize) -> &'a mut Entry<V> {
        state.is_frozen |= at == 0 && self.has(Bug::FreezesWhenTheFirstIsTouched);
        if self.has(Bug::FirstInFirstOut) {
            return &mut state.entries[at];
        }
        state.entries[..=at].rotate_right(1);
        &mut state.entries[0]
    }

    fn evict(&self, state: &mut State<V>, removed: &mut Removed<V>) {
        let Some(capacity) = self.profile.capacity() else {
            return;
        };
        let pinned = |entry: &&Entry<V>| entry.retention.is_pinned();
        while state.entries.len() > capacity.max(state.entries.iter().filter(pinned).count()) {
            let may_go = |entry: &Entry<V>| {
                !entry.stays && (!entry.retention.is_pinned() || self.has(Bug::EvictsThePinned))
            };
            let victim = match state.is_frozen {
                true => Some(0),
                false => state.entries.iter().rposition(may_go),
            };
            let Some(victim) = victim else { return };
            let entry = state.entries.remove(victim);
            if self.has(Bug::KeepsWhatItEvicts) {
                state.graveyard.push(entry.value);
                removed.count(RemovalCause::Evicted, HashedKey::new(&entry.key).into());
            } else {
                self.push(removed, RemovalCause::Evicted, entry);
            }
        }
    }

    fn get(&self, key: &str, unpin: bool, removed: &mut Removed<V>) -> Option<V> {
        let now = self.now();
        let mut guard = self.lock();
        let state = &mut *guard;
        self.remove_expired(state, removed);
        let at = self.position(state, key)?;
        let entry = self.touch(state, at);
        let value = entry.value.clone();
        if self.has(Bug::ReadRestartsTheTime) || unpin && self.has(Bug::UnpinRestartsTheTime) {
            entry.set_at = now;
        }
        if unpin && !self.has(Bug::GetUnpinKeepsThePin) || self.has(Bug::GetUnpins) {
            entry.stays |= entry.retention.is_pinned() && self.has(Bug::UnpinnedStaysForEver);
            entry.retention = Retention::Evictable;
        }
        self.remove_expired(state, removed);
        if !self.has(Bug::UnpinningEvictsNothing) {
            self.evict(state, removed);
        }
        Some(value)
    }

    /// Removes what was there and makes the entry that takes its place.
    fn replace(&self, state: &mut State<V>, new: &mut Entry<V>, removed: &mut Removed<V>) {
        let Some(at) = self.position(state, &new.key) else {
            return;
        };
        if self.has(Bug::SetAddsAnother) {
            return;
        }
        let old = state.entries.remove(at);
        let pinned_anew = new.retention.is_pinned() && self.has(Bug::SetPinnedKeepsTheOldTime);
        if self.has(Bug::SetKeepsTheOldTime) || pinned_anew {
            new.set_at = old.set_at;
        }
        match (self.bug, old.retention) {
            (Bug::SetKeepsTheOldPin, Retention::Pinned)
            | (Bug::SetCannotPinWhatIsThere, Retention::Evictable) => new.retention = old.retention,
            _ => {}
        }
        match self.bug {
            Bug::KeepsTheReplacedValue => state.graveyard.push(old.value),
            Bug::ReplacesInTwoSteps => drop(old),
            _ => self.push(removed, RemovalCause::Replaced, old),
        }
    }

    fn set(&self, mut new: Entry<V>, removed: &mut Removed<V>) -> SetOutcome {
        let mut guard = self.lock();
        self.remove_expired(&mut guard, removed);
        let full = self.profile.capacity() <= Some(guard.entries.len());
        let refused = full && new.retention.is_pinned() && self.profile.capacity().is_some();
        let zero_sized = size_of::<V>() == 0 && self.has(Bug::ZeroSizedValuesAreNothing);
        if refused && self.has(Bug::RefusesMorePinsThanTheBound) || zero_sized {
            self.push(removed, RemovalCause::Evicted, new);
            return SetOutcome::NotKept;
        }
        self.replace(&mut guard, &mut new, removed);
        if self.has(Bug::LooksAndInsertsInTwoSteps) {
            drop(guard);
            thread::yield_now();
            guard = self.lock();
        }
        let key = new.key.clone();
        guard.entries.insert(0, new);
        self.evict(&mut guard, removed);
        if self.position(&guard, &key).is_some() || self.has(Bug::SaysKeptAlways) {
            SetOutcome::Kept
        } else {
            SetOutcome::NotKept
        }
    }

    /// Leaves an alarm with the clock if something will expire and no alarm is set.
    fn set_alarm(self: &Arc<Self>) {
        let due = {
            let mut state = self.lock();
            let due = self.next_deadline(&state).filter(|_| !state.alarm_is_set);
            state.alarm_is_set |= due.is_some();
            due
        };
        if let Some(due) = due {
            let alarm: Weak<Self> = Arc::downgrade(self);
            self.profile.clock().wake_at(due, alarm);
        }
    }

    fn next_deadline(&self, state: &State<V>) -> Option<Duration> {
        match self.bug {
            Bug::RingsNoAlarm | Bug::CountsTheExpired | Bug::DeletesTheExpired => return None,
            _ => {}
        }
        let evictable = |entry: &&Entry<V>| !entry.retention.is_pinned();
        let unpinned = state.entries.iter().filter(evictable);
        unpinned.filter_map(|entry| self.deadline(entry)).min()
    }
}

impl<V: Clone + Send + 'static> Alarm for Shared<V> {
    fn ring(&self) -> Option<Duration> {
        let mut removed = Removed::new();
        let next = {
            let mut state = self.lock();
            self.remove_expired(&mut state, &mut removed);
            let next = self.next_deadline(&state);
            state.alarm_is_set = next.is_some() || self.has(Bug::PanicStopsTheAlarm);
            next
        };
        drop(removed);
        if self.has(Bug::PanicStopsTheAlarm) {
            self.lock().alarm_is_set = next.is_some();
        }
        next
    }
}

impl<V: Clone + Send + 'static> InProcessCache for Naive<V> {
    type Value = V;

    fn lookup(&self, key: HashedKey<'_>, removed: &mut Removed<V>) -> Option<V> {
        self.shared.get(key.as_str(), false, removed)
    }

    fn lookup_unpin(&self, key: HashedKey<'_>, removed: &mut Removed<V>) -> Option<V> {
        let found = self.shared.get(key.as_str(), true, removed);
        self.shared.set_alarm();
        found
    }

    fn insert(
        &self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        removed: &mut Removed<V>,
    ) -> SetOutcome {
        let new = Entry {
            key: key.as_str().to_owned(),
            value,
            retention,
            set_at: self.shared.now(),
            stays: false,
        };
        let outcome = self.shared.set(new, removed);
        self.shared.set_alarm();
        outcome
    }

    fn remove(&self, key: HashedKey<'_>, removed: &mut Removed<V>) -> Option<V> {
        let shared = &*self.shared;
        let mut state = shared.lock();
        if !shared.has(Bug::DeletesTheExpired) {
            shared.remove_expired(&mut state, removed);
        }
        let at = shared.position(&state, key.as_str())?;
        if state.entries[at].retention.is_pinned() && !shared.has(Bug::DeletesThePinned) {
            return None;
        }
        if !shared.has(Bug::HandsNothingOver) {
            removed.count(RemovalCause::Deleted, key.into());
        }
        if shared.has(Bug::DeleteKeepsTheEntry) {
            return Some(state.entries[at].value.clone());
        }
        let entry = state.entries.remove(at);
        if shared.has(Bug::KeepsWhatItReturns) {
            state.graveyard.push(entry.value.clone());
        }
        Some(entry.value)
    }

    fn remove_all(&self, removed: &mut Removed<V>) {
        let shared = &*self.shared;
        let mut state = shared.lock();
        for entry in std::mem::take(&mut state.entries) {
            match shared.bug {
                Bug::ClearSparesThePinned if entry.retention.is_pinned() => {
                    state.entries.push(entry);
                }
                Bug::KeepsWhatItClears => state.graveyard.push(entry.value),
                _ => shared.push(removed, RemovalCause::Deleted, entry),
            }
        }
    }

    fn entry_count(&self) -> usize {
        let shared = &*self.shared;
        let state = shared.lock();
        let counts =
            |entry: &&Entry<V>| !shared.is_expired(entry) || shared.has(Bug::CountsTheExpired);
        let count = state.entries.iter().filter(counts).count();
        count + usize::from(count == 0 && shared.has(Bug::EmptyCacheHasAnEntry))
    }

    fn snapshot(&self) -> Vec<V> {
        let shared = &*self.shared;
        let skipped = usize::from(shared.has(Bug::ValuesForgetTheFirst));
        let state = shared.lock();
        let live = state
            .entries
            .iter()
            .filter(|entry| !shared.is_expired(entry));
        live.skip(skipped)
            .map(|entry| entry.value.clone())
            .collect()
    }
}
