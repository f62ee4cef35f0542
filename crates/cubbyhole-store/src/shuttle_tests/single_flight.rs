//! One computation for all who ask, whoever comes and goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use shuttle::future::{block_on, yield_now};

use super::{Failure, Subject, any, explore, global, poll_times, thread};
use crate::CacheError;

#[test]
fn all_who_ask_get_the_value_of_one_computation() {
    explore(|| {
        let subject = Subject::new(global());
        let computed = Arc::new(AtomicU32::new(0));
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let (subject, computed) = (subject.clone(), Arc::clone(&computed));
                thread(move || {
                    subject
                        .get_or_compute("k", move || count(computed))
                        .unwrap()
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap(), 1);
        }
        assert_eq!(computed.load(Ordering::Relaxed), 1);
        assert_eq!(subject.get("k"), Some(1));
        subject.check_books(&[]);
    });
}

#[test]
fn who_goes_at_any_point_takes_nothing_from_who_stays() {
    explore(|| {
        let subject = Subject::new(global());
        let computed = Arc::new(AtomicU32::new(0));
        let going: Vec<_> = (0..2)
            .map(|_| {
                let (subject, computed) = (subject.clone(), Arc::clone(&computed));
                let polls = any(4);
                thread(move || {
                    let asked = subject
                        .store
                        .get_or_compute(&subject.entry, "k", || count(computed));
                    if let Some(got) = block_on(poll_times(asked, polls)) {
                        assert!(got.is_ok(), "{got:?}");
                    }
                })
            })
            .collect();
        let (asking, computing) = (subject.clone(), Arc::clone(&computed));
        let staying = thread(move || asking.get_or_compute("k", move || count(computing)));
        let value = staying.join().unwrap().expect("who stays gets the value");
        for caller in going {
            caller.join().unwrap();
        }
        assert_eq!(subject.get("k"), Some(value));
        assert!(computed.load(Ordering::Relaxed) <= 3);
        subject.check_books(&[]);
    });
}

#[test]
fn a_newcomer_never_joins_a_computation_that_is_being_given_up() {
    explore(|| {
        let subject = Subject::new(global());
        let computed = Arc::new(AtomicU32::new(0));
        let (asking, computing) = (subject.clone(), Arc::clone(&computed));
        let last = thread(move || {
            let asked = asking
                .store
                .get_or_compute(&asking.entry, "k", || count(computing));
            block_on(poll_times(asked, 1));
        });
        let (asking, computing) = (subject.clone(), Arc::clone(&computed));
        let newcomer = thread(move || asking.get_or_compute("k", move || count(computing)));
        let (asking, computing) = (subject.clone(), Arc::clone(&computed));
        let another = thread(move || asking.get_or_compute("k", move || count(computing)));
        last.join().unwrap();
        let (one, two) = (newcomer.join().unwrap(), another.join().unwrap());
        assert_eq!(one.unwrap(), two.unwrap(), "both live on one computation");
        subject.check_books(&[]);
    });
}

#[test]
fn all_who_ask_get_the_error_of_one_computation() {
    explore(|| {
        let subject = Subject::new(global());
        let computed = Arc::new(AtomicU32::new(0));
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let (subject, computed) = (subject.clone(), Arc::clone(&computed));
                thread(move || {
                    let failing = move || async move {
                        count(computed).await?;
                        Err(Failure)
                    };
                    subject.get_or_compute("k", failing).unwrap_err()
                })
            })
            .collect();
        let errors: Vec<_> = callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect();
        assert!(
            errors
                .iter()
                .all(|error| error.downcast_ref::<Failure>().is_some())
        );
        let distinct = |error: &CacheError| {
            let same = |other: &&CacheError| match (error, *other) {
                (CacheError::Failed { error: a, .. }, CacheError::Failed { error: b, .. }) => {
                    a.is(b)
                }
                _ => false,
            };
            errors
                .iter()
                .find(same)
                .is_some_and(|first| std::ptr::eq(first, error))
        };
        let distinct = errors.iter().filter(|error| distinct(error)).count();
        assert_eq!(
            computed.load(Ordering::Relaxed) as usize,
            distinct,
            "one error a computation"
        );
        subject.check_books(&[]);
        assert_eq!(subject.get_or_compute("k", || async { Ok(7) }).unwrap(), 7);
    });
}

#[test]
fn computations_that_wait_for_each_other_end() {
    explore(|| {
        let subject = Subject::new(global());
        let ask = |one: &'static str, other: &'static str| {
            let subject = subject.clone();
            thread(move || {
                let inner = subject.clone();
                subject.get_or_compute(one, move || async move {
                    let (store, entry) = (inner.store.clone(), inner.entry.clone());
                    let asked = store.get_or_compute(&entry, other, move || async move {
                        let back = inner
                            .store
                            .get_or_compute(&inner.entry, one, || async { Ok::<_, Failure>(1) });
                        back.await.map_err(|_cycle| Failure)
                    });
                    asked.await.map_err(|_cycle| Failure)
                })
            })
        };
        let callers = [ask("a", "b"), ask("b", "a")];
        for caller in callers {
            let error = caller.join().unwrap().unwrap_err();
            assert!(matches!(error, CacheError::Failed { .. }), "{error}");
        }
        subject.check_books(&[]);
    });
}

async fn count(computed: Arc<AtomicU32>) -> Result<u32, Failure> {
    let number = computed.fetch_add(1, Ordering::Relaxed) + 1;
    yield_now().await;
    Ok(number)
}
