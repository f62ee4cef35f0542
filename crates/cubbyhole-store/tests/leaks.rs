//! That memory comes back: a million scopes come and go, and at the end there is as much of it as at the beginning.
//!
//! In a binary of its own, because it counts with a global allocator of its own; it counts by thread.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and prints what it counted"
)]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use cubbyhole_core::ManualClock;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, PendingValue};

type Value = Arc<[u8; 64]>;

/// How many scopes come and go in each test; a million where the compiler has done its work.
const SCOPES: usize = if cfg!(debug_assertions) {
    20_000
} else {
    1_000_000
};

/// How many are there at a time.
const WAVE: usize = 10_000;

const TTL: Duration = Duration::from_secs(60);

/// What a store that has nothing any more may still have room for, in bytes: queues that keep a little, and for each of
/// the three entries a table of what left lately, which is of one size whatever leaves.
const ROOM: i64 = (16 << 10) + 3 * (17 << 10);

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// A store with an entry of each policy.
struct Subject {
    clock: ManualClock,
    store: CacheStore,
    lru: CachedRegistryEntry<Value>,
    keep_all: CachedRegistryEntry<Value>,
    ttl: CachedRegistryEntry<Value>,
}

impl Subject {
    fn new() -> Self {
        let clock = ManualClock::new();
        let entry = |uid, policy: CachePolicy| {
            CachedRegistryEntry::new(uid, policy.with_cache_type(CacheType::User))
        };
        Self {
            store: CacheStore::builder().clock(clock.clone()).build(),
            clock,
            lru: entry("lru", CachePolicy::lru(10).unwrap()),
            keep_all: entry("keep-all", CachePolicy::keep_all()),
            ttl: entry("ttl", CachePolicy::ttl(TTL).unwrap()),
        }
    }

    fn entries(&self) -> [&CachedRegistryEntry<Value>; 3] {
        [&self.lru, &self.keep_all, &self.ttl]
    }

    /// Gives the running user something: values under every policy, a pinned one, and one that is pending.
    fn fill(&self, number: usize) -> Option<PendingValue<Value>> {
        for (kind, entry) in self.entries().into_iter().enumerate() {
            if number % 4 != kind {
                let _ = now(self.store.set(entry, "a key", value())).unwrap();
                let _ = now(self.store.set_pinned(
                    entry,
                    "a pinned key that is longer than most",
                    value(),
                ))
                .unwrap();
            }
        }
        let pending = number.is_multiple_of(3);
        pending.then(|| self.store.set_pending(&self.lru, "pending").unwrap())
    }

    fn scopes(&self) -> u64 {
        self.store
            .stats()
            .entries
            .iter()
            .map(|entry| entry.scopes)
            .sum()
    }
}

fn value() -> Value {
    Arc::new([7; 64])
}

fn user(number: usize) -> ScopeContext {
    ScopeContext::anonymous().user(format!("user {number}"))
}

/// Lets all scopes come, a wave at a time, and go by `leave`; then nothing may be left.
fn come_and_go(name: &str, leave: impl Fn(&Subject, std::ops::Range<usize>)) {
    let subject = Subject::new();
    let wave = |first: usize| {
        let users = first..first + WAVE;
        let pending: Vec<_> = users
            .clone()
            .map(|number| user(number).enter(|| subject.fill(number)))
            .collect();
        assert!(subject.scopes() >= 2 * WAVE as u64);
        leave(&subject, users);
        drop(pending);
        assert_eq!(subject.scopes(), 0);
    };
    let first = measure(|| wave(0));
    let rest = measure(|| (1..SCOPES / WAVE).for_each(|number| wave(number * WAVE)));
    println!(
        "{name}: {} scopes; after the first {WAVE}: {} bytes in {} allocations, and the rest added {} in {}",
        SCOPES, first.bytes_current, first.count_current, rest.bytes_current, rest.count_current
    );
    assert!(first.bytes_current <= ROOM, "{first:?}");
    assert!(
        rest.bytes_current <= 0 && rest.count_current <= 0,
        "{rest:?}"
    );
}

#[test]
fn scopes_that_are_dropped_leave_nothing() {
    come_and_go("drop_scope", |subject, users| {
        for number in users {
            now(subject
                .store
                .drop_scope(&CacheScope::user(format!("user {number}"))));
        }
        subject.clock.advance(TTL);
    });
}

