//! Values that were promised: kept, failed, dropped, deleted, joined.

use shuttle::future::block_on;

use super::{Failure, Subject, explore, global, thread};
use crate::CacheError;

#[test]
fn who_waits_hears_of_a_set_a_failure_or_the_end_of_the_promise() {
    explore(|| {
        let subject = Subject::new(global());
        let pending = subject.store.set_pending(&subject.entry, "k").unwrap();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let subject = subject.clone();
                thread(move || match subject.get_or_wait("k") {
                    Ok(value) => assert!(matches!(value, Some(1) | None)),
                    Err(CacheError::Failed { .. } | CacheError::Abandoned { .. }) => {}
                    Err(error) => panic!("{error}"),
                })
            })
            .collect();
        let setting = subject.clone();
        let set = thread(move || setting.set("k", 1));
        let failing = subject.clone();
        let fail = thread(move || failing.store.fail(&failing.entry, "k", Failure).unwrap());
        let dropping = thread(move || drop(pending));
        for thread in waiters.into_iter().chain([set, dropping]) {
            thread.join().unwrap();
        }
        fail.join().unwrap();
        assert_eq!(subject.get("k"), Some(1));
        subject.check_books(&[]);
    });
}

#[test]
fn a_promise_that_was_joined_is_not_ended_by_the_one_who_leaves() {
    explore(|| {
        let subject = Subject::new(global());
        let first = subject.store.set_pending(&subject.entry, "k").unwrap();
        let leaving = thread(move || drop(first));
        let joining = subject.clone();
        let join = thread(move || {
            let second = joining.store.set_pending(&joining.entry, "k").unwrap();
            assert!(second.is_pending(), "what was promised just now has ended");
            let waiting = joining.clone();
            let wait = thread(move || waiting.get_or_wait("k"));
            joining.set("k", 2);
            assert_eq!(wait.join().unwrap().unwrap(), Some(2));
        });
        leaving.join().unwrap();
        join.join().unwrap();
        subject.check_books(&[]);
    });
}

#[test]
fn an_abandoned_promise_is_kept_by_who_can_compute() {
    explore(|| {
        let subject = Subject::new(global());
        let pending = subject.store.set_pending(&subject.entry, "k").unwrap();
        let computing = subject.clone();
        let compute = thread(move || computing.get_or_compute("k", || async { Ok(3) }));
        let waiting = subject.clone();
        let wait = thread(move || waiting.get_or_wait("k"));
        drop(pending);
        assert_eq!(compute.join().unwrap().unwrap(), 3);
        match wait.join().unwrap() {
            Ok(None | Some(3)) | Err(CacheError::Abandoned { .. }) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(subject.get("k"), Some(3));
        subject.check_books(&[]);
    });
}

#[test]
fn who_waits_by_the_handle_hears_of_a_deletion() {
    explore(|| {
        let subject = Subject::new(global());
        let pending = subject.store.set_pending(&subject.entry, "k").unwrap();
        let wait = thread(move || block_on(pending.wait()));
        let deleting = subject.clone();
        let delete = thread(move || deleting.delete("k"));
        let setting = subject.clone();
        let set = thread(move || setting.set("k", 4));
        let deleted = delete.join().unwrap();
        set.join().unwrap();
        match wait.join().unwrap() {
            Ok(4) => {}
            Err(CacheError::Invalidated { .. }) => assert_eq!(deleted, None),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            subject.get("k"),
            if deleted.is_some() { None } else { Some(4) }
        );
        subject.check_books(&[]);
    });
}
