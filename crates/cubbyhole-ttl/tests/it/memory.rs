//! Memory that is given back although nobody asks for it.

use std::sync::mpsc;
use std::time::Duration;

use cubbyhole_core::{CacheMap, HashedKey, RemovalCause, Removed};
use cubbyhole_testkit::{CallOnDrop, DropCounter, block_on};
use cubbyhole_ttl::{CacheStoreImpl, Clock, ManualClock, Retention, TtlCache, TtlMap, TtlPolicy};

use crate::at_once::set;
use crate::clocks::{ByHand, Silent};

const TTL: Duration = Duration::from_secs(10);

#[test]
fn memory_is_given_back_untouched() {
    let (clock, counter) = (ManualClock::new(), DropCounter::new());
    let cache = TtlCache::with_clock(&TtlPolicy::new(TTL).unwrap(), clock.clone());
    for round in 0..3 {
        for number in 0..1_000 {
            set(
                &cache,
                &number.to_string(),
                counter.track(number),
                Retention::Evictable,
            );
            clock.advance(TTL / 2_000);
        }
        assert_eq!((counter.live(), clock.alarms()), (1_000, 1));
        clock.advance(TTL / 2);
        assert_eq!(counter.live(), 999, "round {round}: only the first is due");
        clock.advance(TTL);
        assert_eq!((counter.live(), clock.alarms()), (0, 0), "round {round}");
        cache.check_invariants().unwrap();
    }
}

#[test]
fn pinned_entries_are_set_aside_and_leave_no_alarm() {
    let (clock, counter) = (ManualClock::new(), DropCounter::new());
    let cache = TtlCache::with_clock(&TtlPolicy::new(TTL).unwrap(), clock.clone());
    for number in 0..1_000 {
        let key = number.to_string();
        let retention = match number % 2 {
            0 => Retention::Pinned,
            _ => Retention::Evictable,
        };
        set(&cache, &key, counter.track(number), retention);
    }
    clock.advance(TTL);
    assert_eq!((counter.live(), clock.alarms()), (500, 0));
    for number in 0..1_000 {
        let found = block_on(cache.get_unpin(&number.to_string()));
        assert_eq!(found.is_some(), number % 2 == 0);
    }
    assert_eq!(counter.live(), 0);
    cache.check_invariants().unwrap();
}

#[test]
fn a_million_entries_due_at_once_go_in_bounded_steps() {
    const MILLION: usize = 1_000_000;
    let (clock, counter) = (ByHand::default(), DropCounter::new());
    let cache = TtlCache::with_clock(&TtlPolicy::new(TTL).unwrap(), clock.clone());
    for number in 0..MILLION {
        set(
            &cache,
            &number.to_string(),
            counter.track(0),
            Retention::Evictable,
        );
    }
    clock.time.advance(TTL);
    let alarm = {
        let alarms = clock.alarms.lock().unwrap();
        assert_eq!(alarms.len(), 1);
        alarms[0].upgrade().unwrap()
    };
    let mut steps = 0;
    loop {
        let before = counter.live();
        let again = alarm.ring();
        steps += 1;
        assert!(before - counter.live() <= 256, "step {steps}");
        let Some(again) = again else { break };
        assert!(
            again <= clock.time.now(),
            "there is more to do, as soon as possible"
        );
    }
    assert_eq!(counter.live(), 0);
    assert!(steps >= MILLION / 256);
    cache.check_invariants().unwrap();
}

#[test]
fn a_write_collects_a_few_on_its_way() {
    let (clock, counter) = (ManualClock::new(), DropCounter::new());
    let cache = TtlCache::with_clock(&TtlPolicy::new(TTL).unwrap(), Silent(clock.clone()));
    for number in 0..1_000 {
        set(
            &cache,
            &number.to_string(),
            counter.track(0),
            Retention::Evictable,
        );
    }
    clock.advance(TTL);
    let mut left = counter.live();
    while left > 0 {
        assert!(block_on(cache.delete("500")).is_none());
        let collected = left - counter.live();
        assert!(
            (1..=17).contains(&collected),
            "{collected} in one operation"
        );
        left = counter.live();
    }
    cache.check_invariants().unwrap();
}

#[test]
fn expire_keeps_to_its_limit_and_says_when_there_is_more() {
    let (clock, mut map) = (
        ManualClock::new(),
        TtlMap::new(&TtlPolicy::new(TTL).unwrap()),
    );
    assert_eq!(map.next_deadline(), None);
    for number in 0..10 {
        let key = number.to_string();
        let key = HashedKey::new(&key);
        let outcome = map.set(
            key,
            number,
            Retention::Evictable,
            &clock,
            &mut Removed::new(),
        );
        assert!(outcome.is_kept());
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(map.next_deadline(), Some(TTL));
    clock.advance(Duration::from_secs(4));
    let mut removed = Removed::new();
    assert_eq!(
        map.expire(&clock, 3, &mut removed),
        Some(Duration::from_secs(13))
    );
    assert_eq!(removed.counted(RemovalCause::Expired), 3);
    assert_eq!(
        map.expire(&clock, 3, &mut removed),
        Some(Duration::from_secs(15))
    );
    assert_eq!(removed.counted(RemovalCause::Expired), 5);
    map.clear(&mut removed);
    assert_eq!(map.expire(&clock, 3, &mut removed), None);
    assert_eq!(removed.counted(RemovalCause::Deleted), 5);
}

#[test]
fn the_clock_of_the_machine_gives_memory_back() {
    let (drops, dropped) = mpsc::channel();
    let cache = TtlCache::new(&TtlPolicy::new(Duration::from_millis(20)).unwrap());
    let value = CallOnDrop::new(move || drops.send(()).unwrap_or_default());
    set(&cache, "a", value, Retention::Evictable);
    // Nobody touches the cache; whoever drops the value is the clock.
    assert_eq!(dropped.recv_timeout(Duration::from_secs(60)), Ok(()));
    assert!(cache.is_empty());
}
