//! An async cache store for multi-user services: a policy for every function, a scope for every user.

pub use cubbyhole_core::{
    Alarm, CacheStoreImpl, Clock, HashedKey, InProcessCache, ManualClock, RemovalCause, Removed,
    Retention, SetOutcome, SystemClock,
};
pub use cubbyhole_keep_all::KeepAllCache;
pub use cubbyhole_lru::LruCache;
pub use cubbyhole_policy::{
    CachePolicy, CacheType, KeepAllPolicy, LruPolicy, MostRecentPolicy, PolicyError, TtlPolicy,
};
pub use cubbyhole_scope::{
    CacheScope, InScope, MissingScope, ScopeContext, ScopeFutureExt, ScopeId, scope,
};
pub use cubbyhole_store::{
    CacheError, CacheScopeStore, CacheStore, CacheStoreBuilder, CachedRegistryEntry, EntryStats,
    Invalidation, Lease, Leased, OnMissingScope, PendingValue, SharedError, StoreKey, StoreStats,
    WaitForPending, cache_impl_for_policy, cache_with_clock,
};
pub use cubbyhole_ttl::TtlCache;
