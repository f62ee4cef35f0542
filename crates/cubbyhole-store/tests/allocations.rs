//! How often an operation through the whole store allocates. In a binary of its own, because it counts with a global
//! allocator of its own; it counts by thread, so the tests do not disturb each other.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and prints what it counted"
)]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use cubbyhole_core::ManualClock;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

type Value = Arc<[u8; 64]>;

/// The result of a future that is complete at its first poll.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Runs `test` in a task of ada's, for each policy in each cache type, after one value was stored under `there`.
fn in_every_cache(test: impl Fn(&CacheStore, &CachedRegistryEntry<Value>, &str)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for policy in policies() {
        for cache_type in [CacheType::Global, CacheType::Session, CacheType::User] {
            let store = CacheStore::builder().clock(ManualClock::new()).build();
            let policy = policy.clone().with_cache_type(cache_type);
            let what = format!("{policy:?}");
            let entry = CachedRegistryEntry::new("values", policy);
            let task = async {
                let _ = store.set(&entry, "there", Arc::new([0; 64])).await.unwrap();
                assert!(store.get(&entry, "there").await.unwrap().is_some());
                test(&store, &entry, &what);
            };
            let ada = ScopeContext::new().user("ada").session("s1");
            runtime.block_on(task.in_scope(ada));
        }
    }
}

fn policies() -> [CachePolicy; 4] {
    [
        CachePolicy::lru(10).unwrap(),
        CachePolicy::most_recent(),
        CachePolicy::keep_all(),
        CachePolicy::ttl(Duration::from_secs(60)).unwrap(),
    ]
}

fn policy_name(policy: &CachePolicy) -> &'static str {
    match policy {
        CachePolicy::Lru(_) => "lru",
        CachePolicy::MostRecent(_) => "most-recent",
        CachePolicy::KeepAll(_) => "keep-all",
        CachePolicy::Ttl(_) => "ttl",
        _ => "another policy",
    }
}

fn assert_none(made: AllocationInfo, what: &str) {
    assert_eq!((made.count_total, made.bytes_total), (0, 0), "{what}");
}

#[test]
fn a_hit_allocates_nothing() {
    in_every_cache(|store, entry, what| {
        let made = measure(|| {
            for _ in 0..100 {
                assert!(black_box(now(store.get(entry, "there"))).unwrap().is_some());
            }
        });
        assert_none(made, what);
        let made = measure(|| {
            assert!(now(store.get_unpin(entry, "there")).unwrap().is_some());
            assert!(now(store.get_or_wait(entry, "there")).unwrap().is_some());
            let loader = || async { Err::<Value, _>("it is there") };
            assert!(now(store.get_or_compute(entry, "there", loader)).is_ok());
        });
        assert_none(made, what);
    });
}

#[test]
fn a_hit_through_a_clone_of_the_entry_and_the_store_allocates_nothing() {
    in_every_cache(|store, entry, what| {
        let (store, entry) = (store.clone(), entry.clone());
        let made = measure(|| assert!(now(store.get(&entry, "there")).unwrap().is_some()));
        assert_none(made, what);
    });
}

#[test]
fn the_hit_of_a_request_whose_id_was_just_made_allocates_nothing() {
    in_every_cache(|store, entry, what| {
        let ada = ScopeContext::anonymous().user("ada").session("s1");
        let made = measure(|| {
            let found = ada.enter(|| now(store.get(entry, "there")));
            assert!(found.unwrap().is_some());
        });
        assert_none(made, what);
    });
}

#[test]
fn a_miss_allocates_nothing() {
    in_every_cache(|store, entry, what| {
        let made = measure(|| {
            assert!(now(store.get(entry, "not there")).unwrap().is_none());
            assert!(
                now(store.get_or_wait(entry, "not there"))
                    .unwrap()
                    .is_none()
            );
            assert!(now(store.delete(entry, "not there")).unwrap().is_none());
        });
        assert_none(made, what);
    });
}

