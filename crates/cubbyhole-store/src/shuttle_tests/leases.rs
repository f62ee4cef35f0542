//! The right to bring a value goes from one to the next, and nobody sleeps through it.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use shuttle::future::block_on;

use super::{Subject, any, explore, global, poll_once, poll_times, thread};
use crate::{CacheError, Lease, Leased};

fn lease(subject: &Subject) -> Lease<u32> {
    match block_on(subject.store.get_or_lease(&subject.entry, "k")).unwrap() {
        Leased::Lease(lease) => lease,
        Leased::Value(value) => panic!("{value} is there"),
    }
}

/// Brings `value` if it falls to this caller, and returns what the key has.
async fn bring(subject: Subject, value: u32) -> Result<u32, CacheError> {
    match subject.store.get_or_lease(&subject.entry, "k").await? {
        Leased::Value(value) => Ok(value),
        Leased::Lease(lease) => {
            lease.publish(value).await;
            Ok(value)
        }
    }
}

#[test]
fn a_dropped_lease_goes_to_one_who_stays() {
    explore(|| {
        let subject = Subject::new(global());
        let first = lease(&subject);
        let leaving = subject.clone();
        let polls = any(3);
        let leave = thread(move || {
            let asked = leaving.store.get_or_lease(&leaving.entry, "k");
            block_on(poll_times(asked, polls));
        });
        let staying = subject.clone();
        let stay = thread(move || block_on(bring(staying, 5)));
        let waiting = subject.clone();
        let wait = thread(move || waiting.get_or_wait("k"));
        drop(first);
        leave.join().unwrap();
        assert_eq!(stay.join().unwrap().unwrap(), 5);
        match wait.join().unwrap() {
            Ok(None | Some(5)) | Err(CacheError::Abandoned { .. }) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(subject.get("k"), Some(5));
        subject.check_books(&[]);
    });
}

#[test]
fn the_lease_reaches_a_waiter_whose_waker_has_changed() {
    explore(|| {
        let subject = Subject::new(global());
        let first = lease(&subject);
        let mut asked: Pin<Box<dyn Future<Output = Result<u32, CacheError>> + Send>> =
            Box::pin(bring(subject.clone(), 6));
        assert!(block_on(poll_once(asked.as_mut())).is_pending());
        let moved = thread(move || {
            // Another task polls it once more, and a third takes it to its end.
            if any(2) == 0
                && let Poll::Ready(ended) = block_on(poll_once(asked.as_mut()))
            {
                return ended;
            }
            thread(move || block_on(asked)).join().unwrap()
        });
        let leaving = subject.clone();
        let leave = thread(move || {
            let asked = leaving.store.get_or_lease(&leaving.entry, "k");
            block_on(poll_times(asked, 2));
        });
        drop(first);
        leave.join().unwrap();
        assert_eq!(moved.join().unwrap().unwrap(), 6);
        subject.check_books(&[]);
    });
}

#[test]
fn a_lease_passes_to_computations_and_back() {
    explore(|| {
        let subject = Subject::new(global());
        let first = lease(&subject);
        let computing = subject.clone();
        let compute = thread(move || computing.get_or_compute("k", || async { Ok(7) }));
        let staying = subject.clone();
        let stay = thread(move || block_on(bring(staying, 8)));
        let leaving = subject.clone();
        let polls = any(3);
        let leave = thread(move || {
            let asked = leaving
                .store
                .get_or_compute(&leaving.entry, "k", || async { Ok::<_, super::Failure>(9) });
            block_on(poll_times(asked, polls));
        });
        drop(first);
        let (computed, stayed) = (
            compute.join().unwrap().unwrap(),
            stay.join().unwrap().unwrap(),
        );
        leave.join().unwrap();
        assert_eq!(computed, stayed, "one of them brought it for both");
        assert_eq!(subject.get("k"), Some(computed));
        subject.check_books(&[]);
    });
}

#[test]
fn a_lease_that_was_overtaken_stores_nothing() {
    explore(|| {
        let subject = Subject::new(global());
        let first = lease(&subject);
        let publish = thread(move || block_on(first.publish(1)));
        let setting = subject.clone();
        let set = thread(move || setting.set("k", 2));
        let deleting = subject.clone();
        let delete = thread(move || deleting.delete("k"));
        let waiting = subject.clone();
        let wait = thread(move || waiting.get_or_wait("k"));
        let published = publish.join().unwrap().is_some();
        set.join().unwrap();
        let deleted = delete.join().unwrap();
        assert!(matches!(wait.join().unwrap(), Ok(None | Some(1 | 2))));
        match subject.get("k") {
            Some(2) => assert_ne!(deleted, Some(2)),
            None => assert_eq!(deleted, Some(2)),
            other => panic!("an older value is in place of the newer one: {other:?}"),
        }
        assert!(published || deleted != Some(1));
        subject.check_books(&[]);
    });
}
