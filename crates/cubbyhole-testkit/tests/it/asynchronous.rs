//! Caches that wait: the naive one at the other end of a wire.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{CacheStoreImpl, InProcessCache, Retention, SetOutcome};
use cubbyhole_testkit::{Profile, conformance, conformance_of_data};

use crate::naive::Naive;

conformance!(waiting_keep_all, Profile::keep_all(), |profile| Arc::new(
    Waiting::new(profile)
));
conformance!(waiting_lru, Profile::lru(3), |profile| Arc::new(
    Waiting::new(profile)
));
conformance!(
    waiting_ttl,
    Profile::ttl(Duration::from_secs(10)),
    |profile| { Arc::new(Waiting::new(profile)) }
);
conformance_of_data!(waiting_data, Profile::lru(2), |profile| Arc::new(
    Waiting::new(profile)
));

/// What is wrong with a cache that waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    None,
    /// Removes the old value, waits, and stores the new one.
    SetInTwoSteps,
    /// Is busy while it waits, and stays so if it is dropped.
    LeavesItsFlag,
    /// Has a synchronous view, although it waits.
    ViewThatPromisesTooMuch,
    /// Has a synchronous view of another cache.
    ViewOfAnother,
}

/// A cache whose every operation waits twice: for its request to go, and for the answer to come.
pub(crate) struct Waiting<V> {
    remote: Naive<V>,
    other: Naive<V>,
    is_busy: AtomicBool,
    flaw: Flaw,
}

impl<V: Clone + Send + 'static> Waiting<V> {
    fn new(profile: &Profile) -> Self {
        Self::with_flaw(profile, Flaw::None)
    }

    pub(crate) fn with_flaw(profile: &Profile, flaw: Flaw) -> Self {
        Self {
            remote: Naive::new(profile),
            other: Naive::new(profile),
            is_busy: AtomicBool::new(false),
            flaw,
        }
    }

    /// Waits for its turn. With the flaw, it forgets that a future may be dropped before it has reset the flag.
    async fn turn(&self) {
        wait().await;
        if self.flaw == Flaw::LeavesItsFlag {
            if self.is_busy.swap(true, Ordering::SeqCst) {
                return std::future::pending().await;
            }
            wait().await;
            self.is_busy.store(false, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl<V: Clone + Send + 'static> CacheStoreImpl<V> for Waiting<V> {
    async fn get(&self, key: &str) -> Option<V> {
        self.turn().await;
        let found = self.remote.get(key).await;
        wait().await;
        found
    }

    async fn get_unpin(&self, key: &str) -> Option<V> {
        self.turn().await;
        let found = self.remote.get_unpin(key).await;
        wait().await;
        found
    }

    async fn set(&self, key: &str, value: V, retention: Retention) -> SetOutcome {
        self.turn().await;
        if self.flaw == Flaw::SetInTwoSteps {
            self.remote.get_unpin(key).await;
            self.remote.delete(key).await;
            wait().await;
        }
        let outcome = self.remote.set(key, value, retention).await;
        wait().await;
        outcome
    }

    async fn delete(&self, key: &str) -> Option<V> {
        self.turn().await;
        let found = self.remote.delete(key).await;
        wait().await;
        found
    }

    async fn clear(&self) {
        self.turn().await;
        self.remote.clear().await;
        wait().await;
    }

    fn len(&self) -> usize {
        self.remote.len()
    }

    fn values(&self) -> Vec<V> {
        self.remote.values()
    }

    fn as_in_process(&self) -> Option<&dyn InProcessCache<Value = V>> {
        match self.flaw {
            Flaw::ViewThatPromisesTooMuch => Some(&self.remote),
            Flaw::ViewOfAnother => Some(&self.other),
            Flaw::None | Flaw::SetInTwoSteps | Flaw::LeavesItsFlag => None,
        }
    }
}

/// Is pending once.
async fn wait() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