#[test]
fn a_miss_of_somebody_who_has_nothing_allocates_nothing() {
    in_every_cache(|store, entry, what| {
        let bob = ScopeContext::anonymous().user("bob").session("s2");
        let made = measure(|| {
            let found = bob.enter(|| now(store.get(entry, "not there")));
            assert!(found.unwrap().is_none());
        });
        assert_none(made, what);
    });
}

#[test]
fn an_overwriting_set_allocates_nothing() {
    in_every_cache(|store, entry, what| {
        let value: Value = Arc::new([1; 64]);
        let made = measure(|| {
            for _ in 0..100 {
                let value = Arc::clone(&value);
                assert!(now(store.set(entry, "there", value)).unwrap().is_kept());
            }
            let pinned = Arc::clone(&value);
            assert!(
                now(store.set_pinned(entry, "there", pinned))
                    .unwrap()
                    .is_kept()
            );
        });
        assert_none(made, what);
    });
}

#[test]
fn asking_who_is_asking_allocates_nothing() {
    let ada = ScopeContext::new().user("ada").session("s1");
    ada.enter(|| {
        let made = measure(|| {
            let who = ScopeContext::with_current(|context| {
                context.resolve_ref(CacheType::User).unwrap().hash64()
            });
            black_box((who, ScopeContext::current()));
        });
        assert_none(made, "the scope of the running task");
    });
}

#[test]
fn a_waiter_costs_no_allocation_of_its_own() {
    const WAITERS: usize = 1_000;
    let store = CacheStore::new();
    let entry = CachedRegistryEntry::<Value>::new("values", CachePolicy::lru(10).unwrap());
    let pending = store.set_pending(&entry, "k").unwrap();
    let mut context = Context::from_waker(Waker::noop());
    // A future in the test's own memory: the box around it is the test's.
    let mut waiters: Vec<_> = (0..WAITERS)
        .map(|_| Box::pin(store.get_or_wait(&entry, "k")))
        .collect();
    let waiting = measure(|| {
        for waiter in &mut waiters {
            assert!(waiter.as_mut().poll(&mut context).is_pending());
        }
    });
    println!(
        "{WAITERS} waiters of get_or_wait: {} allocations, {} bytes held",
        waiting.count_total, waiting.bytes_current
    );
    // The places in line are in one vector that doubles.
    assert!(waiting.count_total <= 12, "{waiting:?}");
    assert!(waiting.bytes_current <= 64 * WAITERS as i64, "{waiting:?}");

    let value: Value = Arc::new([1; 64]);
    let woken = measure(|| {
        assert!(now(store.set(&entry, "k", value)).unwrap().is_kept());
        for waiter in &mut waiters {
            assert!(waiter.as_mut().poll(&mut context).is_ready());
        }
    });
    println!("waking them: {} allocations", woken.count_total);
    assert!(woken.count_total <= 4, "{woken:?}");
    drop(pending);
}

#[test]
fn the_first_value_of_a_scope_is_a_handful_of_allocations() {
    let store = CacheStore::builder().clock(ManualClock::new()).build();
    for policy in policies() {
        let entry = CachedRegistryEntry::<Value>::new(
            format!("{policy:?}"),
            policy.clone().with_cache_type(CacheType::User),
        );
        let store_one = |user: String| {
            let user = ScopeContext::anonymous().user(user);
            let value: Value = Arc::new([0; 64]);
            measure(|| {
                let outcome = user.enter(|| now(store.set(&entry, "key", value)));
                assert!(outcome.unwrap().is_kept());
            })
        };
        // The first few are for what the entry has once, and for the directory.
        let fewest = (0..200)
            .map(|number| store_one(format!("user {number}")).count_total)
            .min();
        println!(
            "{}: a first value is {fewest:?} allocations",
            policy_name(&policy)
        );
        assert!(fewest.is_some_and(|fewest| fewest <= 5), "{fewest:?}");
    }
}
