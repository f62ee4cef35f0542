//! How a process of a fleet reads and writes: ours, and what people write by hand.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use cubbyhole::{CachePolicy, CacheStore, CachedRegistryEntry, SharedTier};
use cubbyhole_redis::{RedisConfig, RedisTier};
use moka::future::Cache;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, PushInfo, PushKind};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::workload::{Bytes, Value, value};

/// A process of a service: what it keeps itself, what it shares with others, and where values come from.
pub(super) trait Node: Sized + Send + Sync + 'static {
    const NAME: &'static str;
    /// Whether it keeps values in the process.
    const KEEPS: bool = true;
    /// Whether it shares values with others.
    const SHARES: bool = true;

    /// Joins the fleet at `url`, with room for `capacity` values of its own.
    fn join(url: &str, capacity: usize) -> impl Future<Output = Self> + Send;

    /// Returns a value from the next place that has it; the last is the source.
    fn read(&self, key: &str, source: &Arc<Source>) -> impl Future<Output = Value> + Send;

    fn write(&self, key: &str, value: Value) -> impl Future<Output = ()> + Send;
}

/// Where values come from that nobody has; at first it takes no time.
#[derive(Debug, Default)]
pub(super) struct Source {
    millis: AtomicU64,
    loads: AtomicUsize,
}

impl Source {
    /// Takes a time from now on, as a database does.
    pub(super) fn take(&self, time: Duration) {
        self.millis
            .store(time.as_millis() as u64, Ordering::Relaxed);
    }

    async fn load(&self) -> Value {
        let load = self.loads.fetch_add(1, Ordering::Relaxed);
        let millis = self.millis.load(Ordering::Relaxed);
        if millis > 0 {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        value(load)
    }

    /// Returns how often it was asked since this was asked last.
    pub(super) fn take_loads(&self) -> usize {
        self.loads.swap(0, Ordering::Relaxed)
    }
}

/// Something to do with each of them.
pub(super) trait Visitor {
    fn visit<N: Node>(&mut self);
}

/// Shows all of them.
pub(super) fn visit(visitor: &mut impl Visitor) {
    visitor.visit::<Shared>();
    visitor.visit::<ByHand>();
    visitor.visit::<Unshared>();
    visitor.visit::<RedisAlone>();
}

/// Our store above our tier.
pub(super) struct Shared {
    unshared: Unshared,
    /// Kept, because its tasks end with it.
    _tier: Arc<RedisTier>,
}

impl Node for Shared {
    const NAME: &'static str = "cubbyhole, shared";

    async fn join(url: &str, capacity: usize) -> Self {
        let tier = join_tier(url).await;
        let mut unshared = Unshared::join(url, capacity).await;
        let shared = Arc::clone(&tier) as Arc<dyn SharedTier>;
        unshared.entry = unshared.entry.with_shared_tier(shared, Bytes);
        Self {
            unshared,
            _tier: tier,
        }
    }

    async fn read(&self, key: &str, source: &Arc<Source>) -> Value {
        self.unshared.read(key, source).await
    }

    async fn write(&self, key: &str, value: Value) {
        self.unshared.write(key, value).await;
    }
}

pub(super) async fn join_tier(url: &str) -> Arc<RedisTier> {
    let tier = RedisTier::connect(RedisConfig::from_url(url)).await;
    Arc::new(tier.expect("the URL is right"))
}

/// Our store alone.
pub(super) struct Unshared {
    store: CacheStore,
    entry: CachedRegistryEntry<Value>,
}

impl Node for Unshared {
    const NAME: &'static str = "cubbyhole, not shared";
    const SHARES: bool = false;

    async fn join(_url: &str, capacity: usize) -> Self {
        let policy = CachePolicy::lru(capacity).expect("it is not zero");
        Self {
            store: CacheStore::new(),
            entry: CachedRegistryEntry::new("read", policy),
        }
    }

    async fn read(&self, key: &str, source: &Arc<Source>) -> Value {
        let source = Arc::clone(source);
        let load = || async move { Ok::<_, Infallible>(source.load().await) };
        let read = self.store.get_or_compute(&self.entry, key, load);
        read.await.expect("the source has everything")
    }

