//! Limits on computations, and computations that wait for each other.

use std::num::NonZeroUsize;

use shuttle::future::{block_on, yield_now};

use super::{Failure, Subject, any, explore, global, poll_times, thread};
use crate::CacheStore;

fn limited() -> Subject {
    let mut subject = Subject::new(global());
    let builder = CacheStore::builder().clock(subject.clock.clone());
    let one = NonZeroUsize::MIN;
    let builder = builder.max_computations(one);
    subject.store = builder.max_computations_in_each_scope(one).build();
    subject
}

#[test]
fn shuttle_nested_computations_pass_a_limit_of_one() {
    explore(|| {
        let subject = limited();
        let threads: Vec<_> = [("a", "b"), ("c", "b")]
            .map(|(outer, inner)| {
                let subject = subject.clone();
                thread(move || {
                    let nested = subject.clone();
                    let loader = move || async move {
                        let loader = || async {
                            yield_now().await;
                            Ok::<_, Failure>(1)
                        };
                        let inner = nested.store.get_or_compute(&nested.entry, inner, loader);
                        Ok::<_, Failure>(inner.await.unwrap() + 1)
                    };
                    assert_eq!(subject.get_or_compute(outer, loader).unwrap(), 2);
                })
            })
            .into();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn shuttle_place_of_a_computation_that_is_given_up_is_free() {
    explore(|| {
        let subject = limited();
        let leaving = {
            let subject = subject.clone();
            thread(move || {
                let times = any(4);
                let loader = || async {
                    yield_now().await;
                    Ok::<_, Failure>(1)
                };
                let asked = subject.store.get_or_compute(&subject.entry, "a", loader);
                block_on(poll_times(asked, times));
            })
        };
        let loader = || async { Ok::<_, Failure>(2) };
        assert_eq!(subject.get_or_compute("b", loader).unwrap(), 2);
        leaving.join().unwrap();
        assert_eq!(subject.get_or_compute("c", loader).unwrap(), 2);
    });
}
