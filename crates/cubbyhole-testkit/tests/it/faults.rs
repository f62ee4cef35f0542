//! Caches that go wrong when they are told to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
use cubbyhole_testkit::{Fault, Faults, FaultyCache, Operation, block_on};

/// Keeps one value.
#[derive(Default)]
struct One(Mutex<Option<u32>>);

impl One {
    fn lock(&self) -> MutexGuard<'_, Option<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CacheStoreImpl<u32> for One {
    async fn get(&self, _: &str) -> Option<u32> {
        *self.lock()
    }

    async fn get_unpin(&self, key: &str) -> Option<u32> {
        self.get(key).await
    }

    async fn set(&self, _: &str, value: u32, _: Retention) -> SetOutcome {
        *self.lock() = Some(value);
        SetOutcome::Kept
    }

    async fn delete(&self, _: &str) -> Option<u32> {
        self.lock().take()
    }

    async fn clear(&self) {
        self.lock().take();
    }

    fn len(&self) -> usize {
        usize::from(self.lock().is_some())
    }

    fn values(&self) -> Vec<u32> {
        self.lock().iter().copied().collect()
    }
}

fn faulty() -> (FaultyCache<u32>, Faults) {
    let faults = Faults::new();
    (FaultyCache::new(Arc::new(One::default()), &faults), faults)
}

fn set(cache: &FaultyCache<u32>, value: u32) -> SetOutcome {
    block_on(cache.set("k", value, Retention::Evictable))
}

#[test]
fn without_a_fault_it_is_the_cache_inside() {
    let (cache, faults) = faulty();
    assert_eq!(set(&cache, 1), SetOutcome::Kept);
    assert_eq!(
        (block_on(cache.get("k")), block_on(cache.get_unpin("k"))),
        (Some(1), Some(1))
    );
    assert_eq!((cache.len(), cache.values()), (1, vec![1]));
    assert_eq!(block_on(cache.delete("k")), Some(1));
    set(&cache, 2);
    block_on(cache.clear());
    assert!(cache.is_empty());
    assert_eq!((faults.pending(), faults.stalled()), (0, 0));
}

#[test]
fn operation_that_is_lost_has_no_effect() {
    let (cache, faults) = faulty();
    faults.next(Operation::Set, Fault::Lost);
    assert_eq!(set(&cache, 1), SetOutcome::NotKept);
    assert_eq!(set(&cache, 2), SetOutcome::Kept, "only the next one");
    for operation in [Operation::Get, Operation::Delete, Operation::Clear] {
        faults.next(operation, Fault::Lost);
    }
    assert_eq!(block_on(cache.get("k")), None);
    assert_eq!(block_on(cache.delete("k")), None);
    block_on(cache.clear());
    assert_eq!((block_on(cache.get("k")), faults.pending()), (Some(2), 0));
}

#[test]
fn operation_that_stalls_goes_on_when_it_may() {
    for (fault, during) in [(Fault::StalledBefore, 0), (Fault::StalledAfter, 1)] {
        let (cache, faults) = faulty();
        faults.next(Operation::Set, fault);
        let mut setting = cache.set("k", 1, Retention::Evictable);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(setting.as_mut().poll(&mut cx).is_pending());
        assert!(setting.as_mut().poll(&mut cx).is_pending());
        assert_eq!((cache.len(), faults.stalled()), (during, 1));
        faults.resume();
        assert_eq!(
            setting.as_mut().poll(&mut cx),
            Poll::Ready(SetOutcome::Kept)
        );
        assert_eq!((cache.len(), faults.stalled()), (1, 0));
        faults.next(Operation::Set, fault);
        let mut setting = cache.set("k", 2, Retention::Evictable);
        assert!(setting.as_mut().poll(&mut cx).is_pending());
        drop(setting);
        assert_eq!(faults.stalled(), 0, "it was given up");
    }
}

#[test]
fn operation_that_panics_has_no_effect() {
    let (cache, faults) = faulty();
    set(&cache, 1);
    faults.next(Operation::Clear, Fault::Panics);
    let clearing = std::panic::AssertUnwindSafe(|| block_on(cache.clear()));
    let panic = std::panic::catch_unwind(clearing).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("Clear"));
    assert_eq!(block_on(cache.get("k")), Some(1));
}

#[test]
fn cache_that_cannot_be_reached_is_one_until_it_is_healed() {
    let (cache, faults) = faulty();
    set(&cache, 1);
    faults.always(Operation::Get, Fault::Panics);
    faults.always(Operation::Get, Fault::Lost);
    faults.always(Operation::Set, Fault::Lost);
    faults.next(Operation::Set, Fault::Lost);
    assert_eq!(faults.pending(), 1);
    for value in [2, 3, 4] {
        assert_eq!(set(&cache, value), SetOutcome::NotKept);
        assert_eq!(block_on(cache.get("k")), None);
    }
    faults.next(Operation::Clear, Fault::Panics);
    faults.heal();
    assert_eq!((block_on(cache.get("k")), faults.pending()), (Some(1), 0));
    assert_eq!(set(&cache, 2), SetOutcome::Kept);
    block_on(cache.clear());
    assert!(cache.is_empty());
}

#[tokio::test]
async fn who_waits_for_a_stall_is_woken_by_it() {
    let (cache, faults) = faulty();
    faults.always(Operation::Get, Fault::StalledBefore);
    let cache = Arc::new(cache);
    let get = |cache: &Arc<FaultyCache<u32>>| {
        let cache = Arc::clone(cache);
        tokio::spawn(async move { cache.get("k").await })
    };
    let watching = {
        let faults = faults.clone();
        tokio::spawn(async move { faults.until_stalled(2).await })
    };
    let reads = [get(&cache), get(&cache)];
    watching.await.unwrap();
    faults.heal();
    for read in reads {
        assert_eq!(read.await.unwrap(), None);
    }
}
