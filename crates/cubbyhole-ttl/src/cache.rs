//! The map behind a lock, and the alarm that empties it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use cubbyhole_core::{Alarm, CacheMap, Clock, LockedMap, MapCache, Removed, SystemClock};
use cubbyhole_policy::TtlPolicy;

use crate::TtlMap;

/// A cache whose entries expire a fixed time after they were last set, and which gives their memory back by itself.
///
/// Its operations are those of [`CacheStoreImpl`](crate::CacheStoreImpl); a `set` is always kept. A read at exactly
/// the set time plus the ttl finds nothing, a nanosecond before it finds the value.
///
/// A cache that holds entries has one alarm with its clock, however many they are. It rings when the oldest entry is
/// due; then expired entries are removed in batches, and dropped with the lock free. A cache that is dropped is no
/// longer there when the alarm rings, and the clock forgets it.
///
/// # Panics
///
/// None of its own. A panic in a value's `Clone` or `Drop` reaches the caller (on the clock's thread it is swallowed),
/// and the cache is as it was, or as it should be after the operation.
///
/// # Cancel safety
///
/// Every operation is complete at its first poll.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_ttl::{CacheStoreImpl, ManualClock, Retention, TtlCache, TtlPolicy};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = ManualClock::new();
/// let cache = TtlCache::with_clock(&TtlPolicy::new(Duration::from_secs(60))?, clock.clone());
/// assert!(cache.set("report", "done", Retention::Pinned).await.is_kept());
///
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(cache.get("report").await, Some("done"), "pinned: it waits for its reader");
/// assert_eq!(cache.get_unpin("report").await, Some("done"));
/// assert_eq!(cache.get("report").await, None);
/// # Ok(())
/// # }
/// ```
pub struct TtlCache<V> {
    shared: Arc<Shared<V>>,
}

impl<V> TtlCache<V> {
    /// Makes an empty cache that goes by the [`SystemClock`].
    #[must_use]
    pub fn new(policy: &TtlPolicy) -> Self {
        static SYSTEM: LazyLock<Arc<dyn Clock>> = LazyLock::new(|| Arc::new(SystemClock));
        Self::build(policy, Arc::clone(&SYSTEM))
    }

    /// Makes an empty cache that goes by a clock of yours, such as a clone of a
    /// [`ManualClock`](crate::ManualClock), or an `Arc<dyn Clock>`.
    #[must_use]
    pub fn with_clock(policy: &TtlPolicy, clock: impl Clock + 'static) -> Self {
        Self::build(policy, Arc::new(clock))
    }

    fn build(policy: &TtlPolicy, clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                locked: LockedMap::new(TtlMap::new(policy), clock),
                alarm_is_set: AtomicBool::new(false),
            }),
        }
    }

    /// Verifies the structure, for tests, when no operation is under way. O(n).
    ///
    /// # Errors
    ///
    /// Says what is wrong.
    pub fn check_invariants(&self) -> Result<(), String> {
        let map = self.shared.locked.lock();
        map.check_invariants()?;
        if map.next_deadline().is_some() && !self.shared.alarm_is_set.load(Ordering::Relaxed) {
            return Err("entries will be due, and no alarm is set".to_owned());
        }
        Ok(())
    }
}

impl<V: Clone + Send + 'static> MapCache for TtlCache<V> {
    type Value = V;
    type Map = TtlMap<V>;
    type Clock = Arc<dyn Clock>;

    fn locked(&self) -> &LockedMap<TtlMap<V>, Arc<dyn Clock>> {
        &self.shared.locked
    }

    fn after_insert(&self) {
        self.shared.set_alarm();
    }
}

impl<V> fmt::Debug for TtlCache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtlCache")
            .field("clock", self.shared.locked.clock())
            .finish_non_exhaustive()
    }
}

/// What the cache shares with its alarm.
///
/// `alarm_is_set` changes only under the lock of the map. It becomes false only when the map has no deadline, so
/// whoever added one, let the lock go and then reads true knows that the alarm has yet to take the lock, and will
/// find the new entry. That makes a plain read enough on the way of every `set`.
struct Shared<V> {
    locked: LockedMap<TtlMap<V>, Arc<dyn Clock>>,
    alarm_is_set: AtomicBool,
}

impl<V: Clone + Send + 'static> Shared<V> {
    /// Leaves an alarm with the clock if there is a deadline and no alarm.
    fn set_alarm(self: &Arc<Self>) {
        if self.alarm_is_set.load(Ordering::Relaxed) {
            return;
        }
        if let Some(due) = self.claim_alarm() {
            let alarm: Weak<Self> = Arc::downgrade(self);
            self.locked.clock().wake_at(due, alarm);
        }
    }

    /// Returns when the alarm has to ring, to the one caller who has to set it.
    fn claim_alarm(&self) -> Option<Duration> {
        let map = self.locked.lock();
        let due = map.next_deadline()?;
        let was_set = self.alarm_is_set.swap(true, Ordering::Relaxed);
        drop(map);
        (!was_set).then_some(due)
    }
}

impl<V: Clone + Send + 'static> Alarm for Shared<V> {
    fn ring(&self) -> Option<Duration> {
        let mut removed = Removed::new();
        let next = {
            let mut map = self.locked.lock();
            let next = map.expire(self.locked.clock(), BATCH, &mut removed);
            self.alarm_is_set.store(next.is_some(), Ordering::Relaxed);
            next
        };
        // An alarm that panics is not rung again: a panic in the drop of a value must not cost the rest their end.
        catch_unwind(AssertUnwindSafe(|| drop(removed))).ok();
        next
    }
}

/// How many entries one ring of the alarm collects at most, so that no operation waits long for the lock.
const BATCH: usize = 256;
