//! The store under many interleavings of its threads: `RUSTFLAGS="--cfg shuttle" cargo test --release --lib shuttle`.
//!
//! A failure prints its schedule, which `shuttle::replay` runs again. A thread that waits for ever is a failure too.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod expiry;
mod invalidation;
mod leases;
mod limits;
mod linearisable;
mod listeners;
mod old_values;
#[path = "../tests/properties/order.rs"]
mod order;
mod promises;
mod restores;
mod scopes;
mod single_flight;
mod tags;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use cubbyhole_core::{ManualClock, Removed};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext};
use shuttle::Runner;
use shuttle::future::{block_on, yield_now};
use shuttle::scheduler::{PctScheduler, RandomScheduler};

use crate::runtime::enter;
use crate::{CacheError, CacheStore, CachedRegistryEntry};

/// How often a test runs with each of the two schedulers.
const ITERATIONS: usize = 3_000;

/// How many times the second scheduler changes its mind about who runs first.
const CHANGES: usize = 4;

/// Runs a test under random interleavings, and under those that hold threads back for long.
fn explore(test: impl Fn() + Clone + Send + Sync + 'static) {
    Runner::new(RandomScheduler::new(ITERATIONS), config()).run(test.clone());
    Runner::new(PctScheduler::new(CHANGES, ITERATIONS), config()).run(test);
}

fn config() -> shuttle::Config {
    let mut config = shuttle::Config::new();
    config.stack_size = 0x8_0000;
    config.silence_warnings = true;
    config
}

/// Starts a thread of the model checker.
fn thread<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> shuttle::thread::JoinHandle<T> {
    shuttle::thread::spawn(f)
}

/// Starts a thread that runs in the scope of a user, whose id is made for it.
fn thread_of<T: Send + 'static>(
    user: &'static str,
    f: impl FnOnce() -> T + Send + 'static,
) -> shuttle::thread::JoinHandle<T> {
    thread(move || {
        enter(ScopeContext::anonymous().user(user));
        f()
    })
}

fn global() -> CachedRegistryEntry<u32> {
    CachedRegistryEntry::new("global", CachePolicy::lru(10).unwrap())
}

fn by_user(uid: &'static str) -> CachedRegistryEntry<u32> {
    let policy = CachePolicy::lru(10).unwrap();
    CachedRegistryEntry::new(uid, policy.with_cache_type(CacheType::User))
}

/// A store with its clock, and everything about one entry in it that a test asks for.
#[derive(Clone)]
struct Subject {
    store: CacheStore,
    clock: ManualClock,
    entry: CachedRegistryEntry<u32>,
}

impl Subject {
    fn new(entry: CachedRegistryEntry<u32>) -> Self {
        let clock = ManualClock::new();
        let store = CacheStore::builder().clock(clock.clone()).build();
        Self {
            store,
            clock,
            entry,
        }
    }

    fn get(&self, key: &str) -> Option<u32> {
        block_on(self.store.get(&self.entry, key)).unwrap()
    }

    fn set(&self, key: &str, value: u32) {
        let outcome = block_on(self.store.set(&self.entry, key, value)).unwrap();
        assert!(outcome.is_kept());
    }

    fn delete(&self, key: &str) -> Option<u32> {
        block_on(self.store.delete(&self.entry, key)).unwrap()
    }

    fn clear(&self) {
        block_on(self.store.clear());
    }

    fn drop_user(&self, user: &str) {
        block_on(self.store.drop_scope(&CacheScope::user(user)));
    }

    fn get_or_wait(&self, key: &str) -> Result<Option<u32>, CacheError> {
        block_on(self.store.get_or_wait(&self.entry, key))
    }

    fn get_or_compute<F>(
        &self,
        key: &'static str,
        loader: impl FnOnce() -> F + Send + 'static,
    ) -> Result<u32, CacheError>
    where
        F: Future<Output = Result<u32, Failure>> + Send + 'static,
    {
        block_on(self.store.get_or_compute(&self.entry, key, loader))
    }

    /// Checks that the counters are those of a recount, and that no scope is left that has nothing.
    fn check_books(&self, users: &[&str]) {
        let entries = self.store.world().entries();
        let mut counted = vec![(0, 0); entries.len()];
        let mut nodes: Vec<_> = self.store.world().directory.all().flatten().collect();
        assert!(nodes.len() <= users.len());
        for node in &nodes {
            assert!(!node.is_closed(), "a closed scope is in the directory");
            assert!(users.iter().any(|user| node.is(&CacheScope::user(*user))));
            assert!(!node.close_if_empty(&node.lock()), "an empty scope stays");
        }
        nodes.extend(entries.iter().map(|caches| Arc::clone(caches.global())));
        for node in nodes {
            let mut state = node.lock();
            for ((index, counted), caches) in (0..).zip(&mut counted).zip(&entries) {
                if let Some(cell) = state.cell::<u32>(index, caches.epoch()) {
                    assert!(!cell.is_idle(), "a cell with nothing in it stays");
                    counted.0 += 1;
                    counted.1 += cell.cache.len(&self.clock, &mut Removed::new()) as u64;
                }
            }
        }
        for (stats, (scopes, len)) in self.store.stats().entries.iter().zip(counted) {
            assert_eq!((stats.scopes, stats.entries), (scopes, len));
        }
    }
}

/// Polls a future a few times, with others taking turns in between, and drops it if it has not ended by then.
async fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..times {
        if let Poll::Ready(output) = poll_once(future.as_mut()).await {
            return Some(output);
        }
        yield_now().await;
    }
    None
}

async fn poll_once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// A number below `bound`, another one in each run.
fn any(bound: usize) -> usize {
    use shuttle::rand::Rng;
    shuttle::rand::thread_rng().gen_range(0..bound)
}

/// An error of a computation.
#[derive(Debug)]
struct Failure;

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it failed")
    }
}

impl std::error::Error for Failure {}