#[test]
fn scopes_whose_last_key_is_deleted_leave_nothing() {
    come_and_go("delete of the last key", |subject, users| {
        for number in users {
            user(number).enter(|| {
                for entry in subject.entries() {
                    let pinned = "a pinned key that is longer than most";
                    let _ = now(subject.store.get_unpin(entry, pinned)).unwrap();
                    for key in ["a key", pinned, "pending"] {
                        let _ = now(subject.store.delete(entry, key)).unwrap();
                    }
                }
            });
        }
        subject.clock.advance(TTL);
    });
}

#[test]
fn scopes_that_are_cleared_leave_nothing() {
    come_and_go("clear", |subject, _| {
        now(subject.store.clear());
        subject.clock.advance(TTL);
    });
}

#[test]
fn scopes_whose_values_expire_leave_nothing() {
    let subject = Subject::new();
    let wave = |first: usize| {
        for number in first..first + WAVE {
            let kept =
                user(number).enter(|| now(subject.store.set(&subject.ttl, "a key", value())));
            assert!(kept.unwrap().is_kept());
        }
        // Nobody touches the store: the clock alone gives the memory back.
        subject.clock.advance(TTL);
    };
    let first = measure(|| wave(0));
    let rest = measure(|| (1..SCOPES / WAVE).for_each(|number| wave(number * WAVE)));
    println!(
        "expiry: {} scopes; after the first {WAVE}: {} bytes in {} allocations, and the rest added {} in {}",
        SCOPES, first.bytes_current, first.count_current, rest.bytes_current, rest.count_current
    );
    assert_eq!(subject.scopes(), 0);
    assert!(first.bytes_current <= ROOM, "{first:?}");
    assert!(
        rest.bytes_current <= 0 && rest.count_current <= 0,
        "{rest:?}"
    );
}

#[test]
fn a_dropped_scope_with_deadlines_leaves_nothing_to_wait_for_them() {
    let subject = Subject::new();
    let set = |number: usize| {
        let kept = user(number).enter(|| now(subject.store.set(&subject.ttl, "a key", value())));
        assert!(kept.unwrap().is_kept());
    };
    let drop_scope = |number: usize| {
        let scope = CacheScope::user(format!("user {number}"));
        now(subject.store.drop_scope(&scope));
    };
    let in_turns = measure(|| (0..WAVE).for_each(|number| (set(number), drop_scope(number)).0));
    assert!(in_turns.bytes_current <= ROOM, "{in_turns:?}");
    let all_at_once = measure(|| {
        (0..WAVE).for_each(set);
        (0..WAVE).for_each(drop_scope);
    });
    assert!(all_at_once.bytes_current <= ROOM, "{all_at_once:?}");
}

#[test]
fn e12_a_key_that_comes_and_goes_leaves_no_record_of_its_deadlines() {
    let subject = Subject::new();
    let churn = measure(|| {
        user(1).enter(|| {
            for _ in 0..WAVE {
                let kept = now(subject.store.set(&subject.ttl, "a key", value()));
                assert!(kept.unwrap().is_kept());
                assert!(
                    now(subject.store.delete(&subject.ttl, "a key"))
                        .unwrap()
                        .is_some()
                );
            }
        });
    });
    assert!(churn.bytes_current <= ROOM, "{churn:?}");
}

#[test]
fn a_store_that_is_dropped_leaves_nothing() {
    // What is made once in the life of the process is made here.
    drop(filled());
    let all = measure(|| {
        let (subject, contexts, pending) = filled();
        let Subject {
            store,
            clock,
            lru,
            keep_all,
            ttl,
        } = subject;
        // Entries remember their caches, ids their scopes, and handles what was promised, longer than the store lives.
        drop(store);
        for handle in &pending {
            assert!(!handle.is_pending());
        }
        drop((contexts, pending));
        drop((lru, keep_all, ttl));
        clock.advance(TTL);
    });
    assert_eq!((all.count_current, all.bytes_current), (0, 0), "{all:?}");
}

#[test]
fn entries_and_contexts_keep_no_value_of_a_store_that_is_gone() {
    let (subject, contexts, pending) = filled();
    let watch = value();
    let _ = contexts[0]
        .enter(|| {
            now(subject
                .store
                .set(&subject.lru, "watched", Arc::clone(&watch)))
        })
        .unwrap();
    assert_eq!(Arc::strong_count(&watch), 2);
    let Subject { store, lru, .. } = subject;
    drop(store);
    assert_eq!(Arc::strong_count(&watch), 1);
    drop((lru, contexts, pending));
}

