//! cachet: its memory tier.

use std::sync::{Arc, OnceLock};

use cachet::Cache;
use tick::Clock;
use tokio::runtime::Runtime;

use super::key::{Key, Lookup, Parts};
use super::{BigCache, TextCache, World};
use crate::workload::Value;

const NAME: &str = "cachet";

const HOW: &str = "`Cache::builder(clock).memory_with(max_capacity)`, foldhash being its own hasher; a lookup borrows, and makes an owned key inside";

/// A cache for everybody.
pub(crate) struct Big(Cache<Key, Value>);

impl BigCache for Big {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;

    fn build(world: &World) -> Self {
        let capacity = world.total() as u64;
        let builder = Cache::builder(clock()).memory_with(|memory| memory.max_capacity(capacity));
        Self(builder.build())
    }

    #[inline]
    async fn get(&self, entry: u32, scope: Arc<str>, key: &str) -> Option<Value> {
        let lookup = Lookup {
            entry,
            scope: &scope,
            key,
        };
        let lookup: &dyn Parts = &lookup;
        let found = self.0.get(lookup).await.ok().flatten();
        found.map(|found| Arc::clone(found.value()))
    }

    #[inline]
    async fn set(&self, entry: u32, scope: Arc<str>, key: &str, value: Value) {
        let _stored = self.0.insert(Key::new(entry, &scope, key), value).await;
    }

    async fn len(&self) -> usize {
        self.0.len().await.map_or(0, |len| len as usize)
    }
}

/// A cache of texts.
pub(crate) struct Text(Cache<String, Value>);

impl TextCache for Text {
    const NAME: &'static str = NAME;
    const HOW: &'static str = HOW;
    const HEAVY: bool = true;

    fn build(capacity: usize, _small: bool) -> Self {
        let capacity = capacity as u64;
        let builder = Cache::builder(clock()).memory_with(|memory| memory.max_capacity(capacity));
        Self(builder.build())
    }

    #[inline]
    async fn get(&self, key: &str) -> Option<Value> {
        let found = self.0.get(key).await.ok().flatten();
        found.map(|found| Arc::clone(found.value()))
    }

    #[inline]
    async fn set(&self, key: &str, value: Value) {
        let _stored = self.0.insert(key.to_owned(), value).await;
    }

    async fn len(&self) -> usize {
        self.0.len().await.map_or(0, |len| len as usize)
    }
}

/// One clock for all caches, as its documentation asks for.
///
/// Its timers want a runtime. Nothing here sets one, so that runtime is never run, and takes no time from anybody.
pub(crate) fn clock() -> Clock {
    static CLOCK: OnceLock<(Clock, Runtime)> = OnceLock::new();
    let (clock, _) = CLOCK.get_or_init(|| {
        let runtime = crate::measure::runtime();
        let clock = {
            let _inside = runtime.enter();
            Clock::new_tokio()
        };
        (clock, runtime)
    });
    clock.clone()
}
