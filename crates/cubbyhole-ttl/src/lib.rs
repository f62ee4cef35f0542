//! A cache whose values expire a fixed time after they were set, and which gives their memory back by itself.
//!
//! [`TtlCache`] is for what stays true for a while: a price, a forecast, the answer of a service next door.
//! The cache is a [`CacheStoreImpl`]; it stands alone, or behind `cubbyhole-store`, which keeps one per scope.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use cubbyhole_ttl::{CacheStoreImpl, ManualClock, Retention, TtlCache, TtlPolicy};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = TtlPolicy::new(Duration::from_secs(60))?;
//! let clock = ManualClock::new(); // In a service: TtlCache::new(&policy), which goes by the SystemClock.
//! let prices = TtlCache::with_clock(&policy, clock.clone());
//! assert!(prices.set("apples", 3, Retention::Evictable).await.is_kept());
//!
//! clock.advance(Duration::from_secs(59));
//! assert_eq!(prices.get("apples").await, Some(3));
//! clock.advance(Duration::from_secs(1));
//! assert_eq!(prices.get("apples").await, None);
//! # Ok(())
//! # }
//! ```
//!
//! # Time
//!
//! - An entry expires the ttl after it was last *set*; a read does not prolong it. Expired means gone: never
//!   returned, never counted.
//! - A pinned entry outlives its ttl. The `get_unpin` that clears the pin still returns it; if its time is past, it
//!   leaves with that read. Clearing a pin does not start the time again.
//! - Time is that of a [`Clock`]: it is monotonic, and a wall clock that jumps changes nothing.
//! - Nobody has to touch the cache for memory to be given back: it leaves one alarm with its clock, which removes
//!   expired entries in batches.
//! - A ttl of more than 292 years is for ever.
//!
//! # Cost
//!
//! | operation | time |
//! | --- | --- |
//! | `get` | O(1) |
//! | `get_unpin`, `set`, `delete` | O(1); each also removes up to 16 expired entries |
//! | `len` | O(entries that are expired and not yet removed) |
//! | `clear` | O(n), of which O(1) with the lock held |
//! | `values` | O(n) |
//!
//! No operation pauses to make the cache larger or smaller: a thousand entries are moved at most, and sixteen in a large
//! cache. An entry takes 48 bytes and the value, and five bytes or more in the hash table; setting it again takes no more.
//! There is no heap of deadlines: all entries live equally long, so the order of setting is the order of expiry.
//!
//! # Cancellation
//!
//! Every operation is complete at its first poll: a future that was polled has done its work, one that was not has
//! done nothing.
//!
//! # Not here
//!
//! No bound on the number of entries: see `cubbyhole-lru`. No time of its own for each entry, and no users and
//! sessions: see `cubbyhole-store`.
#![forbid(unsafe_code)]

mod cache;
mod deadline;
mod map;

pub use cache::TtlCache;
pub use map::TtlMap;

pub use cubbyhole_core::{CacheStoreImpl, Clock, ManualClock, Retention, SetOutcome, SystemClock};
pub use cubbyhole_policy::TtlPolicy;
