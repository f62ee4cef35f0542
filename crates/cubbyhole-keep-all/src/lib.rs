//! A cache that keeps every value until it is deleted.
//!
//! [`KeepAllCache`] is for what stays true as long as the process lives and is of bounded number: a schema, a
//! dictionary, the settings of a tenant. Nothing is evicted and nothing expires; a pin matters only to `delete`.
//! The cache is a [`CacheStoreImpl`]; it stands alone, or behind `cubbyhole-store`, which keeps one per scope.
//!
//! # Example
//!
//! ```
//! use cubbyhole_keep_all::{CacheStoreImpl, KeepAllCache, KeepAllPolicy, Retention};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let capitals = KeepAllCache::new(&KeepAllPolicy::new());
//! assert!(capitals.set("France", "Paris", Retention::Evictable).await.is_kept());
//! assert!(capitals.set("Japan", "Tokyo", Retention::Pinned).await.is_kept());
//!
//! assert_eq!(capitals.get("France").await, Some("Paris"));
//! assert_eq!(capitals.delete("France").await, Some("Paris"));
//! assert_eq!(capitals.delete("Japan").await, None, "it is pinned");
//! assert_eq!(capitals.len(), 1);
//! # }
//! ```
//!
//! # Cost
//!
//! | operation | time |
//! | --- | --- |
//! | `get`, `get_unpin`, `set`, `delete`, `len` | O(1) |
//! | `clear` | O(n), of which O(1) with the lock held |
//! | `values` | O(n) |
//!
//! No operation pauses to make the cache larger or smaller: a thousand entries are moved at most, and sixteen in a large
//! cache. An entry takes 32 bytes and the value, in a hash table; a key longer than 22 bytes has its own allocation.
//! An empty cache has allocated nothing, and memory is given back when three quarters are unused.
//!
//! # Cancellation
//!
//! Every operation is complete at its first poll: a future that was polled has done its work, one that was not has
//! done nothing.
//!
//! # Not here
//!
//! No bound and no expiry: see `cubbyhole-lru` and `cubbyhole-ttl`. No users and sessions: see `cubbyhole-store`.
#![forbid(unsafe_code)]

mod cache;
mod map;

pub use cache::KeepAllCache;
pub use map::KeepAllMap;

pub use cubbyhole_core::{CacheStoreImpl, Retention, SetOutcome};
pub use cubbyhole_policy::KeepAllPolicy;
