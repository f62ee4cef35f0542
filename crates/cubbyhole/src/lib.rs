//! An async cache store for multi-user services: a policy for every function, a scope for every user.
//!
#![doc = include_str!("../README.md")]
//!
//! # Where things are
//!
//! Everything is at the root of this crate, and [`scope`] has the functions that spawn. Using a cache takes
//! [`CacheStore`], [`CachedRegistryEntry`], [`CachePolicy`] and [`ScopeContext`]; plugging in a cache of your own takes
//! [`CacheStoreImpl`] or [`InProcessCache`] and [`CachedRegistryEntry::with_cache`]. The parts that cubbyhole's own
//! caches are made of are in `cubbyhole-core`, and the suite that they are held to is in `cubbyhole-testkit`.
//!
//! # Features
//!
//! None is on by itself.
//!
//! - `macros`: the attribute `cached`, which makes of a function one that keeps its answers. Its documentation has the
//!   arguments; the example `cached_function` shows it at work.
//! - `tracing`: computations run in the span of who asked, and tell how they ended.
//! - `tower`: layers that run a request in the scope of whoever it is from; with `axum`, extractors too; with
//!   `signed-cookie`, cookies signed with HMAC-SHA256; with `response-cache`, a cache of responses.
//! - `inspect`: a page, a JSON API and a stream of events that show what a store does, as a router for axum.
//! - `format`: `Format`, which makes bytes of values that `serde` knows, for what keeps them outside of the process;
//!   with `zstd`, it compresses large ones.
//! - `snapshot`: `Snapshot`, which saves a store to a file and loads it after a restart.
//! - `redis`: `RedisTier`, a tier of values that processes share, over Redis or Valkey; with `redis-cluster`,
//!   `redis-sentinel` and `redis-tls`, of the kinds that these say.
//! - `metrics`: `StoreMetrics`, which hands what a store counts on through the facade of the `metrics` crate.
//!
//! # Not here
//!
//! No logic of its own: this crate is the front door of those in the table above.

pub use cubbyhole_core::{
    Alarm, CacheStoreImpl, Clock, FormatError, FormatErrorKind, HashedKey, InProcessCache,
    ManualClock, RemovalCause, Removed, Retention, SetOutcome, SharedTier, SystemClock, TierError,
    TierState, TierStatus, ValueFormat,
};
#[cfg(feature = "format")]
pub use cubbyhole_format::Format;
pub use cubbyhole_keep_all::KeepAllCache;
pub use cubbyhole_lru::LruCache;
#[cfg(feature = "macros")]
pub use cubbyhole_macros::cached;
#[cfg(feature = "metrics")]
pub use cubbyhole_metrics::StoreMetrics;
pub use cubbyhole_policy::{
    CachePolicy, CacheType, KeepAllPolicy, LruPolicy, MostRecentPolicy, PolicyError, PolicyOptions,
    TtlPolicy,
};
#[cfg(feature = "redis")]
pub use cubbyhole_redis::{RedisConfig, RedisConfigError, RedisTier, RedisTls, Secret};
pub use cubbyhole_scope::{
    CacheScope, InScope, MissingScope, ScopeContext, ScopeFutureExt, ScopeId, scope,
};
#[cfg(feature = "snapshot")]
pub use cubbyhole_snapshot::{
    Periodic, SkipReason, SkippedEntry, Snapshot, SnapshotBuilder, SnapshotError, SnapshotLoaded,
    SnapshotSaved,
};
pub use cubbyhole_store::{
    ArgumentError, ArgumentsKey, CacheError, CacheScopeStore, CacheStore, CacheStoreBuilder,
    CachedRegistryEntry, EntryStats, FailedElsewhere, InFlight, InFlightKind, Invalidation, Lease,
    Leased, LoadTimes, Loaded, MissReason, Misses, OnMissingScope, OverrideError, PendingValue,
    PolicyOverrides, Removal, RemovedBy, Restore, Restored, SavedTimes, SavedValue, SharedError,
    SharedStats, StoreKey, StoreStats, UnknownEntry, WaitForPending, cache_impl_for_policy,
    cache_with_clock,
};
pub use cubbyhole_ttl::TtlCache;

#[cfg(feature = "macros")]
#[doc(hidden)]
pub use cubbyhole_store::generated;

/// What a store does, on a page: a router for axum.
#[cfg(feature = "inspect")]
pub use cubbyhole_inspect as inspect;
/// The scope of a request, from the request: layers for tower, and so for axum, hyper and tonic.
#[cfg(feature = "tower")]
pub use cubbyhole_tower as tower;
