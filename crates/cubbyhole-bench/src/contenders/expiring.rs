//! Caches whose values expire.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cubbyhole::{CachePolicy, CacheStore, CachedRegistryEntry};
use hashbrown::HashMap;

use crate::contenders::Hasher;
use crate::workload::Value;

/// A global cache whose values expire some time after they were stored.
pub(crate) trait Expiring: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    const HOW: &'static str;

    fn build(ttl: Duration) -> Self;

    fn get(&self, key: &str) -> impl Future<Output = Option<Value>> + Send;

    fn set(&self, key: &str, value: Value) -> impl Future<Output = ()> + Send;
}

/// Something to do with each of them.
pub(crate) trait ExpiringVisitor {
    fn visit<E: Expiring>(&mut self);
}

/// Shows all of them, ours first.
pub(crate) fn visit_expiring(visitor: &mut impl ExpiringVisitor) {
    visitor.visit::<Ours>();
    visitor.visit::<Bare>();
    #[cfg(peers)]
    {
        visitor.visit::<peers::LazyDashMap>();
        visitor.visit::<peers::Cached>();
        visitor.visit::<peers::MokaSync>();
        visitor.visit::<peers::MokaFuture>();
        visitor.visit::<peers::Cachet>();
    }
}

/// Us.
struct Ours {
    store: CacheStore,
    entry: CachedRegistryEntry<Value>,
}

impl Expiring for Ours {
    const NAME: &'static str = "cubbyhole";
    const HOW: &'static str = "the `ttl` policy";

    fn build(ttl: Duration) -> Self {
        let policy = CachePolicy::ttl(ttl).expect("the time is not 0");
        Self {
            store: CacheStore::new(),
            entry: CachedRegistryEntry::new("expiring", policy),
        }
    }

    async fn get(&self, key: &str) -> Option<Value> {
        let value = self.store.get(&self.entry, key).await;
        value.expect("the scope is global")
    }

    async fn set(&self, key: &str, value: Value) {
        let outcome = self.store.set(&self.entry, key, value).await;
        let _kept = outcome.expect("the scope is global");
    }
}

/// The reference: a map that looks at the time of what it finds.
struct Bare {
    map: Mutex<HashMap<Box<str>, (Instant, Value), Hasher>>,
    ttl: Duration,
}

impl Expiring for Bare {
    const NAME: &'static str = "bare hashbrown";
    const HOW: &'static str =
        "a map behind a mutex, with the time beside each value, looked at by a get: the reference";

    fn build(ttl: Duration) -> Self {
        Self {
            map: Mutex::default(),
            ttl,
        }
    }

    async fn get(&self, key: &str) -> Option<Value> {
        let mut map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored, value) = map.get(key)?;
        if stored.elapsed() < self.ttl {
            return Some(Value::clone(value));
        }
        let expired = map.remove(key);
        drop(map);
        drop(expired);
        None
    }

    async fn set(&self, key: &str, value: Value) {
        let key = key.into();
        let mut map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, (Instant::now(), value));
    }
}

#[cfg(peers)]
mod peers {
    //! The peers.

    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::Expiring;
    use crate::contenders::Hasher;
    use crate::contenders::cachet::clock;
    use crate::workload::Value;

    /// DashMap, with the time beside each value.
    pub(super) struct LazyDashMap {
        map: dashmap::DashMap<Box<str>, (Instant, Value), Hasher>,
        ttl: Duration,
    }

    impl Expiring for LazyDashMap {
        const NAME: &'static str = "DashMap, lazily";
        const HOW: &'static str = "`DashMap` with the time beside each value, looked at by a get";

        fn build(ttl: Duration) -> Self {
            Self {
                map: dashmap::DashMap::default(),
                ttl,
            }
        }

        async fn get(&self, key: &str) -> Option<Value> {
            {
                let found = self.map.get(key)?;
                if found.0.elapsed() < self.ttl {
                    return Some(Arc::clone(&found.1));
                }
            }
            self.map
                .remove_if(key, |_, (stored, _)| stored.elapsed() >= self.ttl);
            None
        }

        async fn set(&self, key: &str, value: Value) {
            self.map.insert(key.into(), (Instant::now(), value));
        }
    }

    /// cached.
    pub(super) struct Cached(cached::ShardedTtlCache<Box<str>, Value, Hasher>);

    impl Expiring for Cached {
        const NAME: &'static str = "cached";
        const HOW: &'static str = "`ShardedTtlCache`";

        fn build(ttl: Duration) -> Self {
            let builder = cached::ShardedTtlCache::builder()
                .ttl(ttl)
                .hasher(Hasher::default());
            Self(builder.build().expect("the options agree"))
        }

        async fn get(&self, key: &str) -> Option<Value> {
            self.0.get(key)
        }

        async fn set(&self, key: &str, value: Value) {
            self.0.set(key.into(), value);
        }
    }

    /// moka, not awaited.
    pub(super) struct MokaSync(moka::sync::Cache<Box<str>, Value, Hasher>);

    impl Expiring for MokaSync {
        const NAME: &'static str = "moka sync";
        const HOW: &'static str = "`time_to_live`";

        fn build(ttl: Duration) -> Self {
            let builder = moka::sync::Cache::builder().time_to_live(ttl);
            Self(builder.build_with_hasher(Hasher::default()))
        }

        async fn get(&self, key: &str) -> Option<Value> {
            self.0.get(key)
        }

        async fn set(&self, key: &str, value: Value) {
            self.0.insert(key.into(), value);
        }
    }

    /// moka, awaited.
    pub(super) struct MokaFuture(moka::future::Cache<Box<str>, Value, Hasher>);

    impl Expiring for MokaFuture {
        const NAME: &'static str = "moka future";
        const HOW: &'static str = "`time_to_live`";

        fn build(ttl: Duration) -> Self {
            let builder = moka::future::Cache::builder().time_to_live(ttl);
            Self(builder.build_with_hasher(Hasher::default()))
        }

        async fn get(&self, key: &str) -> Option<Value> {
            self.0.get(key).await
        }

        async fn set(&self, key: &str, value: Value) {
            self.0.insert(key.into(), value).await;
        }
    }

    /// cachet.
    pub(super) struct Cachet(cachet::Cache<String, Value>);

    impl Expiring for Cachet {
        const NAME: &'static str = "cachet";
        const HOW: &'static str = "the memory tier's `time_to_live`";

        fn build(ttl: Duration) -> Self {
            let builder =
                cachet::Cache::builder(clock()).memory_with(|memory| memory.time_to_live(ttl));
            Self(builder.build())
        }

        async fn get(&self, key: &str) -> Option<Value> {
            let found = self.0.get(key).await.ok().flatten();
            found.map(|found| Arc::clone(found.value()))
        }

        async fn set(&self, key: &str, value: Value) {
            let _stored = self.0.insert(key.to_owned(), value).await;
        }
    }
}
