//! The registry-keyed, scope-aware cache store.
//!
//! A [`CacheStore`] keeps, for each [`CachedRegistryEntry`] and each scope, one small cache that works by the entry's
//! policy. The scope comes from the running task (`cubbyhole-scope`), so no caller can forget it or pass the wrong
//! one. Values that are on their way are *pending*: whoever asks waits for the one computation.
//!
//! ```
//! use cubbyhole_policy::{CachePolicy, CacheType};
//! use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
//! use cubbyhole_store::{CacheStore, CachedRegistryEntry};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = CacheStore::new();
//! let balance = CachedRegistryEntry::<u64>::new("balance", CachePolicy::lru(10)?.with_cache_type(CacheType::User));
//!
//! let ada = ScopeContext::new().user("ada");
//! let bob = ScopeContext::new().user("bob");
//! store.set(&balance, "EUR", 100).in_scope(ada.clone()).await?;
//! assert_eq!(store.get(&balance, "EUR").in_scope(ada).await?, Some(100));
//! assert_eq!(store.get(&balance, "EUR").in_scope(bob).await?, None);
//! assert!(store.get(&balance, "EUR").await.is_err(), "nobody's balance is not everybody's");
//! # Ok(())
//! # }
//! ```
//!
//! # How it is kept
//!
//! ```text
//! CacheStore ── registry: (kind, uid) ──> the caches of an entry: type, policy, counters, expiry queue
//!     │
//!     └─ directory: scope ──> a scope: one lock ── entry ──> a cell: the cache of the entry in this scope,
//!                                                            and the flights of its keys
//! ```
//!
//! An entry remembers its caches, and the id in a `ScopeContext` remembers its scope: a hit goes through neither
//! table.
//!
//! # Cancellation
//!
//! Operations on caches of this process are complete at their first poll. Waiting can be given up at any time and
//! changes nothing for others. A computation belongs to nobody who waits for it; see
//! [`get_or_compute`](CacheStore::get_or_compute).
//!
//! # Not here
//!
//! The policies (`cubbyhole-policy`), the caches (`cubbyhole-lru`, `cubbyhole-ttl`, `cubbyhole-keep-all`) and the scope
//! of a task (`cubbyhole-scope`).

mod arguments;
mod caches;
mod cell;
mod computing;
mod counters;
mod deadlines;
mod directory;
mod entry;
mod error;
mod expiry;
mod flight;
#[doc(hidden)]
pub mod generated;
mod in_flight;
mod lease;
mod limits;
mod load_graph;
mod load_times;
mod loaded;
mod lookup;
mod misses;
mod node;
mod overrides;
mod panics;
mod pending;
mod policies;
mod removal;
mod restores;
mod runtime;
mod saved;
mod scope_store;
mod shared;
mod stats;
mod store;
mod storing;
mod sync;
mod tags;
mod terms;
mod trace;
mod world;

#[cfg(all(test, shuttle))]
mod shuttle_tests;

pub use arguments::{ArgumentError, ArgumentsKey};
pub use entry::{CachedRegistryEntry, StoreKey};
pub use error::{CacheError, Invalidation, SharedError};
pub use in_flight::{InFlight, InFlightKind};
pub use lease::{Lease, Leased};
pub use load_times::LoadTimes;
pub use loaded::Loaded;
pub use misses::{MissReason, Misses};
pub use overrides::{OverrideError, PolicyOverrides, UnknownEntry};
pub use pending::{PendingValue, WaitForPending};
pub use policies::{cache_impl_for_policy, cache_with_clock};
pub use removal::{Removal, RemovedBy};
pub use saved::{Restored, SavedTimes, SavedValue};
pub use scope_store::CacheScopeStore;
pub use shared::{FailedElsewhere, SharedStats};
pub use stats::{EntryStats, StoreStats};
pub use store::{CacheStore, CacheStoreBuilder, OnMissingScope, Restore};
