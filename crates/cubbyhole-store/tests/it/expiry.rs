//! Time, which is moved by hand, and the memory that it gives back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cubbyhole_core::{Alarm, Clock, ManualClock};
use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};
use cubbyhole_testkit::DropCounter;

use crate::support::{Shelf, by_session, now, session, ttl, user};

#[test]
fn d6_value_expires_its_ttl_after_it_was_last_set() {
    let shelf = Shelf::new(ttl(10));
    shelf.set("k", 1);
    shelf.advance(5);
    shelf.set("k", 2);
    shelf.advance(5);
    assert_eq!(shelf.get("k"), Some(2), "not earlier");
    shelf.clock.advance(Duration::from_nanos(4_999_999_999));
    assert_eq!(shelf.get("k"), Some(2));
    shelf.clock.advance(Duration::from_nanos(1));
    assert_eq!(shelf.get("k"), None, "not later");
}

#[test]
fn d6_pin_that_is_set_late_restarts_the_time() {
    let shelf = Shelf::new(ttl(10));
    shelf.set("k", 1);
    shelf.advance(9);
    shelf.pin("k", 2);
    assert_eq!(shelf.unpin("k"), Some(2));
    shelf.advance(9);
    assert_eq!(shelf.get("k"), Some(2));
    shelf.advance(1);
    assert_eq!(shelf.get("k"), None);
}

#[test]
fn d6_value_that_is_set_often_costs_one_entry_and_one_alarm() {
    let shelf = Shelf::new(ttl(10));
    for value in 0..1000 {
        shelf.set("k", value);
    }
    assert_eq!((shelf.stats().entries, shelf.clock.alarms()), (1, 1));
}

#[test]
fn e12_time_that_is_restarted_often_leaves_no_alarm_behind() {
    let shelf = Shelf::new(ttl(10));
    for value in 0..1000 {
        shelf.set("k", value);
        shelf.set("other", value);
        shelf.advance(1);
        assert!(shelf.clock.alarms() <= 1, "{}", shelf.clock.alarms());
    }
    shelf.advance(10);
    assert_eq!((shelf.held(), shelf.clock.alarms()), ((0, 0), 0));
}

#[test]
fn d7_expired_values_are_neither_counted_nor_listed() {
    let shelf = Shelf::new(ttl(10));
    shelf.set("a", 1);
    shelf.advance(4);
    shelf.set("b", 2);
    shelf.advance(6);
    assert_eq!((shelf.len(), shelf.values()), (1, vec![2]));
    let stats = shelf.stats();
    assert_eq!((stats.entries, stats.expirations), (1, 1));
}

#[test]
fn d7_pinned_value_past_its_time_is_returned_once() {
    let shelf = Shelf::new(ttl(10));
    shelf.pin("k", 1);
    shelf.advance(1000);
    assert_eq!((shelf.get("k"), shelf.len()), (Some(1), 1));
    assert_eq!(shelf.unpin("k"), Some(1));
    assert_eq!(
        (shelf.get("k"), shelf.len(), shelf.held()),
        (None, 0, (0, 0))
    );
}

/// What the machine's calendar says has no way in: the clock of a store gives a time since an origin of its own, and
/// the only way to move it is forward.
#[test]
fn d8_only_the_time_that_has_passed_matters() {
    #[derive(Debug)]
    struct Offset(ManualClock, Duration);
    impl Clock for Offset {
        fn now(&self) -> Duration {
            self.0.now() + self.1
        }
        fn wake_at(&self, at: Duration, alarm: std::sync::Weak<dyn Alarm>) {
            self.0.wake_at(at.saturating_sub(self.1), alarm);
        }
    }
    for origin in [0, 1, 1_700_000_000, 1 << 33] {
        let clock = ManualClock::new();
        let offset = Offset(clock.clone(), Duration::from_secs(origin));
        let store = CacheStore::builder().clock(offset).build();
        let entry = CachedRegistryEntry::<u32>::new("k", ttl(10));
        now(store.set(&entry, "k", 1)).unwrap();
        clock.advance(Duration::from_secs(9));
        assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(now(store.get(&entry, "k")).unwrap(), None);
    }
}

#[test]
fn e7_values_are_dropped_promptly() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(ttl(10));
    shelf.set("k", counter.track(1));
    shelf.set("k", counter.track(2));
    assert_eq!(counter.live(), 1, "the value that was replaced");
    drop(shelf.delete("k"));
    assert_eq!(counter.live(), 0, "the value that was deleted");
    shelf.pin("k", counter.track(3));
    shelf.clear();
    assert_eq!(counter.live(), 0, "the value that was cleared");
    shelf.set("k", counter.track(4));
    drop(shelf);
    assert_eq!(counter.live(), 0, "the value whose store was dropped");
}

#[test]
fn e11_memory_comes_back_untouched() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(ttl(10));
    for key in 0..1000 {
        shelf.set(&key.to_string(), counter.track(key));
    }
    shelf.advance(9);
    assert_eq!(counter.live(), 1000);
    shelf.advance(1);
    assert_eq!(counter.live(), 0);
    assert_eq!(shelf.clock.alarms(), 0);
}

#[test]
fn d14_memory_comes_back_when_the_scope_is_never_seen_again() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(by_session(ttl(10)));
    for id in 0..1000 {
        session(&id.to_string()).enter(|| shelf.set("k", counter.track(id)));
    }
    assert_eq!(shelf.held(), (1000, 1000));
    shelf.advance(10);
    assert_eq!(counter.live(), 0);
    assert_eq!((shelf.held(), shelf.stats().bytes), ((0, 0), 0));
}

