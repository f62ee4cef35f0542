//! What an implementer of a cubbyhole cache needs: the cache trait, the clock, and the parts caches are made of.
//!
//! A *cache* holds the entries of one registry entry in one scope.
//! To the outside it is a [`CacheStoreImpl`]: asynchronous and object-safe, so that a remote cache can be one too.
//! A cache that lives in this process never waits; it implements [`InProcessCache`] instead, and gets its
//! [`CacheStoreImpl`] from one blanket implementation.
//!
//! # Example: a cache of your own
//!
//! ```
//! use std::sync::Mutex;
//! use cubbyhole_core::{CacheStoreImpl, HashedKey, InProcessCache, Retention, SetOutcome};
//!
//! /// Keeps only the last value it was given, unless that value is pinned.
//! #[derive(Default)]
//! struct LastOne(Mutex<Option<(String, u32, Retention)>>);
//!
//! impl InProcessCache<u32> for LastOne {
//!     fn lookup(&self, key: HashedKey<'_>) -> Option<u32> {
//!         let slot = self.0.lock().ok()?;
//!         slot.as_ref().filter(|(k, ..)| k == key.as_str()).map(|(_, v, _)| *v)
//!     }
//!     fn lookup_unpin(&self, key: HashedKey<'_>) -> Option<u32> {
//!         let mut slot = self.0.lock().ok()?;
//!         let (_, value, retention) = slot.as_mut().filter(|(k, ..)| k == key.as_str())?;
//!         *retention = Retention::Evictable;
//!         Some(*value)
//!     }
//!     fn insert(&self, key: HashedKey<'_>, value: u32, retention: Retention) -> SetOutcome {
//!         let Ok(mut slot) = self.0.lock() else { return SetOutcome::NotKept };
//!         if slot.as_ref().is_some_and(|(k, _, r)| r.is_pinned() && k != key.as_str()) {
//!             return SetOutcome::NotKept;
//!         }
//!         *slot = Some((key.as_str().to_owned(), value, retention));
//!         SetOutcome::Kept
//!     }
//!     fn remove(&self, key: HashedKey<'_>) -> Option<u32> {
//!         let mut slot = self.0.lock().ok()?;
//!         slot.take_if(|(k, _, r)| k == key.as_str() && !r.is_pinned()).map(|(_, v, _)| v)
//!     }
//!     fn remove_all(&self) {
//!         if let Ok(mut slot) = self.0.lock() { *slot = None }
//!     }
//!     fn entry_count(&self) -> usize {
//!         self.0.lock().map_or(0, |slot| usize::from(slot.is_some()))
//!     }
//!     fn snapshot(&self) -> Vec<u32> {
//!         self.0.lock().map_or(Vec::new(), |slot| slot.iter().map(|(_, v, _)| *v).collect())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let cache = LastOne::default();
//! assert!(cache.set("a", 1, Retention::Evictable).await.is_kept());
//! assert_eq!(cache.get("a").await, Some(1));
//! # }
//! ```
//!
//! Run `cubbyhole_testkit::conformance!` on it: the same suite that cubbyhole's own caches pass.
//!
//! # The parts
//!
//! - [`CacheMap`] is the data structure of a cache before anybody locks it; [`LockedMap`] and [`MapCache`] make an
//!   [`InProcessCache`] of one.
//! - [`LinkedMap`] is a string-keyed hash map whose entries are also in lists: what an eviction order is made of.
//! - [`HashedKey`] and [`StoredKey`] are a key on its way in, hashed once, and a key at rest.
//! - [`Clock`] is where time comes from: [`SystemClock`], or [`ManualClock`] in tests.
//!
//! # Not here
//!
//! No cache: see `cubbyhole-lru`, `cubbyhole-ttl` and `cubbyhole-keep-all`. No scope and no pending value: those are
//! the store's.

mod cache;
mod clock;
mod in_process;
mod key;
mod linked;
mod map;
mod removed;
mod retention;

pub use cache::CacheStoreImpl;
pub use clock::{Alarm, Clock, ManualClock, SystemClock};
pub use in_process::{InProcessCache, LockedMap, MapCache};
pub use key::{HashedKey, StoredKey};
pub use linked::{Index, LinkedMap};
pub use map::CacheMap;
pub use removed::{RemovalCause, Removed};
pub use retention::{Retention, SetOutcome};
