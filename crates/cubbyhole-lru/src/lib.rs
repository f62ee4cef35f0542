//! The least-recently-used cache of cubbyhole, with pins.
//!
//! An [`LruCache`] keeps the `max_size` values that were used last, in exact order of use. A pinned value stays
//! beyond that, until a read unpins it. The most-recent policy is an LRU of exactly one value:
//! [`LruCache::most_recent`]. The traits are those of `cubbyhole-core`, the policies those of `cubbyhole-policy`;
//! nothing else of cubbyhole is needed.
//!
//! # Example
//!
//! ```
//! use cubbyhole_lru::{CacheStoreImpl, LruCache, LruPolicy, Retention, SetOutcome};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cache = LruCache::new(&LruPolicy::new(2)?);
//!
//! let _ = cache.set("report", 1, Retention::Pinned).await;
//! let _ = cache.set("a", 2, Retention::Evictable).await;
//! let _ = cache.set("b", 3, Retention::Evictable).await;
//! assert_eq!(cache.get("a").await, None); // Evicted: "report" is older, but pinned.
//!
//! // Pins may fill the cache. It says so when it then cannot keep a value.
//! let _ = cache.set("b", 3, Retention::Pinned).await;
//! assert_eq!(cache.set("c", 4, Retention::Evictable).await, SetOutcome::NotKept);
//!
//! // A read that unpins makes the value as evictable as any other.
//! assert_eq!(cache.get_unpin("report").await, Some(1));
//! assert_eq!(cache.set("c", 4, Retention::Evictable).await, SetOutcome::Kept);
//! assert_eq!(cache.get("report").await, None);
//! # Ok(())
//! # }
//! ```
//!
//! # What goes when
//!
//! There are never more entries than `max_size`, or than are pinned if these are more. When one has to go, the least
//! recently used of those that are not pinned goes. That is the new value itself where everything else is pinned
//! ([`SetOutcome::NotKept`]), and the value just read where a read unpins one of too many.
//!
//! # Size
//!
//! Nearly every cache of a service with many sessions holds a handful of values. One that holds up to sixteen is
//! 48 bytes (a map; a lock makes it 56) and one allocation, with 24 bytes for each key of up to 22. A hit reads two
//! cache lines and allocates nothing.
//!
//! # Not here
//!
//! No expiry: see `cubbyhole-ttl`. No scope, no pending value, no statistics: those are the store's, which keeps an
//! [`LruMap`] for each scope behind a lock of its own.

mod cache;
mod large;
mod layout;
mod map;
mod small;

pub use cache::LruCache;
pub use cubbyhole_core::{
    CacheStoreImpl, HashedKey, InProcessCache, Removed, Retention, SetOutcome,
};
pub use cubbyhole_policy::{LruPolicy, MostRecentPolicy};
pub use map::LruMap;
