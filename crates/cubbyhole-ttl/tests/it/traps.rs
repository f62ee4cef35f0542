//! Mistakes that other caches made, by name.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cubbyhole_core::{Alarm, CacheMap, HashedKey, RemovalCause, Removed};
use cubbyhole_testkit::{DropCounter, PanicOnClone, PanicOnDrop, Trigger, block_on};
use cubbyhole_ttl::{
    CacheStoreImpl, Clock, ManualClock, Retention, SetOutcome, TtlCache, TtlMap, TtlPolicy,
};

use Retention::{Evictable, Pinned};

use crate::at_once::{get, set};
use crate::clocks::{Hasty, Silent};

const SECOND: Duration = Duration::from_secs(1);
const TEN_SECONDS: Duration = Duration::from_secs(10);

fn policy() -> TtlPolicy {
    TtlPolicy::new(TEN_SECONDS).unwrap_or_else(|_| unreachable!("ten seconds are longer than none"))
}

fn cache<V>() -> (TtlCache<V>, ManualClock) {
    let clock = ManualClock::new();
    (TtlCache::with_clock(&policy(), clock.clone()), clock)
}

#[test]
fn d6_setting_again_restarts_the_time() {
    let (cache, clock) = cache();
    set(&cache, "a", 1, Evictable);
    clock.advance(SECOND * 5);
    set(&cache, "a", 2, Evictable);
    clock.advance(SECOND * 5);
    assert_eq!(get(&cache, "a"), Some(2), "at 10 s: it was set at 5 s");
    clock.advance(SECOND * 5 - Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), Some(2), "just before 15 s");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), None, "at 15 s");
}

#[test]
fn d6_setting_pinned_restarts_the_time_and_unpinning_does_not() {
    let (cache, clock) = cache();
    set(&cache, "a", 1, Evictable);
    clock.advance(SECOND * 9);
    set(&cache, "a", 2, Pinned);
    assert_eq!(block_on(cache.get_unpin("a")), Some(2));
    clock.advance(SECOND);
    assert_eq!(get(&cache, "a"), Some(2), "at 10 s: it was set at 9 s");
    clock.advance(SECOND * 9 - Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), Some(2), "just before 19 s");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), None, "at 19 s");
}

#[test]
fn d6_a_thousand_overwrites_are_one_entry() {
    let (clock, mut map, mut removed) =
        (ManualClock::new(), TtlMap::new(&policy()), Removed::new());
    for number in 0..1_000 {
        let outcome = map.set(HashedKey::new("a"), number, Evictable, &clock, &mut removed);
        assert_eq!(outcome, SetOutcome::Kept);
        clock.advance(Duration::from_millis(1));
    }
    map.check_invariants().unwrap();
    assert_eq!(removed.counted(RemovalCause::Replaced), 999);
    clock.advance(TEN_SECONDS);
    let mut expired = Removed::new();
    assert_eq!(map.expire(&clock, usize::MAX, &mut expired), None);
    assert_eq!(expired.counted(RemovalCause::Expired), 1);
    assert!(map.is_vacant());
}

#[test]
fn d7_an_expired_entry_is_not_counted_even_if_it_is_not_removed_yet() {
    let clock = ManualClock::new();
    let cache = TtlCache::with_clock(&policy(), Silent(clock.clone()));
    for number in 0..100 {
        set(
            &cache,
            &number.to_string(),
            number,
            if number < 3 { Pinned } else { Evictable },
        );
    }
    clock.advance(SECOND * 5);
    set(&cache, "late", 100, Evictable);
    clock.advance(SECOND * 5);
    assert_eq!(cache.len(), 4, "three are pinned, and one was set late");
    let mut values = cache.values();
    values.sort_unstable();
    assert_eq!(values, [0, 1, 2, 100]);
}

#[test]
fn d7_an_expired_pinned_value_is_read_once_more() {
    let (cache, clock) = cache();
    set(&cache, "a", 1, Pinned);
    clock.advance(TEN_SECONDS * 2);
    assert_eq!((cache.len(), cache.values()), (1, vec![1]));
    assert_eq!(block_on(cache.get_unpin("a")), Some(1));
    assert_eq!((get(&cache, "a"), cache.len()), (None, 0));
    assert_eq!(block_on(cache.get_unpin("a")), None);
}

/// All time is that of the [`Clock`]. Nothing here asks the machine what time it is, so that setting its clock to and
/// fro changes nothing; and the clock of the machine that there is, `SystemClock`, is monotonic.
#[test]
fn d8_wall_clock_steps_do_not_matter() {
    let sources = [
        include_str!("../../src/cache.rs"),
        include_str!("../../src/deadline.rs"),
        include_str!("../../src/map.rs"),
    ];
    for source in sources {
        assert!(!source.contains("SystemTime") && !source.contains("Instant"));
    }
    let (cache, _standing_still) = cache();
    set(&cache, "a", 1, Evictable);
    assert_eq!(get(&cache, "a"), Some(1));
}

