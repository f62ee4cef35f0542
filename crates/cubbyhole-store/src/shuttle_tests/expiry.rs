//! What expires is given back, whoever writes and whoever counts while the alarm rings.

use std::time::Duration;

use cubbyhole_core::Clock;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::ScopeContext;

use super::{Subject, explore, thread, thread_of};
use crate::CachedRegistryEntry;
use crate::runtime::enter;

const TTL: Duration = Duration::from_secs(4);

fn subject() -> Subject {
    let policy = CachePolicy::ttl(TTL)
        .unwrap()
        .with_cache_type(CacheType::User);
    Subject::new(CachedRegistryEntry::new("expiring", policy))
}

/// Moves the time on in small steps until nothing can be left, and looks without touching: the alarms alone have to
/// have given everything back.
fn nothing_is_left(subject: &Subject) {
    for _ in 0..8 {
        subject.clock.advance(TTL / 4);
    }
    let left: usize = subject
        .store
        .world()
        .directory
        .all()
        .map(|nodes| nodes.len())
        .sum();
    assert_eq!(left, 0, "scopes are left with nobody to watch over them");
    assert_eq!(subject.clock.alarms(), 0);
    subject.check_books(&[]);
}

#[test]
fn what_is_set_while_the_alarm_rings_expires_too() {
    explore(|| {
        let subject = subject();
        enter(ScopeContext::anonymous().user("ada"));
        subject.set("k", 1);
        let setting = subject.clone();
        let set = thread_of("ada", move || setting.set("k", 2));
        let setting = subject.clone();
        let other = thread_of("bob", move || {
            setting.set("k", 3);
            let _ = setting.delete("k");
            setting.set("k", 4);
        });
        subject.clock.advance(TTL / 2);
        subject.clock.advance(TTL / 2);
        set.join().unwrap();
        other.join().unwrap();
        nothing_is_left(&subject);
    });
}

#[test]
fn a_count_while_the_alarm_rings_takes_no_watch_away() {
    explore(|| {
        let subject = subject();
        enter(ScopeContext::anonymous().user("ada"));
        subject.set("early", 1);
        subject.clock.advance(TTL / 2);
        subject.set("late", 2);
        let counting = subject.clone();
        let count = thread(move || {
            let stats = counting.store.stats();
            let left = stats.entries[0].entries;
            assert!(left <= 2 && left >= u64::from(counting.clock.now() < TTL));
        });
        subject.clock.advance(TTL / 2);
        count.join().unwrap();
        nothing_is_left(&subject);
    });
}

#[test]
fn scopes_that_are_dropped_and_cleared_while_the_alarm_rings_leave_nothing() {
    explore(|| {
        let subject = subject();
        enter(ScopeContext::anonymous().user("ada"));
        subject.set("k", 1);
        let dropping = subject.clone();
        let drops = thread_of("ada", move || {
            dropping.drop_user("ada");
            dropping.set("k", 2);
        });
        let clearing = subject.clone();
        let clears = thread_of("bob", move || {
            clearing.set("k", 3);
            clearing.clear();
            clearing.set("l", 4);
        });
        subject.clock.advance(TTL);
        drops.join().unwrap();
        clears.join().unwrap();
        nothing_is_left(&subject);
    });
}
