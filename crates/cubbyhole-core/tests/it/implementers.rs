//! Caches of any value, implemented from outside: that this compiles is the test.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use cubbyhole_core::{CacheStoreImpl, HashedKey, InProcessCache, Removed, Retention, SetOutcome};

/// A cache that waits, of one type of values.
struct Waits<V>(PhantomData<fn() -> V>);

#[async_trait]
impl<V: Send + 'static> CacheStoreImpl<V> for Waits<V> {
    async fn get(&self, _: &str) -> Option<V> {
        None
    }
    async fn get_unpin(&self, _: &str) -> Option<V> {
        None
    }
    async fn set(&self, _: &str, _: V, _: Retention) -> SetOutcome {
        SetOutcome::NotKept
    }
    async fn delete(&self, _: &str) -> Option<V> {
        None
    }
    async fn clear(&self) {}
    fn len(&self) -> usize {
        0
    }
    fn values(&self) -> Vec<V> {
        Vec::new()
    }
}

/// A cache that answers at once.
struct Ready<V>(PhantomData<fn() -> V>);

impl<V> InProcessCache for Ready<V> {
    type Value = V;

    fn lookup(&self, _: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
        None
    }
    fn lookup_unpin(&self, _: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
        None
    }
    fn insert(&self, _: HashedKey<'_>, _: V, _: Retention, _: &mut Removed<V>) -> SetOutcome {
        SetOutcome::NotKept
    }
    fn remove(&self, _: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
        None
    }
    fn remove_all(&self, _: &mut Removed<V>) {}
    fn entry_count(&self) -> usize {
        0
    }
    fn snapshot(&self) -> Vec<V> {
        Vec::new()
    }
}

fn of_any_value<V: Send + 'static>() -> [Arc<dyn CacheStoreImpl<V>>; 2] {
    [Arc::new(Waits(PhantomData)), Arc::new(Ready(PhantomData))]
}

#[tokio::test]
async fn caches_of_any_value_can_be_implemented_in_another_crate() {
    let [waits, ready] = of_any_value::<String>();
    assert!(waits.as_in_process().is_none() && ready.as_in_process().is_some());
    for cache in [waits, ready] {
        let outcome = cache.set("a", String::new(), Retention::Evictable).await;
        assert_eq!((outcome, cache.get("a").await), (SetOutcome::NotKept, None));
    }
}
