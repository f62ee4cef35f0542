//! An invalidation beats what began before it, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cubbyhole_scope::ScopeContext;
use shuttle::future::yield_now;

use super::{Failure, Subject, by_user, explore, thread_of};
use crate::runtime::enter;

/// What the cached values are made from; the test raises it and then invalidates.
type Source = Arc<AtomicU32>;

async fn read(source: Source) -> Result<u32, Failure> {
    let version = source.load(Ordering::Relaxed);
    yield_now().await;
    Ok(version)
}

fn subject() -> (Subject, Source) {
    enter(ScopeContext::anonymous().user("ada"));
    (Subject::new(by_user("values")), Arc::new(AtomicU32::new(1)))
}

/// Two load, while one raises the source, invalidates, and loads as well.
fn loads_race_with(invalidate: fn(&Subject)) {
    explore(move || {
        let (subject, source) = subject();
        let loaders: Vec<_> = (0..2)
            .map(|_| {
                let (subject, source) = (subject.clone(), Arc::clone(&source));
                thread_of("ada", move || {
                    subject.get_or_compute("k", || read(source)).unwrap()
                })
            })
            .collect();
        let (invalidating, raised) = (subject.clone(), Arc::clone(&source));
        let invalidated = thread_of("ada", move || {
            raised.store(2, Ordering::Relaxed);
            invalidate(&invalidating);
            invalidating.get_or_compute("k", || read(raised)).unwrap()
        });
        assert_eq!(
            invalidated.join().unwrap(),
            2,
            "it joined an older computation"
        );
        for loader in loaders {
            assert!(matches!(loader.join().unwrap(), 1 | 2));
        }
        assert_eq!(subject.get("k"), Some(2), "the older value was stored");
        subject.check_books(&["ada"]);
    });
}

#[test]
fn a_load_that_began_before_a_delete_is_not_stored() {
    loads_race_with(|subject| {
        let _ = subject.delete("k");
    });
}

#[test]
fn a_load_that_began_before_a_clear_is_not_stored() {
    loads_race_with(Subject::clear);
}

#[test]
fn a_load_that_began_before_the_clear_of_its_entry_is_not_stored() {
    loads_race_with(|subject| {
        let entry = subject.store.scope_store(&subject.entry).unwrap();
        shuttle::future::block_on(entry.clear());
    });
}

#[test]
fn a_load_that_began_before_the_drop_of_its_scope_is_not_stored() {
    loads_race_with(|subject| subject.drop_user("ada"));
}

#[test]
fn what_was_set_stays_whatever_was_being_loaded() {
    explore(|| {
        let (subject, source) = subject();
        let loaders: Vec<_> = (0..2)
            .map(|_| {
                let (subject, source) = (subject.clone(), Arc::clone(&source));
                thread_of("ada", move || {
                    subject.get_or_compute("k", || read(source)).unwrap()
                })
            })
            .collect();
        let setting = subject.clone();
        let set = thread_of("ada", move || {
            setting.set("k", 10);
            assert_eq!(setting.get("k"), Some(10));
        });
        set.join().unwrap();
        for loader in loaders {
            assert!(matches!(loader.join().unwrap(), 1 | 10));
        }
        assert_eq!(subject.get("k"), Some(10));
        subject.check_books(&["ada"]);
    });
}

#[test]
fn of_two_loads_across_an_invalidation_the_newer_one_stays() {
    explore(|| {
        let (subject, source) = subject();
        let (loading, read_before) = (subject.clone(), Arc::clone(&source));
        let older = thread_of("ada", move || {
            loading.get_or_compute("k", || async {
                let version = read(read_before).await;
                for _ in 0..3 {
                    yield_now().await;
                }
                version
            })
        });
        let (deleting, raised) = (subject.clone(), Arc::clone(&source));
        let delete = thread_of("ada", move || {
            raised.store(2, Ordering::Relaxed);
            deleting.delete("k")
        });
        let (loading, read_after) = (subject.clone(), source);
        let newer = thread_of("ada", move || {
            delete.join().unwrap();
            loading.get_or_compute("k", || read(read_after))
        });
        assert_eq!(newer.join().unwrap().unwrap(), 2);
        assert!(matches!(older.join().unwrap(), Ok(1 | 2)));
        assert_eq!(subject.get("k"), Some(2));
        subject.check_books(&["ada"]);
    });
}

#[test]
fn a_promise_in_a_dropped_scope_ends() {
    explore(|| {
        let (subject, _) = subject();
        let dropping = subject.clone();
        let dropped = thread_of("eve", move || dropping.drop_user("ada"));
        let waiting = subject.clone();
        let wait = thread_of("ada", move || {
            let pending = waiting.store.set_pending(&waiting.entry, "k").unwrap();
            let asked = waiting.get_or_wait("k");
            drop(pending);
            asked
        });
        let setting = subject.clone();
        let set = thread_of("ada", move || setting.set("k", 3));
        dropped.join().unwrap();
        set.join().unwrap();
        // Either the promise came after all else, so that nobody keeps it, or its waiter heard of an end: `set`, here,
        // when it is the last thing.
        subject.set("k", 4);
        match wait.join().unwrap() {
            Ok(Some(3 | 4) | None) | Err(crate::CacheError::Invalidated { .. }) => {}
            other => panic!("{other:?}"),
        }
        subject.check_books(&["ada"]);
    });
}
