//! The cache of one registry entry in one scope, and the flights of its keys.

use std::any::Any;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_core::{
    Alarm, CacheMap, CacheStoreImpl, Clock, HashedKey, Removed, Retention, SetOutcome, TierCell,
};
use cubbyhole_policy::PolicyOptions;

use crate::error::{CacheError, Invalidation};
use crate::flight::Flights;
use crate::misses::MissReason;
use crate::policies::PolicyMap;
use crate::removal::RemovedBy;
use crate::tags::Tag;
use crate::terms::{Found, TermsMap};

/// A cell whose type of value has been forgotten.
pub(crate) trait AnyCell: Any + Send {}

impl<V: Send + Sync + 'static> AnyCell for Cell<V> {}

/// The cache of one registry entry in one scope, and the flights of its keys, under the lock of the scope.
pub(crate) struct Cell<V> {
    pub(crate) cache: CellCache<V>,
    pub(crate) flights: Flights<V>,
}

/// The cache of a cell.
pub(crate) enum CellCache<V> {
    /// One of ours, inline.
    Policy(PolicyMap<V>),
    /// One of ours, whose values have terms of their own.
    Terms(Box<TermsMap<V>>),
    /// One of another make that answers at once.
    InProcess(Arc<dyn CacheStoreImpl<V>>),
    /// One of another make that has to be waited for.
    Remote(Remote<V>),
}

/// A cache that has to be waited for, and the turnstile that its writers go through one by one.
///
/// Between deciding that a value may be stored and its being stored lies an `.await`; the turnstile keeps a `delete`
/// from slipping in between. It is an asynchronous queue, not a lock that a thread could block on.
pub(crate) struct Remote<V> {
    pub(crate) cache: Arc<dyn CacheStoreImpl<V>>,
    pub(crate) turnstile: Arc<tokio::sync::Mutex<()>>,
}

impl<V> Clone for Remote<V> {
    fn clone(&self) -> Self {
        Self {
            cache: Arc::clone(&self.cache),
            turnstile: Arc::clone(&self.turnstile),
        }
    }
}

/// What a cell says at once.
pub(crate) enum Answer<V, T> {
    /// The answer.
    Now(T),
    /// Only the remote cache knows.
    Ask(Remote<V>),
}

/// What a cell says to who would bring the value if it is not there.
pub(crate) enum Look<V> {
    /// Here it is.
    Found(V),
    /// Here it is; it is time to compute it anew.
    Aging(V),
    /// It is not here.
    Nothing(Option<MissReason>),
    /// It is not here, and it is too early to try again.
    Failed(CacheError),
    /// Only the remote cache knows.
    Ask(Remote<V>),
}

impl<V: Clone + Send + Sync + 'static> Cell<V> {
    pub(crate) const fn new(cache: CellCache<V>) -> Self {
        Self {
            cache,
            flights: Flights::new(),
        }
    }

    /// Returns whether the cell can go without anybody noticing.
    pub(crate) fn is_idle(&self) -> bool {
        self.flights.is_empty() && self.cache.is_vacant()
    }
}

