//! Values whose `Clone` or `Drop` panics: the cache is as if the operation had, or had not, taken place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::key;
use crate::conformance::{CacheUnderTest, Subject};
use crate::{DropCounter, PanicOnClone, PanicOnDrop, Trigger};

/// Runs an operation that may panic, with the trigger armed.
fn armed(trigger: &Trigger, operation: impl FnOnce()) {
    trigger.arm();
    catch_unwind(AssertUnwindSafe(operation)).ok();
    trigger.disarm();
}

pub fn panic_in_clone_leaves_the_cache_correct(subject: &Subject<PanicOnClone>) {
    type Read = fn(&CacheUnderTest<PanicOnClone>);
    let reads: [Read; 3] = [
        |cache| drop(cache.get("a")),
        |cache| drop(cache.get_unpin("a")),
        |cache| drop(cache.values()),
    ];
    for read in reads {
        let (cache, trigger) = (subject.cache(), Trigger::new());
        assert!(
            cache
                .set_pinned("a", PanicOnClone::new(1, &trigger))
                .is_kept()
        );
        armed(&trigger, || read(&cache));
        let number = |value: PanicOnClone| value.number();
        assert_eq!((cache.len(), cache.values().len()), (1, 1));
        assert_eq!(cache.get("a").map(number), Some(1));
        assert_eq!(cache.get_unpin("a").map(number), Some(1));
        assert!(cache.set("a", PanicOnClone::new(2, &trigger)).is_kept());
        assert!(cache.set("b", PanicOnClone::new(3, &trigger)).is_kept());
        assert_eq!(cache.get("b").map(number), Some(3));
        assert_eq!(cache.delete("b").map(number), Some(3));
        assert_eq!(cache.len(), subject.survivors(2) - 1);
    }
}

/// A cache of values that panic when they are dropped.
struct Dropping {
    cache: CacheUnderTest<PanicOnDrop>,
    counter: DropCounter,
    trigger: Trigger,
}

impl Dropping {
    fn new(subject: &Subject<PanicOnDrop>) -> Self {
        Self {
            cache: subject.cache(),
            counter: DropCounter::new(),
            trigger: Trigger::new(),
        }
    }

    fn value(&self, number: u64) -> PanicOnDrop {
        PanicOnDrop::new(self.counter.track(number), &self.trigger)
    }

    fn set(&self, keys: usize) {
        for number in 0..keys {
            assert!(self.cache.set(&key(number), self.value(0)).is_kept());
        }
    }

    /// Runs an operation in which the first value that is dropped panics, and checks what is left.
    fn panics_in(&self, left: usize, operation: impl FnOnce(&Self)) {
        armed(&self.trigger, || operation(self));
        assert_eq!(self.cache.len(), left);
        assert_eq!(self.cache.values().len(), left);
        assert_eq!(self.counter.live(), left, "nothing else is lost or kept");
    }

    fn finds(&self, key: &str, number: u64) {
        let found = self.cache.get(key).map(|value| value.number());
        assert_eq!(found, Some(number));
    }
}

pub fn panic_in_drop_leaves_the_cache_correct(subject: &Subject<PanicOnDrop>) {
    let dropping = Dropping::new(subject);
    dropping.set(1);
    dropping.panics_in(1, |dropping| {
        let _ = dropping.cache.set(&key(0), dropping.value(1));
    });
    dropping.finds(&key(0), 1);

    let full = subject.profile().capacity().unwrap_or(5);
    dropping.set(full);
    dropping.panics_in(subject.survivors(full + 1), |dropping| {
        let _ = dropping.cache.set("new", dropping.value(2));
    });
    dropping.finds("new", 2);

    dropping.panics_in(0, |dropping| dropping.cache.clear());
    dropping.set(1);
    dropping.finds(&key(0), 0);

    let (counter, trigger) = (dropping.counter.clone(), dropping.trigger.clone());
    armed(&trigger, || drop(dropping));
    assert_eq!(counter.live(), 0);
}

pub fn panic_in_drop_does_not_stop_expiry(subject: &Subject<PanicOnDrop>) {
    let dropping = Dropping::new(subject);
    let ttl = subject.profile().time_to_live();
    for _ in 0..3 {
        dropping.set(1_000);
        let left = if ttl.is_some() {
            0
        } else {
            subject.survivors(1_000)
        };
        dropping.panics_in(left, |dropping| {
            dropping
                .cache
                .advance(ttl.unwrap_or(Duration::from_secs(3600)));
        });
    }
}