#[test]
fn d9_a_pinned_entry_is_not_deleted() {
    let (cache, clock) = cache();
    set(&cache, "a", 1, Pinned);
    assert_eq!(block_on(cache.delete("a")), None);
    clock.advance(TEN_SECONDS);
    assert_eq!(
        block_on(cache.delete("a")),
        None,
        "past its time, but pinned"
    );
    assert_eq!(get(&cache, "a"), Some(1));
}

#[test]
fn d11_a_pinned_entry_outlives_its_time() {
    let (cache, clock) = cache();
    set(&cache, "a", 1, Pinned);
    for _ in 0..1_000 {
        clock.advance(TEN_SECONDS);
        assert_eq!(get(&cache, "a"), Some(1));
    }
    set(&cache, "a", 2, Evictable);
    clock.advance(TEN_SECONDS - Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), Some(2), "its time began with the set");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), None);
}

#[test]
fn e7_values_go_with_their_entry_and_with_the_cache() {
    let (counter, (cache, clock)) = (DropCounter::new(), cache());
    for number in 0..10 {
        set(&cache, "a", counter.track(number), Evictable);
        assert_eq!(counter.live(), 1);
    }
    set(&cache, "b", counter.track(0), Pinned);
    drop(cache);
    assert_eq!(counter.live(), 0);
    clock.advance(TEN_SECONDS);
    assert_eq!(clock.alarms(), 0, "the clock has forgotten the cache");
}

#[test]
fn e9_a_panic_in_clone_changes_nothing() {
    let (trigger, (cache, clock)) = (Trigger::new(), cache());
    set(&cache, "a", PanicOnClone::new(1, &trigger), Pinned);
    trigger.arm();
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(cache.get_unpin("a")))).is_err());
    trigger.disarm();
    assert!(block_on(cache.delete("a")).is_none(), "it is still pinned");
    clock.advance(TEN_SECONDS);
    trigger.arm();
    let overdue = block_on(cache.get_unpin("a"));
    assert!(overdue.is_some(), "a value that leaves is not cloned");
    cache.check_invariants().unwrap();
}

#[test]
fn e9_a_panic_in_drop_does_not_keep_the_others() {
    let (counter, trigger, (cache, clock)) = (DropCounter::new(), Trigger::new(), cache());
    for round in 0..3 {
        for number in 0..1_000 {
            let value = PanicOnDrop::new(counter.track(0), &trigger);
            set(&cache, &number.to_string(), value, Evictable);
        }
        trigger.arm();
        clock.advance(TEN_SECONDS);
        trigger.disarm();
        assert_eq!(counter.live(), 0, "round {round}");
        cache.check_invariants().unwrap();
    }
}

#[test]
fn e9_a_clock_that_panics_leaves_the_cache_correct() {
    #[derive(Debug, Default)]
    struct Broken(AtomicBool, ManualClock);
    impl Clock for Broken {
        fn now(&self) -> Duration {
            assert!(!self.0.load(Ordering::SeqCst), "a clock that is broken");
            self.1.now()
        }
        fn wake_at(&self, at: Duration, alarm: Weak<dyn Alarm>) {
            self.1.wake_at(at, alarm);
        }
    }
    let clock = std::sync::Arc::new(Broken::default());
    let cache = TtlCache::with_clock(&policy(), std::sync::Arc::clone(&clock));
    set(&cache, "a", 1, Evictable);
    clock.0.store(true, Ordering::SeqCst);
    for key in ["a", "b"] {
        let set = || block_on(cache.set(key, 2, Evictable));
        assert!(catch_unwind(AssertUnwindSafe(set)).is_err());
        let delete = || block_on(cache.delete(key));
        assert!(catch_unwind(AssertUnwindSafe(delete)).is_err());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| get(&cache, "a"))).is_err());
    clock.0.store(false, Ordering::SeqCst);
    assert_eq!((get(&cache, "a"), get(&cache, "b")), (Some(1), None));
    cache.check_invariants().unwrap();
}

#[test]
fn e12_setting_many_times_leaves_no_dangling_record() {
    let (counter, (cache, clock)) = (DropCounter::new(), cache());
    for number in 0..10_000 {
        set(&cache, "a", counter.track(number), Evictable);
        clock.advance(Duration::from_millis(7));
        assert_eq!((counter.live(), clock.alarms()), (1, 1));
    }
    cache.check_invariants().unwrap();
    clock.advance(TEN_SECONDS);
    assert_eq!((counter.live(), clock.alarms()), (0, 0));
}

