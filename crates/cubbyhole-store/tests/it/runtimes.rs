//! Runtimes that end under a computation, and callers on several of them.

use std::convert::Infallible;

use cubbyhole_store::{CacheError, Leased};
use tokio::runtime::{Builder, Runtime};

use crate::support::{Hand, Shelf, lru, now};

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// A computation of `k` that never ends, begun on `runtime`.
fn load<'a>(shelf: &'a Shelf<u32>, runtime: &Runtime) -> Hand<'a, Result<u32, CacheError>> {
    let _inside = runtime.enter();
    let forever = std::future::pending::<Result<u32, Infallible>>;
    Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", forever))
}

#[test]
fn waiters_of_a_computation_whose_runtime_ends_are_told() {
    for started in [false, true] {
        let shelf = Shelf::<u32>::new(lru(2));
        let runtime = runtime();
        let caller = load(&shelf, &runtime);
        let reader = Hand::waiting(shelf.store.get_or_wait(&shelf.entry, "k"));
        if started {
            runtime.block_on(tokio::task::yield_now());
        }
        drop(runtime);
        assert_eq!((caller.wakes(), reader.wakes()), (1, 1));
        assert!(matches!(caller.ready(), Err(CacheError::Abandoned { .. })));
        assert!(matches!(reader.ready(), Err(CacheError::Abandoned { .. })));
        assert_eq!(shelf.held(), (0, 0));
    }
}

#[test]
fn s1_waiter_on_another_runtime_leads_when_the_first_one_ends() {
    let shelf = Shelf::<u32>::new(lru(2));
    let (first, second) = (runtime(), runtime());
    let caller = load(&shelf, &first);
    let waiter = {
        let _inside = second.enter();
        Hand::waiting(
            shelf
                .store
                .get_or_compute(&shelf.entry, "k", || async { Ok::<_, Infallible>(7) }),
        )
    };
    drop(first);
    assert_eq!(waiter.wakes(), 1);
    assert_eq!(second.block_on(waiter.finish()).unwrap(), 7);
    assert_eq!(
        caller.ready().unwrap(),
        7,
        "the first caller has the value of the second"
    );
    assert_eq!(shelf.get("k"), Some(7));
}

#[test]
fn s18_takeover_after_the_end_of_a_runtime_is_repeatable() {
    let shelf = Shelf::<u32>::new(lru(2));
    let runtimes: Vec<_> = (0..20).map(|_| runtime()).collect();
    let mut callers: Vec<_> = runtimes
        .iter()
        .map(|runtime| {
            let _inside = runtime.enter();
            let forever = std::future::pending::<Result<u32, Infallible>>;
            Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", forever))
        })
        .collect();
    let last = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    let mut runtimes = runtimes.into_iter();
    drop(runtimes.next());
    for (runtime, caller) in runtimes.zip(callers.iter_mut().skip(1)) {
        assert_eq!(caller.wakes(), 1);
        let inside = runtime.enter();
        assert!(caller.poll().is_pending(), "it leads");
        drop(inside);
        drop(runtime);
    }
    let Ok(Leased::Lease(lease)) = last.ready() else {
        panic!("it is the last");
    };
    now(lease.publish(7)).unwrap();
    for caller in callers {
        assert_eq!(caller.ready().unwrap(), 7);
    }
}

#[test]
fn waiter_that_leads_outside_a_runtime_passes_the_lead_on() {
    let shelf = Shelf::<u32>::new(lru(2));
    let runtime = runtime();
    let caller = load(&shelf, &runtime);
    let load = || async { Ok::<_, Infallible>(7) };
    let nowhere = Hand::waiting(shelf.store.get_or_compute(&shelf.entry, "k", load));
    let lease = Hand::waiting(shelf.store.get_or_lease(&shelf.entry, "k"));
    drop(runtime);
    assert!(matches!(nowhere.ready(), Err(CacheError::NoRuntime { .. })));
    assert!(matches!(lease.ready(), Ok(Leased::Lease(_))));
    assert!(matches!(caller.ready(), Err(CacheError::Abandoned { .. })));
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn runtime_that_has_ended_already_is_told_at_once() {
    let shelf = Shelf::<u32>::new(lru(2));
    let runtime = runtime();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _inside = handle.enter();
    let load = || async { Ok::<_, Infallible>(7) };
    let error = now(shelf.store.get_or_compute(&shelf.entry, "k", load));
    assert!(matches!(error, Err(CacheError::Abandoned { .. })));
    assert_eq!(shelf.held(), (0, 0));
}

#[test]
fn callers_on_many_threads_share_one_computation() {
    let shelf = Shelf::<u32>::new(lru(64));
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    for round in 0..20 {
        let key = format!("{round}");
        std::thread::scope(|threads| {
            for _ in 0..4 {
                let (shelf, key, runtime) = (&shelf, &key, &runtime);
                threads.spawn(move || {
                    let load = || async {
                        tokio::task::yield_now().await;
                        Ok::<_, Infallible>(7)
                    };
                    let value =
                        runtime.block_on(shelf.store.get_or_compute(&shelf.entry, key, load));
                    assert_eq!(value.unwrap(), 7);
                });
            }
        });
    }
    assert_eq!(shelf.stats().computations, 20);
}

/// One caller comes and goes while another begins to lead: it must not take the computation along.
#[test]
fn s2_caller_that_comes_and_goes_at_once_changes_nothing_for_the_leader() {
    let shelf = Shelf::<u32>::new(lru(64));
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let ask = |key: u32| {
        let load = || async { Ok::<_, Infallible>(7) };
        let key = key.to_string();
        let shelf = &shelf;
        async move { shelf.store.get_or_compute(&shelf.entry, &key, load).await }
    };
    let start = std::sync::Barrier::new(2);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let _inside = runtime.enter();
            for key in 0..3000 {
                start.wait();
                let mut brief = Hand::new(ask(key));
                let _ = brief.poll();
            }
        });
        for key in 0..3000 {
            start.wait();
            assert_eq!(runtime.block_on(ask(key)).unwrap(), 7);
        }
    });
}
