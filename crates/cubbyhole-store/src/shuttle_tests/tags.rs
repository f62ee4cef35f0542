//! Tags that are invalidated while values with them are on their way.

use std::sync::Arc;

use cubbyhole_scope::CacheScope;
use shuttle::future::{block_on, yield_now};
use shuttle::sync::atomic::{AtomicU32, Ordering};

use super::{Failure, Subject, any, by_user, explore, global, thread, thread_of};
use crate::Loaded;

/// Asks for `k`, whose value is that of the source when its computation begins.
fn ask(subject: &Subject, source: &Arc<AtomicU32>) -> u32 {
    let source = Arc::clone(source);
    let loader = move || async move {
        let value = source.load(Ordering::SeqCst);
        yield_now().await;
        Ok::<_, Failure>(Loaded::new(value).with_tags(["red"]))
    };
    block_on(subject.store.get_or_load(&subject.entry, "k", loader)).unwrap()
}

fn change(subject: &Subject, source: &AtomicU32, scope: Option<&CacheScope>) -> u32 {
    let value = source.fetch_add(1, Ordering::SeqCst) + 1;
    match scope {
        Some(scope) => subject.store.invalidate_tag_in(scope, "red"),
        None => subject.store.invalidate_tag("red"),
    }
    value
}

#[test]
fn shuttle_i7_whoever_asks_after_an_invalidation_sees_what_came_before_it() {
    explore(|| {
        let subject = Subject::new(global());
        let source = Arc::new(AtomicU32::new(1));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (subject, source) = (subject.clone(), Arc::clone(&source));
                thread(move || {
                    let before = source.load(Ordering::SeqCst);
                    let seen = ask(&subject, &source);
                    (before, seen)
                })
            })
            .collect();
        let writer = {
            let (subject, source) = (subject.clone(), Arc::clone(&source));
            thread(move || {
                for _ in 0..2 {
                    let value = change(&subject, &source, None);
                    let seen = ask(&subject, &source);
                    assert!(
                        seen >= value,
                        "{seen} is from before the invalidation of {value}"
                    );
                }
            })
        };
        for reader in readers {
            let (_, seen) = reader.join().unwrap();
            assert!((1..=3).contains(&seen));
        }
        writer.join().unwrap();
        assert_eq!(ask(&subject, &source), 3);
        subject.check_books(&[]);
    });
}

#[test]
fn shuttle_i10_sets_that_meet_an_invalidation_are_before_or_after_it() {
    explore(|| {
        let subject = Subject::new(global());
        let writers: Vec<_> = ["a", "b"]
            .map(|key| {
                let subject = subject.clone();
                thread(move || {
                    let loaded = Loaded::new(1).with_tags(["red"]);
                    block_on(subject.store.set_loaded(&subject.entry, key, loaded)).unwrap();
                })
            })
            .into();
        let (store, early) = (subject.store.clone(), any(2) == 0);
        let invalidator = thread(move || store.invalidate_tag("red"));
        for writer in writers {
            writer.join().unwrap();
        }
        if early {
            subject.store.invalidate_tag("red");
            assert_eq!((subject.get("a"), subject.get("b")), (None, None));
        }
        invalidator.join().unwrap();
        subject.check_books(&[]);
    });
}

#[test]
fn shuttle_tag_of_a_scope_that_is_dropped_meanwhile() {
    explore(|| {
        let subject = Subject::new(by_user("mine"));
        let source = Arc::new(AtomicU32::new(1));
        let reader = {
            let (subject, source) = (subject.clone(), Arc::clone(&source));
            thread_of("ada", move || ask(&subject, &source))
        };
        let writer = {
            let (subject, source) = (subject.clone(), Arc::clone(&source));
            thread_of("ada", move || {
                let ada = CacheScope::user("ada");
                let value = change(&subject, &source, Some(&ada));
                assert!(ask(&subject, &source) >= value);
            })
        };
        let dropper = {
            let subject = subject.clone();
            thread(move || subject.drop_user("ada"))
        };
        reader.join().unwrap();
        writer.join().unwrap();
        dropper.join().unwrap();
        subject.check_books(&["ada"]);
    });
}