#[test]
fn scopes_expire_each_in_its_time() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(by_session(ttl(10)));
    for id in 0..20 {
        session(&id.to_string()).enter(|| shelf.set("k", counter.track(id)));
        shelf.advance(1);
    }
    assert_eq!(counter.live(), 9);
    for left in (0..9).rev() {
        shelf.advance(1);
        assert_eq!(counter.live(), left);
    }
}

#[test]
fn value_that_was_deleted_before_its_time_does_not_keep_others_from_expiring() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(ttl(10));
    shelf.set("a", counter.track(1));
    shelf.advance(3);
    drop(shelf.delete("a"));
    shelf.set("b", counter.track(2));
    shelf.advance(9);
    assert_eq!(counter.live(), 1);
    shelf.advance(1);
    assert_eq!(counter.live(), 0);
}

#[test]
fn pinned_value_expires_after_it_was_unpinned_in_time() {
    let counter = DropCounter::new();
    let shelf = Shelf::new(ttl(10));
    shelf.pin("p", counter.track(1));
    shelf.advance(5);
    drop(shelf.unpin("p"));
    assert_eq!(counter.live(), 1);
    shelf.advance(5);
    assert_eq!(counter.live(), 0);
}

#[test]
fn e13_ttl_of_the_longest_duration_is_for_ever() {
    for longest in [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_nanos(u64::MAX),
    ] {
        let Ok(policy) = CachePolicy::ttl(longest) else {
            continue;
        };
        let shelf = Shelf::new(policy);
        shelf.advance(1 << 40);
        shelf.set("k", 1);
        shelf.advance(1 << 30);
        assert_eq!(shelf.get("k"), Some(1));
    }
    assert!(CachePolicy::ttl(Duration::ZERO).is_err());
    assert!(
        CachePolicy::ttl(Duration::MAX).is_ok()
            || CachePolicy::ttl(Duration::from_secs(1 << 50)).is_ok()
    );
}

/// Counts how often it is asked, and moves on each time: a slow operation. It rings no alarm.
#[derive(Clone, Debug, Default)]
struct Restless(Arc<AtomicUsize>);

impl Clock for Restless {
    fn now(&self) -> Duration {
        Duration::from_secs(6) * u32::try_from(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }

    fn wake_at(&self, _: Duration, _: std::sync::Weak<dyn Alarm>) {}
}

#[test]
fn e14_time_is_read_at_most_once_an_operation() {
    let clock = Restless::default();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let entry = CachedRegistryEntry::<u32>::new("k", ttl(10));
    let mut before = 0;
    let mut asked_once = || {
        let asked = clock.0.load(Ordering::SeqCst);
        assert!(asked - before <= 1, "{} times", asked - before);
        before = asked;
    };
    now(store.set(&entry, "k", 1)).unwrap();
    asked_once();
    assert_eq!(now(store.get(&entry, "k")).unwrap(), Some(1));
    asked_once();
    now(store.set(&entry, "k", 2)).unwrap();
    asked_once();
    assert_eq!(
        now(store.delete(&entry, "k")).unwrap(),
        Some(2),
        "a live removal"
    );
    asked_once();
    now(store.set_pinned(&entry, "k", 3)).unwrap();
    asked_once();
    assert_eq!(now(store.get_unpin(&entry, "k")).unwrap(), Some(3));
    asked_once();
}

#[test]
fn million_entries_expire_in_bounded_steps() {
    type Alarms = Vec<std::sync::Weak<dyn Alarm>>;
    /// Rings its alarms one at a time, by hand.
    #[derive(Clone, Debug, Default)]
    struct Steps(Arc<std::sync::Mutex<(Duration, Alarms)>>);
    impl Clock for Steps {
        fn now(&self) -> Duration {
            self.0.lock().unwrap().0
        }
        fn wake_at(&self, _: Duration, alarm: std::sync::Weak<dyn Alarm>) {
            self.0.lock().unwrap().1.push(alarm);
        }
    }
    let clock = Steps::default();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let entry = CachedRegistryEntry::<Arc<()>>::new("k", ttl(10));
    let value = Arc::new(());
    let entries = 1_000_000;
    for key in 0..entries {
        now(store.set(&entry, &key.to_string(), Arc::clone(&value))).unwrap();
    }
    clock.0.lock().unwrap().0 = Duration::from_secs(10);
    let alarms = std::mem::take(&mut clock.0.lock().unwrap().1);
    assert_eq!(alarms.len(), 1);
    let alarm = alarms[0].upgrade().unwrap();
    let (mut rings, mut left) = (0, Arc::strong_count(&value));
    while alarm.ring().is_some() {
        let now_left = Arc::strong_count(&value);
        assert!(left - now_left <= 10_000, "{} in one step", left - now_left);
        assert!(now_left < left, "each step does something");
        (rings, left) = (rings + 1, now_left);
    }
    assert!(rings > 100);
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(store.stats().entries[0].expirations, entries);
}

#[test]
fn users_do_not_share_a_deadline() {
    let shelf = Shelf::new(crate::support::by_user(ttl(10)));
    user("ada").enter(|| shelf.set("k", 1));
    shelf.advance(6);
    user("bob").enter(|| shelf.set("k", 2));
    shelf.advance(6);
    assert_eq!(user("ada").enter(|| shelf.get("k")), None);
    assert_eq!(user("bob").enter(|| shelf.get("k")), Some(2));
}
