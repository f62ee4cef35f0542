//! Threads that race with the alarm: there are never entries without an alarm, nor two alarms.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use cubbyhole_testkit::{DropCounter, block_on};
use cubbyhole_ttl::{CacheStoreImpl, ManualClock, Retention, TtlCache, TtlPolicy};

use crate::at_once::set;

const TTL: Duration = Duration::from_millis(3);

#[test]
fn entries_are_never_left_without_an_alarm() {
    for round in 0..300 {
        let (clock, counter) = (ManualClock::new(), DropCounter::new());
        let cache = TtlCache::with_clock(&TtlPolicy::new(TTL).unwrap(), clock.clone());
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for writer in 0..3 {
                let (cache, counter, start) = (&cache, &counter, &start);
                scope.spawn(move || {
                    start.wait();
                    write(cache, counter, writer);
                });
            }
            start.wait();
            for _ in 0..40 {
                // One writer's first value, or the last one's, may be what the alarm has just missed.
                clock.advance(TTL);
                thread::yield_now();
            }
        });
        cache.check_invariants().unwrap();
        assert!(clock.alarms() <= 1, "round {round}");
        clock.advance(TTL);
        assert_eq!((counter.live(), clock.alarms()), (0, 0), "round {round}");
    }
}

fn write(cache: &TtlCache<cubbyhole_testkit::Tracked>, counter: &DropCounter, writer: u64) {
    for number in 0..40 {
        let key = (number % 5).to_string();
        set(cache, &key, counter.track(writer), Retention::Evictable);
        match number % 8 {
            3 => block_on(cache.clear()),
            5 => drop(block_on(cache.delete(&key))),
            _ => thread::yield_now(),
        }
    }
}

#[test]
fn a_cache_may_be_dropped_while_its_alarm_rings() {
    for _ in 0..300 {
        let (clock, counter) = (ManualClock::new(), DropCounter::new());
        let cache = TtlCache::with_clock(&TtlPolicy::new(TTL).unwrap(), clock.clone());
        for number in 0..50 {
            set(
                &cache,
                &number.to_string(),
                counter.track(0),
                Retention::Pinned,
            );
        }
        thread::scope(|scope| {
            scope.spawn(|| clock.advance(TTL));
            scope.spawn(|| drop(cache));
        });
        assert_eq!(counter.live(), 0);
        clock.advance(TTL);
        assert_eq!(clock.alarms(), 0);
    }
}
