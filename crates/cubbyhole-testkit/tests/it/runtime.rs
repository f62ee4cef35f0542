//! Caches that need a runtime: a task that is asked through channels, and panics where there is no runtime to spawn on.

use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
use cubbyhole_testkit::{Profile, block_on, conformance_of_data};
use tokio::runtime::{Builder, Runtime};

use crate::naive::Naive;

conformance_of_data!(
    spawning,
    Profile::lru(3).with_runner(|job| runtime().block_on(job)),
    |profile| { Arc::new(Spawning(Arc::new(Naive::new(profile)))) }
);

#[expect(clippy::unwrap_used, reason = "a test without a runtime has failed")]
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_current_thread().build().unwrap())
}

/// A cache whose every operation is a task of its own.
struct Spawning<V: Clone + Send + 'static>(Arc<Naive<V>>);

impl<V: Clone + Send + 'static> Spawning<V> {
    #[expect(clippy::unwrap_used, reason = "no task of this test panics")]
    async fn spawn<T: Send + 'static>(
        &self,
        operation: impl Future<Output = T> + Send + 'static,
    ) -> T {
        tokio::spawn(operation).await.unwrap()
    }
}

#[async_trait]
impl<V: Clone + Send + 'static> CacheStoreImpl<V> for Spawning<V> {
    async fn get(&self, key: &str) -> Option<V> {
        let (cache, key) = (Arc::clone(&self.0), key.to_owned());
        self.spawn(async move { cache.get(&key).await }).await
    }

    async fn get_unpin(&self, key: &str) -> Option<V> {
        let (cache, key) = (Arc::clone(&self.0), key.to_owned());
        self.spawn(async move { cache.get_unpin(&key).await }).await
    }

    async fn set(&self, key: &str, value: V, retention: Retention) -> SetOutcome {
        let (cache, key) = (Arc::clone(&self.0), key.to_owned());
        self.spawn(async move { cache.set(&key, value, retention).await })
            .await
    }

    async fn delete(&self, key: &str) -> Option<V> {
        let (cache, key) = (Arc::clone(&self.0), key.to_owned());
        self.spawn(async move { cache.delete(&key).await }).await
    }

    async fn clear(&self) {
        let cache = Arc::clone(&self.0);
        self.spawn(async move { cache.clear().await }).await;
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn values(&self) -> Vec<V> {
        self.0.values()
    }
}

#[test]
#[should_panic(expected = "a runner runs the future to its end")]
fn a_runner_that_does_not_run_is_a_mistake() {
    Profile::keep_all().with_runner(|_| ()).run(async {});
}

#[test]
fn futures_run_without_a_runtime() {
    let slot = Arc::new(Mutex::new(0));
    let writer = Arc::clone(&slot);
    block_on(async move { *writer.lock().unwrap() = 7 });
    assert_eq!(*slot.lock().unwrap(), 7);
}