    async fn write(&self, key: &str, value: Value) {
        let set = self.store.set(&self.entry, key, value).await;
        let _kept = set.expect("the scope is everybody's");
    }
}

/// How long Redis keeps what is written by hand, in seconds.
const LIFETIME: u64 = 600;
/// Where it is said what was written.
pub(super) const CHANNEL: &str = "written";

/// What is written by hand: moka in front of Redis, and a channel by which the others drop what was written.
///
/// A value that is read while another is written may stay for as long as it is kept; each process loads for itself.
pub(super) struct ByHand {
    cache: Cache<String, Value>,
    redis: RedisAlone,
}

impl Node for ByHand {
    const NAME: &'static str = "moka and redis-rs, by hand";

    async fn join(url: &str, capacity: usize) -> Self {
        let cache = Cache::new(capacity as u64);
        let (connection, messages) = hear(url).await;
        tokio::spawn(forget(messages, cache.clone()));
        Self {
            cache,
            redis: RedisAlone(connection),
        }
    }

    async fn read(&self, key: &str, source: &Arc<Source>) -> Value {
        let init = self.redis.read(key, source);
        self.cache.get_with_by_ref(key, init).await
    }

    async fn write(&self, key: &str, value: Value) {
        let mut both = redis::pipe();
        both.set_ex(key, &value[..], LIFETIME).ignore();
        both.publish(CHANNEL, key).ignore();
        let mut connection = self.redis.0.clone();
        both.exec_async(&mut connection)
            .await
            .expect("the server works");
        self.cache.insert(key.to_owned(), value).await;
    }
}

/// Connects, and returns what the server pushes as well.
pub(super) async fn connect(url: &str) -> (MultiplexedConnection, UnboundedReceiver<PushInfo>) {
    let (sender, pushes) = unbounded_channel();
    let config = AsyncConnectionConfig::new().set_push_sender(sender);
    let client = Client::open(format!("{url}/?protocol=resp3")).expect("the URL is right");
    let connection = client.get_multiplexed_async_connection_with_config(&config);
    (connection.await.expect("the server answers"), pushes)
}

/// Connects, and returns what is said on the channel as well.
pub(super) async fn hear(url: &str) -> (MultiplexedConnection, UnboundedReceiver<PushInfo>) {
    let (mut connection, messages) = connect(url).await;
    let subscribed = connection.subscribe(CHANNEL).await;
    subscribed.expect("the server works");
    (connection, messages)
}

/// Returns what was said, if that is what was pushed.
pub(super) fn said(push: &PushInfo) -> Option<String> {
    let message = push.data.last().filter(|_| push.kind == PushKind::Message);
    redis::from_redis_value_ref(message?).ok()
}

async fn forget(mut messages: UnboundedReceiver<PushInfo>, cache: Cache<String, Value>) {
    while let Some(push) = messages.recv().await {
        if let Some(key) = said(&push) {
            cache.invalidate(&key).await;
        }
    }
}

/// Redis, and nothing in the process.
pub(super) struct RedisAlone(MultiplexedConnection);

impl Node for RedisAlone {
    const NAME: &'static str = "redis-rs alone";
    const KEEPS: bool = false;

    async fn join(url: &str, _capacity: usize) -> Self {
        let client = Client::open(url).expect("the URL is right");
        let connection = client.get_multiplexed_async_connection().await;
        Self(connection.expect("the server answers"))
    }

    async fn read(&self, key: &str, source: &Arc<Source>) -> Value {
        let mut connection = self.0.clone();
        let found: Option<Vec<u8>> = connection.get(key).await.expect("the server works");
        if let Some(found) = found {
            let bytes: [u8; 64] = found.try_into().expect("it was written with 64 bytes");
            return Value::new(bytes);
        }
        let value = source.load().await;
        self.write(key, Arc::clone(&value)).await;
        value
    }

    async fn write(&self, key: &str, value: Value) {
        let mut connection = self.0.clone();
        let written = connection.set_ex::<_, _, ()>(key, &value[..], LIFETIME);
        written.await.expect("the server works");
    }
}
