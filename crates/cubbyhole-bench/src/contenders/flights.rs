//! Those who compute a value once for all who wait for it.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cubbyhole::{CachePolicy, CacheStore, CachedRegistryEntry};
use hashbrown::HashMap;
use tokio::sync::watch;

use crate::contenders::Hasher;
use crate::workload::{Value, value};

/// A load that takes 10 ms, and remembers when.
#[derive(Debug, Default)]
pub(crate) struct Load {
    begun: AtomicUsize,
    times: Mutex<Option<(Instant, Instant)>>,
}

impl Load {
    /// Loads.
    pub(crate) async fn run(self: Arc<Self>) -> Value {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        tokio::time::sleep(Duration::from_millis(10)).await;
        let loaded = value(1);
        *self.times.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((started, Instant::now()));
        loaded
    }

    /// Returns how often it was begun.
    pub(crate) fn count(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Returns when it began and when it ended.
    pub(crate) fn times(&self) -> Option<(Instant, Instant)> {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cache that loads once for all who wait.
pub(crate) trait Flights: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    const HOW: &'static str;

    fn build() -> Self;

    fn get_or_load(&self, key: &str, load: Arc<Load>) -> impl Future<Output = Value> + Send;
}

/// Something to do with each of them.
pub(crate) trait FlightsVisitor {
    fn visit<F: Flights>(&mut self);
}

/// Shows all of them, ours first.
pub(crate) fn visit_flights(visitor: &mut impl FlightsVisitor) {
    visitor.visit::<Ours>();
    visitor.visit::<Bare>();
    #[cfg(peers)]
    {
        visitor.visit::<peers::QuickCache>();
        visitor.visit::<peers::Moka>();
        visitor.visit::<peers::Foyer>();
        visitor.visit::<peers::Cachet>();
        visitor.visit::<peers::Cached>();
    }
}

/// Us.
struct Ours {
    store: CacheStore,
    entry: CachedRegistryEntry<Value>,
}

impl Flights for Ours {
    const NAME: &'static str = "cubbyhole";
    const HOW: &'static str = "`get_or_compute`";

    fn build() -> Self {
        let policy = CachePolicy::lru(1_000).expect("the capacity is not 0");
        Self {
            store: CacheStore::new(),
            entry: CachedRegistryEntry::new("loaded", policy),
        }
    }

    async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
        let loader = move || async move { Ok::<_, std::io::Error>(load.run().await) };
        let loaded = self.store.get_or_compute(&self.entry, key, loader).await;
        loaded.expect("the load succeeds")
    }
}

/// The reference: a map of watch channels.
struct Bare {
    channels: Mutex<HashMap<Box<str>, watch::Receiver<Option<Value>>, Hasher>>,
}

impl Flights for Bare {
    const NAME: &'static str = "bare watch channel";
    const HOW: &'static str = "a map of `tokio::sync::watch` behind a mutex: the reference";

    fn build() -> Self {
        Self {
            channels: Mutex::default(),
        }
    }

    async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
        let lead = {
            let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
            match channels.get(key) {
                Some(channel) => Err(channel.clone()),
                None => {
                    let (sender, receiver) = watch::channel(None);
                    channels.insert(key.into(), receiver);
                    Ok(sender)
                }
            }
        };
        match lead {
            Ok(sender) => {
                let loaded = load.run().await;
                let _old = sender.send_replace(Some(Arc::clone(&loaded)));
                loaded
            }
            Err(mut channel) => {
                let found = channel.wait_for(Option::is_some).await;
                let found = found.expect("the sender sends").as_ref().map(Arc::clone);
                found.expect("it was waited for")
            }
        }
    }
}

#[cfg(peers)]
mod peers {
    //! The peers.

    use std::convert::Infallible;
    use std::sync::Arc;

    use cached::macros::cached;

    use super::{Flights, Load};
    use crate::contenders::Hasher;
    use crate::contenders::cachet::clock;
    use crate::workload::Value;

    /// quick_cache.
    pub(super) struct QuickCache(
        quick_cache::sync::Cache<String, Value, quick_cache::UnitWeighter, Hasher>,
    );

    impl Flights for QuickCache {
        const NAME: &'static str = "quick_cache";
        const HOW: &'static str = "`get_or_insert_async`";

        fn build() -> Self {
            let lifecycle = quick_cache::sync::DefaultLifecycle::default();
            let (hasher, weighter) = (Hasher::default(), quick_cache::UnitWeighter);
            Self(quick_cache::sync::Cache::with(
                1_000, 1_000, weighter, hasher, lifecycle,
            ))
        }

        async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
            let load = async { Ok::<_, Infallible>(load.run().await) };
            let Ok(loaded) = self.0.get_or_insert_async(key, load).await;
            loaded
        }
    }

    /// moka.
    pub(super) struct Moka(moka::future::Cache<String, Value, Hasher>);

    impl Flights for Moka {
        const NAME: &'static str = "moka future";
        const HOW: &'static str = "`get_with_by_ref`";

        fn build() -> Self {
            Self(moka::future::CacheBuilder::new(1_000).build_with_hasher(Hasher::default()))
        }

        async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
            self.0.get_with_by_ref(key, load.run()).await
        }
    }

    /// foyer.
    pub(super) struct Foyer(foyer::Cache<String, Value, Hasher>);

    impl Flights for Foyer {
        const NAME: &'static str = "foyer";
        const HOW: &'static str = "`get_or_fetch`";

        fn build() -> Self {
            Self(
                foyer::CacheBuilder::new(1_000)
                    .with_hash_builder(Hasher::default())
                    .build(),
            )
        }

        async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
            let fetch = || async move { Ok::<_, Infallible>(load.run().await) };
            let found = self.0.get_or_fetch(key, fetch).await;
            Arc::clone(found.expect("the load succeeds").value())
        }
    }

    /// cachet.
    pub(super) struct Cachet(cachet::Cache<String, Value>);

    impl Flights for Cachet {
        const NAME: &'static str = "cachet";
        const HOW: &'static str = "`get_or_insert` with `stampede_protection`";

        fn build() -> Self {
            let builder =
                cachet::Cache::builder(clock()).memory_with(|memory| memory.max_capacity(1_000));
            Self(builder.stampede_protection().build())
        }

        async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
            let found = self.0.get_or_insert(key, || load.run()).await;
            Arc::clone(found.expect("the load succeeds").value())
        }
    }

    /// cached, whose cache is a static of the function.
    pub(super) struct Cached;

    impl Flights for Cached {
        const NAME: &'static str = "cached";
        const HOW: &'static str =
            "`#[cached(sync_writes = \"by_key\")]`, which has a hasher of its own (ahash)";

        fn build() -> Self {
            Self
        }

        async fn get_or_load(&self, key: &str, load: Arc<Load>) -> Value {
            load_cached(key, load).await
        }
    }

    #[allow(
        unused_variables,
        reason = "the key is for the cache, and the macro copies the signature"
    )]
    #[cached(max_size = 1_000, key = "String", convert = { key.to_owned() }, sync_writes = "by_key")]
    async fn load_cached(key: &str, load: Arc<Load>) -> Value {
        load.run().await
    }
}