#[test]
fn e13_ttl_near_max_never_expires_and_zero_is_refused() {
    assert!(TtlPolicy::new(Duration::ZERO).is_err());
    let ages = [
        Duration::MAX,
        Duration::MAX - Duration::from_nanos(1),
        Duration::from_secs(u64::MAX),
        Duration::from_millis(u64::MAX),
        Duration::from_nanos(u64::MAX),
        Duration::from_nanos(u64::MAX / 2),
    ];
    for ttl in ages {
        for origin in [Duration::ZERO, TEN_SECONDS, Duration::from_nanos(u64::MAX)] {
            let clock = ManualClock::new();
            clock.advance(origin);
            let cache = TtlCache::with_clock(&TtlPolicy::new(ttl).unwrap(), clock.clone());
            set(&cache, "a", 1, Evictable);
            set(&cache, "b", 2, Pinned);
            assert_eq!(clock.alarms(), 0, "nothing will ever be due");
            clock.advance(Duration::MAX);
            assert_eq!(
                (get(&cache, "a"), cache.len()),
                (Some(1), 2),
                "{ttl:?} {origin:?}"
            );
            assert_eq!(block_on(cache.get_unpin("b")), Some(2));
            set(&cache, "b", 3, Evictable);
            assert_eq!(get(&cache, "b"), Some(3));
            cache.check_invariants().unwrap();
        }
    }
}

#[test]
fn e13_a_long_ttl_is_exact() {
    let century = Duration::from_secs(100 * 365 * 24 * 3600);
    let clock = ManualClock::new();
    let cache = TtlCache::with_clock(&TtlPolicy::new(century).unwrap(), clock.clone());
    clock.advance(century);
    set(&cache, "a", 1, Evictable);
    clock.advance(century - Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), Some(1));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(get(&cache, "a"), None);
}

#[test]
fn e14_time_is_read_once_per_operation() {
    let clock = Hasty::default();
    let cache = TtlCache::with_clock(&policy(), clock.clone());
    let operations: [&dyn Fn(); 7] = [
        &|| set(&cache, "a", 1, Evictable),
        &|| set(&cache, "a", 2, Pinned),
        &|| assert_eq!(get(&cache, "a"), Some(2)),
        &|| assert_eq!(block_on(cache.get_unpin("a")), Some(2)),
        &|| assert_eq!(cache.len(), 1),
        &|| assert_eq!(cache.values(), [2]),
        &|| assert_eq!(block_on(cache.delete("a")), Some(2)),
    ];
    for (number, operation) in operations.iter().enumerate() {
        operation();
        assert_eq!(clock.read.load(Ordering::SeqCst), number + 1);
    }
}

#[test]
fn e14_an_entry_that_expires_during_an_operation_is_there_for_all_of_it() {
    let clock = Hasty {
        step: TEN_SECONDS - Duration::from_nanos(1),
        ..Hasty::default()
    };
    let cache = TtlCache::with_clock(&policy(), clock);
    // A second look at the clock would find it expired.
    set(&cache, "a", 1, Evictable);
    assert_eq!(block_on(cache.delete("a")), Some(1));
    set(&cache, "a", 2, Evictable);
    assert_eq!(block_on(cache.get_unpin("a")), Some(2));
    assert_eq!(get(&cache, "a"), None);
}

#[test]
fn an_expired_value_that_is_set_anew_counts_as_expired_and_not_as_replaced() {
    let (clock, mut map, mut removed) =
        (ManualClock::new(), TtlMap::new(&policy()), Removed::new());
    let key = HashedKey::new("four");
    let first = map.set(key, 1, Evictable, &clock, &mut removed);
    clock.advance(TEN_SECONDS);
    let second = map.set(key, 2, Evictable, &clock, &mut removed);
    assert_eq!((first, second), (SetOutcome::Kept, SetOutcome::Kept));
    assert_eq!(removed.counted(RemovalCause::Expired), 1);
    assert_eq!(removed.counted(RemovalCause::Replaced), 0);
    assert_eq!((removed.entries(), removed.key_bytes()), (1, 4));
    assert_eq!(map.next_deadline(), Some(TEN_SECONDS * 2));
}

#[test]
fn an_expired_entry_that_waits_its_turn_makes_room_for_a_new_one_of_its_key() {
    let clock = ManualClock::new();
    let cache = TtlCache::with_clock(&policy(), Silent(clock.clone()));
    for number in 0..100 {
        set(&cache, &number.to_string(), number, Evictable);
    }
    clock.advance(TEN_SECONDS);
    // Operations collect the oldest on their way: this one is far from its turn.
    set(&cache, "70", 7, Pinned);
    cache.check_invariants().unwrap();
    assert_eq!((get(&cache, "70"), cache.len()), (Some(7), 1));
    assert_eq!(block_on(cache.delete("90")), None);
    assert_eq!(block_on(cache.get_unpin("95")), None);
    cache.check_invariants().unwrap();
}