impl<V: Clone + Send + Sync + 'static> CellCache<V> {
    #[inline]
    pub(crate) fn get(
        &mut self,
        key: HashedKey<'_>,
        unpin: bool,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Answer<V, Option<V>> {
        match self {
            Self::Policy(map) if unpin => Answer::Now(map.get_unpin(key, clock, removed)),
            Self::Terms(map) if unpin => Answer::Now(map.get_unpin(key, clock.now(), removed)),
            Self::Terms(map) => Answer::Now(match map.find(key, || clock.now()) {
                Found::Usable(value, _) => Some(value.clone()),
                Found::Nothing(_) => None,
            }),
            Self::Policy(map) => Answer::Now(map.get(key, clock).cloned()),
            Self::InProcess(cache) => Answer::Now(match cache.as_in_process() {
                Some(cache) if unpin => cache.lookup_unpin(key, removed),
                Some(cache) => cache.lookup(key, removed),
                None => None,
            }),
            Self::Remote(remote) => Answer::Ask(remote.clone()),
        }
    }

    /// Looks a key up for who would bring its value.
    pub(crate) fn look(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Look<V> {
        let Self::Terms(map) = self else {
            let miss = |cache: &Self| Look::Nothing(cache.why_missing(key));
            return match self.get(key, false, clock, removed) {
                Answer::Now(Some(value)) => Look::Found(value),
                Answer::Now(None) => miss(self),
                Answer::Ask(remote) => Look::Ask(remote),
            };
        };
        let now = clock.now();
        let found = match map.find(key, || now) {
            Found::Usable(value, aging) => Ok((value.clone(), aging)),
            Found::Nothing(why) => Err(why),
        };
        let failed = map.failure(key, now);
        match (found, failed) {
            (Ok((value, true)), None) => Look::Aging(value),
            (Ok((value, _)), _) => Look::Found(value),
            (Err(why), None) => Look::Nothing(why),
            (Err(_), Some(error)) => match map.reserve(key, now) {
                Some(old) => Look::Found(old),
                None => Look::Failed(error.clone()),
            },
        }
    }

    /// Notes that the computation of a value failed. Returns the old value, if there is one that may still be served.
    pub(crate) fn fail(
        &mut self,
        key: HashedKey<'_>,
        error: &CacheError,
        clock: &dyn Clock,
        options: &PolicyOptions,
    ) -> Option<V> {
        match self {
            Self::Terms(map) => map.fail(key, error, clock.now(), options),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Returns why a key is missing, as far as can be seen here.
    #[inline]
    pub(crate) fn why_missing(&self, key: HashedKey<'_>) -> Option<MissReason> {
        match self {
            Self::Policy(PolicyMap::Ttl(map)) => {
                map.peek(key, &BeginningOfTime).map(|_| MissReason::Expired)
            }
            Self::Terms(map) => map.why_missing(key),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Returns whether a read would find a value, without counting that as use.
    pub(crate) fn holds(&self, key: HashedKey<'_>, clock: &dyn Clock) -> bool {
        match self {
            Self::Policy(map) => map.peek(key, clock).is_some(),
            Self::Terms(map) => map.holds(key, clock.now()),
            Self::InProcess(cache) => cache
                .as_in_process()
                .is_some_and(|cache| cache.lookup(key, &mut Removed::new()).is_some()),
            Self::Remote(_) => false,
        }
    }

    /// Returns a copy of the value that a read would find, without counting that as use. A cache of another make cannot be
    /// asked.
    pub(crate) fn copy_of(&self, key: HashedKey<'_>, clock: &dyn Clock) -> Option<V> {
        match self {
            Self::Policy(map) => map.peek(key, clock).cloned(),
            Self::Terms(map) => map.peek(key, clock.now()),
            Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Removes values whose tag was invalidated after they began to be: so many at most, those with numbers from `from`
    /// on; returns where to go on.
    pub(crate) fn remove_tagged(
        &mut self,
        tag: &Arc<Tag>,
        from: u64,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<u64> {
        match self {
            Self::Terms(map) => map.remove_tagged(tag, from, limit, removed),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Stores a value; a remote cache gives it back to be stored later. One with terms is asked by who knows them.
    pub(crate) fn set(
        &mut self,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Result<SetOutcome, (Remote<V>, V)> {
        match self {
            Self::Policy(map) => Ok(map.set(key, value, retention, clock, removed)),
            Self::Terms(_) => Ok(SetOutcome::NotKept),
            Self::InProcess(cache) => Ok(match cache.as_in_process() {
                Some(cache) => cache.insert(key, value, retention, removed),
                None => SetOutcome::NotKept,
            }),
            Self::Remote(remote) => Err((remote.clone(), value)),
        }
    }

    /// Removes the value of a key that another process has changed, or that the tier did not take; a pinned one stays if
    /// the key was deleted.
    pub(crate) fn withdraw(&mut self, key: HashedKey<'_>, by: RemovedBy, removed: &mut Removed<V>) {
        // Only values with terms are shared.
        if let Self::Terms(map) = self {
            map.withdraw(key, by, removed);
        }
    }

    /// Removes the value of a key that may have been read from the tier before that was told of a newer one.
    pub(crate) fn withdraw_brought(
        &mut self,
        key: HashedKey<'_>,
        by: RemovedBy,
        removed: &mut Removed<V>,
    ) {
        if let Self::Terms(map) = self {
            map.withdraw_brought(key, by, removed);
        }
    }

    /// Returns the cell in the tier, if the values are shared.
    pub(crate) fn tier_cell(&self) -> Option<&Arc<dyn TierCell>> {
        match self {
            Self::Terms(map) => map.tier_cell(),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Returns whether a value is pinned, if the values are shared.
    pub(crate) fn is_pinned(&self, key: HashedKey<'_>) -> bool {
        match self {
            Self::Terms(map) => map.is_pinned(key),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => false,
        }
    }

    pub(crate) fn delete(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Answer<V, Option<V>> {
        match self {
            Self::Policy(map) => Answer::Now(map.delete(key, clock, removed)),
            Self::Terms(map) => Answer::Now(map.delete(key, clock.now(), removed)),
            Self::InProcess(cache) => Answer::Now(
                cache
                    .as_in_process()
                    .and_then(|cache| cache.remove(key, removed)),
            ),
            Self::Remote(remote) => Answer::Ask(remote.clone()),
        }
    }

    /// Removes the value of a key for which there is none any more, unless it is pinned.
    pub(crate) fn discard(
        &mut self,
        key: HashedKey<'_>,
        clock: &dyn Clock,
        removed: &mut Removed<V>,
    ) -> Answer<V, Option<V>> {
        match self {
            Self::Terms(map) => {
                map.discard(key, removed);
                Answer::Now(None)
            }
            other => other.delete(key, clock, removed),
        }
    }

    /// Returns the value of a key that a read would find, if values have terms of their own here.
    pub(crate) fn peek(&self, key: HashedKey<'_>, now: Duration) -> Option<V> {
        match self {
            Self::Terms(map) => map.peek(key, now),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Returns the old value of a key, if there is one that may still be served in place of a new one.
    pub(crate) fn reserve(&self, key: HashedKey<'_>, now: Duration) -> Option<V> {
        match self {
            Self::Terms(map) => map.reserve(key, now),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Removes everything; returns the remote cache that has to be cleared, if it is one.
    pub(crate) fn clear(
        &mut self,
        by: Invalidation,
        removed: &mut Removed<V>,
    ) -> Option<Remote<V>> {
        match self {
            Self::Policy(map) => map.clear(removed),
            Self::Terms(map) => map.clear(by, removed),
            Self::InProcess(cache) => {
                if let Some(cache) = cache.as_in_process() {
                    cache.remove_all(removed);
                }
            }
            Self::Remote(remote) => return Some(remote.clone()),
        }
        None
    }

    pub(crate) fn len(&mut self, clock: &dyn Clock, removed: &mut Removed<V>) -> usize {
        match self {
            Self::Policy(map) => map.len(clock),
            Self::Terms(map) => map.len(clock.now(), removed),
            Self::InProcess(cache) => cache.len(),
            Self::Remote(remote) => remote.cache.len(),
        }
    }

    fn is_vacant(&self) -> bool {
        match self {
            Self::Policy(map) => map.is_vacant(),
            Self::Terms(map) => map.is_vacant(),
            Self::InProcess(cache) => cache.is_empty(),
            // What it holds is known only elsewhere; it goes with its scope.
            Self::Remote(_) => false,
        }
    }

    pub(crate) fn values(&self, clock: &dyn Clock) -> Vec<V> {
        match self {
            Self::Policy(map) => map.values(clock),
            Self::Terms(map) => map.values(clock.now()),
            Self::InProcess(cache) => cache.values(),
            Self::Remote(remote) => remote.cache.values(),
        }
    }

    /// Looks a key up, if this cache is one of ours: the value, or that there is none.
    #[inline]
    pub(crate) fn glance<'a>(
        &mut self,
        key: HashedKey<'_>,
        clock: impl FnOnce() -> &'a dyn Clock,
    ) -> Option<Option<V>> {
        match self {
            Self::Policy(map) => Some(map.glance(key, clock).cloned()),
            Self::Terms(map) => match map.find(key, || clock().now()) {
                Found::Usable(value, _) => Some(Some(value.clone())),
                Found::Nothing(_) => Some(None),
            },
            Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Looks a key up as [`glance`](Self::glance) does, for who would bring a newer value if it is time for that.
    #[inline]
    pub(crate) fn glance_at_fresh<'a>(
        &mut self,
        key: HashedKey<'_>,
        clock: impl FnOnce() -> &'a dyn Clock,
    ) -> Option<Option<V>> {
        match self {
            Self::Terms(map) => match map.find(key, || clock().now()) {
                Found::Usable(value, false) => Some(Some(value.clone())),
                Found::Usable(_, true) | Found::Nothing(_) => None,
            },
            other => other.glance(key, clock),
        }
    }

    /// Returns the cache if it is one of ours, and not one that looks at the clock.
    #[inline]
    pub(crate) const fn timeless(&mut self) -> Option<&mut PolicyMap<V>> {
        match self {
            Self::Policy(PolicyMap::Ttl(_))
            | Self::Terms(_)
            | Self::InProcess(_)
            | Self::Remote(_) => None,
            Self::Policy(map) => Some(map),
        }
    }

    /// Returns when this has something to expire that nobody watches over, the number of the record that is to do so,
    /// and that of the one that need not any more, or 0.
    #[inline]
    pub(crate) fn new_watch(
        &mut self,
        next_id: impl FnOnce() -> u64,
    ) -> Option<(Duration, u64, u64)> {
        match self {
            Self::Policy(PolicyMap::Ttl(watched)) => {
                let at = watched.next_deadline()?;
                if watched.watch != 0 {
                    return None;
                }
                watched.watch = next_id();
                Some((at, watched.watch, 0))
            }
            Self::Terms(map) => map.new_watch(next_id),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }

    /// Returns the number of the record that watches over this; 0 if none does.
    pub(crate) const fn watch(&self) -> u64 {
        match self {
            Self::Policy(PolicyMap::Ttl(watched)) => watched.watch,
            Self::Terms(map) => map.watch(),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => 0,
        }
    }

    /// Expires what is due, so many entries at most, for the record of this number; returns when to do so next.
    pub(crate) fn expire_for(
        &mut self,
        id: u64,
        clock: &dyn Clock,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<Duration> {
        match self {
            Self::Policy(PolicyMap::Ttl(watched)) if watched.watch == id => {
                let next = watched.expire(clock, limit, removed);
                watched.watch = next.map_or(0, |_| id);
                next
            }
            Self::Terms(map) => map.expire_for(id, clock.now(), limit, removed),
            Self::Policy(_) | Self::InProcess(_) | Self::Remote(_) => None,
        }
    }
}

impl<V: Send + 'static> CellCache<V> {
    pub(crate) fn of(cache: Arc<dyn CacheStoreImpl<V>>) -> Self {
        if cache.as_in_process().is_some() {
            Self::InProcess(cache)
        } else {
            Self::Remote(Remote {
                cache,
                turnstile: Arc::default(),
            })
        }
    }
}

/// A clock at which nothing has expired yet.
#[derive(Debug)]
struct BeginningOfTime;

impl Clock for BeginningOfTime {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wake_at(&self, _at: Duration, _alarm: Weak<dyn Alarm>) {}
}
