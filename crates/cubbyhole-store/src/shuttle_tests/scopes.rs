//! Scopes come and go, and what is written is there or gone, never in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cubbyhole_core::{HashedKey, InProcessCache, RemovalCause, Removed, Retention, SetOutcome};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::ScopeContext;
use shuttle::future::block_on;

use super::{Subject, by_user, explore, thread, thread_of};
use crate::runtime::enter;
use crate::{CacheError, CachedRegistryEntry};

/// When an invalidation began and when it had returned. Not a part of the model: looking at it is no step.
#[derive(Clone, Default)]
struct Times(Arc<(AtomicBool, AtomicBool)>);

impl Times {
    fn of(&self, invalidate: impl FnOnce()) {
        self.0.0.store(true, Ordering::SeqCst);
        invalidate();
        self.0.1.store(true, Ordering::SeqCst);
    }

    fn has_begun(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    fn has_returned(&self) -> bool {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// What has to be in the cache of a write that raced with an invalidation.
#[derive(Debug)]
enum Fate {
    Stays,
    Goes,
    Either,
}

/// Writes, reads the value back, and says what has to become of it.
fn write(subject: &Subject, times: &Times, key: &str, value: u32) -> Fate {
    let after = times.has_returned();
    subject.set(key, value);
    let before = !times.has_begun();
    let found = subject.get(key);
    assert!(found == Some(value) || found.is_none() && times.has_begun());
    match (before, after) {
        (_, true) => Fate::Stays,
        (true, _) => Fate::Goes,
        _ => Fate::Either,
    }
}

/// Writers of two users, who have a value each and remember where it is, and a third who has nothing yet.
fn writes_race_with(users_dropped: &'static [&'static str], invalidate: fn(&Subject)) {
    explore(move || {
        let subject = Subject::new(by_user("values"));
        let times = Times::default();
        enter(ScopeContext::anonymous().user("ada"));
        subject.set("old", 1);
        let writers: Vec<_> = [("ada", "a"), ("ada", "b"), ("bob", "c")]
            .into_iter()
            .map(|(user, key)| {
                let (subject, times) = (subject.clone(), times.clone());
                thread_of(user, move || write(&subject, &times, key, 2))
            })
            .collect();
        times.of(|| invalidate(&subject));
        assert_eq!(
            subject.get("old"),
            None,
            "what was there before is found afterwards"
        );
        for (writer, (user, key)) in
            writers
                .into_iter()
                .zip([("ada", "a"), ("ada", "b"), ("bob", "c")])
        {
            let fate = writer.join().unwrap();
            let fate = if users_dropped.contains(&user) {
                fate
            } else {
                Fate::Stays
            };
            enter(ScopeContext::anonymous().user(user));
            match (&fate, subject.get(key)) {
                (Fate::Stays | Fate::Either, Some(2)) | (Fate::Goes | Fate::Either, None) => {}
                (_, found) => panic!("{found:?} is found of a write that {fate:?}"),
            }
        }
        subject.check_books(&["ada", "bob"]);
    });
}

#[test]
fn a_write_is_on_one_side_of_a_clear() {
    writes_race_with(&["ada", "bob"], Subject::clear);
}

#[test]
fn a_write_is_on_one_side_of_the_drop_of_its_scope() {
    writes_race_with(&["ada"], |subject| subject.drop_user("ada"));
}

#[test]
fn a_write_is_on_one_side_of_two_drops_and_a_clear() {
    writes_race_with(&["ada", "bob"], |subject| {
        let dropping = subject.clone();
        let drops = thread(move || dropping.drop_user("ada"));
        subject.clear();
        drops.join().unwrap();
        subject.drop_user("bob");
    });
}

#[test]
fn nobody_reads_an_older_value_than_somebody_else_has_read() {
    explore(|| {
        let subject = Subject::new(by_user("values"));
        enter(ScopeContext::anonymous().user("ada"));
        subject.set("k", 1);
        let dropping = subject.clone();
        let drops = thread(move || dropping.drop_user("ada"));
        // A newcomer, whose id remembers nothing; this thread's remembers the scope as it was.
        let setting = subject.clone();
        let set = thread_of("ada", move || setting.set("k", 2));
        set.join().unwrap();
        let found = subject.get("k");
        assert_ne!(found, Some(1), "a value that was replaced is back");
        subject.set("k", 3);
        let other = subject.clone();
        let other = thread_of("ada", move || other.get("k"));
        let found = other.join().unwrap();
        assert!(matches!(found, None | Some(3)), "{found:?}");
        drops.join().unwrap();
        let last = subject.get("k");
        let other = subject.clone();
        assert_eq!(
            last,
            thread_of("ada", move || other.get("k")).join().unwrap()
        );
        assert!(matches!(last, None | Some(3)), "{last:?}");
        subject.check_books(&["ada"]);
    });
}

#[test]
fn the_end_of_an_empty_scope_takes_nothing_from_who_writes() {
    explore(|| {
        let subject = Subject::new(by_user("values"));
        let writers: Vec<_> = ["a", "b"]
            .into_iter()
            .map(|key| {
                let subject = subject.clone();
                thread_of("ada", move || {
                    subject.set(key, 1);
                    assert_eq!(subject.delete(key), Some(1));
                    subject.set(key, 2);
                    assert_eq!(subject.get(key), Some(2));
                })
            })
            .collect();
        let passing = subject.clone();
        let pass = thread_of("ada", move || {
            passing.set("c", 3);
            assert_eq!(passing.delete("c"), Some(3));
            assert_eq!(passing.get("c"), None);
        });
        for writer in writers.into_iter().chain([pass]) {
            writer.join().unwrap();
        }
        enter(ScopeContext::anonymous().user("ada"));
        assert_eq!((subject.get("a"), subject.get("b")), (Some(2), Some(2)));
        subject.check_books(&["ada"]);
    });
}

#[test]
fn two_entries_of_one_scope_do_not_touch_each_other() {
    explore(|| {
        let subject = Subject::new(by_user("one"));
        let other = Subject {
            entry: by_user("other"),
            ..subject.clone()
        };
        let one = subject.clone();
        let one = thread_of("ada", move || {
            one.set("k", 1);
            let _ = one.delete("k");
        });
        let two = other.clone();
        let two = thread_of("ada", move || {
            two.set("k", 2);
            assert_eq!(two.get("k"), Some(2));
        });
        let clearing = subject.store.scope_store(&subject.entry).unwrap();
        let clear = thread(move || block_on(clearing.clear()));
        for thread in [one, two, clear] {
            thread.join().unwrap();
        }
        enter(ScopeContext::anonymous().user("ada"));
        assert_eq!((subject.get("k"), other.get("k")), (None, Some(2)));
        subject.check_books(&["ada"]);
    });
}

#[test]
fn one_of_two_entries_that_disagree_is_refused() {
    explore(|| {
        let subject = Subject::new(by_user("values"));
        let threads = [3, 4].map(|size| {
            let policy = CachePolicy::lru(size)
                .unwrap()
                .with_cache_type(CacheType::User);
            let entry = CachedRegistryEntry::<u32>::new("values", policy);
            let store = subject.store.clone();
            thread_of("ada", move || block_on(store.set(&entry, "k", 1)))
        });
        let results = threads.map(|thread| thread.join().unwrap());
        let refused =
            |result: &&Result<_, _>| matches!(result, Err(CacheError::PolicyConflict { .. }));
        assert_eq!(results.iter().filter(refused).count(), 1);
        subject.check_books(&["ada"]);
    });
}

/// A cache of another make that keeps nothing.
struct Forgetful;

impl InProcessCache for Forgetful {
    type Value = u32;
    fn lookup(&self, _: HashedKey<'_>, _: &mut Removed<u32>) -> Option<u32> {
        None
    }
    fn lookup_unpin(&self, _: HashedKey<'_>, _: &mut Removed<u32>) -> Option<u32> {
        None
    }
    fn insert(
        &self,
        key: HashedKey<'_>,
        value: u32,
        _: Retention,
        removed: &mut Removed<u32>,
    ) -> SetOutcome {
        removed.push(RemovalCause::Evicted, key.into(), value);
        SetOutcome::NotKept
    }
    fn remove(&self, _: HashedKey<'_>, _: &mut Removed<u32>) -> Option<u32> {
        None
    }
    fn remove_all(&self, _: &mut Removed<u32>) {}
    fn entry_count(&self) -> usize {
        0
    }
    fn snapshot(&self) -> Vec<u32> {
        Vec::new()
    }
}

#[test]
fn a_cell_of_an_earlier_epoch_is_closed_with_all_that_waits_in_it() {
    explore(|| {
        let policy = CachePolicy::keep_all().with_cache_type(CacheType::User);
        let entry =
            CachedRegistryEntry::new("forgetful", policy).with_cache(|_| Arc::new(Forgetful));
        let subject = Subject::new(entry);
        let promising = subject.clone();
        let promise = thread_of("ada", move || {
            promising.store.set_pending(&promising.entry, "k").unwrap()
        });
        let clearing = subject.clone();
        let clear = thread(move || clearing.clear());
        let reading = subject.clone();
        let read = thread_of("ada", move || reading.get("other"));
        clear.join().unwrap();
        read.join().unwrap();
        let pending = promise.join().unwrap();
        enter(ScopeContext::anonymous().user("ada"));
        let found = subject.store.fail(&subject.entry, "k", super::Failure);
        assert!(
            !pending.is_pending(),
            "nobody finds what is promised: {found:?}"
        );
        subject.check_books(&[]);
    });
}