type Filled = (Subject, Vec<ScopeContext>, Vec<PendingValue<Value>>);

fn filled() -> Filled {
    let subject = Subject::new();
    let contexts: Vec<_> = (0..1_000).map(user).collect();
    let fill = |(number, user): (usize, &ScopeContext)| user.enter(|| subject.fill(number));
    let pending = contexts.iter().enumerate().filter_map(fill).collect();
    (subject, contexts, pending)
}

#[test]
fn contexts_that_remember_their_scopes_free_them_when_they_go() {
    let subject = Subject::new();
    let come_and_go = || {
        let contexts: Vec<_> = (0..WAVE).map(user).collect();
        for (number, user) in contexts.iter().enumerate() {
            drop(user.enter(|| subject.fill(number)));
        }
        now(subject.store.clear());
        subject.clock.advance(TTL);
        assert_eq!(subject.scopes(), 0);
        drop(contexts);
    };
    come_and_go();
    let again = measure(come_and_go);
    assert_eq!(
        (again.count_current, again.bytes_current),
        (0, 0),
        "{again:?}"
    );
}

#[test]
fn computations_that_are_cancelled_midway_leave_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let subject = Subject::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut cancel = || {
        for number in 0..100 {
            let _runtime = runtime.enter();
            user(number).enter(|| {
                let loader = || async {
                    let held = vec![0_u8; 1_000];
                    std::future::pending::<()>().await;
                    drop(held);
                    Ok::<_, std::io::Error>(value())
                };
                let mut asked = Box::pin(subject.store.get_or_compute(&subject.lru, "k", loader));
                assert!(asked.as_mut().poll(&mut context).is_pending());
                let mut joined = Box::pin(subject.store.get_or_wait(&subject.lru, "k"));
                assert!(joined.as_mut().poll(&mut context).is_pending());
                if number % 2 == 0 {
                    // Some have begun when they are cancelled, others have not.
                    runtime.block_on(tokio::task::yield_now());
                }
                if number % 5 == 0 {
                    now(subject
                        .store
                        .drop_scope(&CacheScope::user(format!("user {number}"))));
                }
            });
            runtime.block_on(tokio::task::yield_now());
        }
    };
    cancel();
    let again = measure(cancel);
    assert_eq!(subject.scopes(), 0);
    assert_eq!(
        (again.count_current, again.bytes_current),
        (0, 0),
        "{again:?}"
    );
}

/// What a scope with one entry takes: the scope, its place in the directory, its cache, the key of 5 bytes, and the
/// value, which is 80 bytes (64 and two counts). Not the id of the user, which belongs to the request.
///
/// Small LRUs are the normal case; a table of the others begins with four places.
#[test]
fn a_scope_with_one_value_takes_a_few_hundred_bytes() {
    const USERS: usize = 100_000;
    let forty = "a key of forty bytes: longer than others";
    let cases = [
        ("lru", CachePolicy::lru(10).unwrap(), "a key", 400),
        (
            "lru, key of 40 bytes",
            CachePolicy::lru(10).unwrap(),
            forty,
            400,
        ),
        ("most-recent", CachePolicy::most_recent(), "a key", 400),
        ("ttl", CachePolicy::ttl(TTL).unwrap(), "a key", 700),
        ("keep-all", CachePolicy::keep_all(), "a key", 480),
    ];
    for (name, policy, key, at_most) in cases {
        let store = CacheStore::builder().clock(ManualClock::new()).build();
        let entry =
            CachedRegistryEntry::<Value>::new(name, policy.with_cache_type(CacheType::User));
        let set = |number| {
            let kept = user(number).enter(|| now(store.set(&entry, key, value())));
            assert!(kept.unwrap().is_kept());
        };
        set(0);
        let made: AllocationInfo = measure(|| (1..=USERS).for_each(set));
        let each = |total: i64| total as f64 / USERS as f64;
        println!(
            "{name}: {:.1} bytes in {:.2} allocations a scope, of which the value is 80 in 1",
            each(made.bytes_current),
            each(made.count_current)
        );
        assert!(
            made.bytes_current <= at_most * USERS as i64,
            "{name}: {made:?}"
        );
    }
}
