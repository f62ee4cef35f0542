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
//! use cubbyhole_core::{
//!     CacheStoreImpl, HashedKey, InProcessCache, RemovalCause, Removed, Retention, SetOutcome,
//! };
//!
//! /// Keeps everything, slowly.
//! #[derive(Default)]
//! struct VecCache(Mutex<Vec<(String, u32, Retention)>>);
//!
//! impl InProcessCache for VecCache {
//!     type Value = u32;
//!
//!     fn lookup(&self, key: HashedKey<'_>, _: &mut Removed<u32>) -> Option<u32> {
//!         let entries = self.0.lock().ok()?;
//!         entries.iter().find(|(k, ..)| k == key.as_str()).map(|(_, value, _)| *value)
//!     }
//!     fn lookup_unpin(&self, key: HashedKey<'_>, _: &mut Removed<u32>) -> Option<u32> {
//!         let mut entries = self.0.lock().ok()?;
//!         let (_, value, retention) = entries.iter_mut().find(|(k, ..)| k == key.as_str())?;
//!         *retention = Retention::Evictable;
//!         Some(*value)
//!     }
//!     fn insert(
//!         &self, key: HashedKey<'_>, value: u32, retention: Retention, removed: &mut Removed<u32>,
//!     ) -> SetOutcome {
//!         let Ok(mut entries) = self.0.lock() else { return SetOutcome::NotKept };
//!         if let Some(at) = entries.iter().position(|(k, ..)| k == key.as_str()) {
//!             let (_, old, _) = entries.swap_remove(at);
//!             removed.push(RemovalCause::Replaced, key.into(), old);
//!         }
//!         entries.push((key.as_str().to_owned(), value, retention));
//!         SetOutcome::Kept
//!     }
//!     fn remove(&self, key: HashedKey<'_>, removed: &mut Removed<u32>) -> Option<u32> {
//!         let mut entries = self.0.lock().ok()?;
//!         let at = entries.iter().position(|(k, _, r)| k == key.as_str() && !r.is_pinned())?;
//!         removed.count(RemovalCause::Deleted, key.into());
//!         Some(entries.swap_remove(at).1)
//!     }
//!     fn remove_all(&self, removed: &mut Removed<u32>) {
//!         let Ok(mut entries) = self.0.lock() else { return };
//!         for (key, value, _) in entries.drain(..) {
//!             removed.push(RemovalCause::Deleted, HashedKey::new(&key).into(), value);
//!         }
//!     }
//!     fn entry_count(&self) -> usize {
//!         self.0.lock().map_or(0, |entries| entries.len())
//!     }
//!     fn snapshot(&self) -> Vec<u32> {
//!         self.0.lock().map_or(Vec::new(), |entries| entries.iter().map(|(_, v, _)| *v).collect())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let cache = VecCache::default();
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
//!   [`InProcessCache`] of one. [`MapEntry`] is an entry that moves from one to another.
//! - [`LinkedMap`] is a string-keyed hash map whose entries are also in lists: what an eviction order is made of.
//! - [`GradualTable`] is the hash table of these: it grows and shrinks without a pause.
//! - [`HashedKey`] and [`StoredKey`] are a key on its way in, hashed once, and a key at rest; [`table_hash`] brings the
//!   hash into a hash table of your own.
//! - [`Clock`] is where time comes from: [`SystemClock`], or [`ManualClock`] in tests.
//!
//! # Beyond one process
//!
//! [`SharedTier`] is the contract of an engine that several processes share under their caches, and [`ValueFormat`] how
//! values become bytes for it.
//!
//! # Not here
//!
//! No cache: see `cubbyhole-lru`, `cubbyhole-ttl` and `cubbyhole-keep-all`. No scope and no pending value: those are
//! the store's.

mod cache;
mod chunked;
mod clock;
mod gradual;
mod in_process;
mod key;
mod linked;
mod map;
mod removed;
mod retention;
mod tier;

pub use cache::CacheStoreImpl;
pub use clock::{Alarm, Clock, ManualClock, SystemClock};
pub use gradual::GradualTable;
pub use in_process::{InProcessCache, LockedMap, MapCache};
pub use key::{HashedKey, StoredKey, table_hash};
pub use linked::{Index, LinkedMap};
pub use map::{CacheMap, MapEntry};
pub use removed::{RemovalCause, Removed, RemovedEntry, RemovedKey};
pub use retention::{Retention, SetOutcome};
pub use tier::{
    CellEvent, CellListener, FormatError, FormatErrorKind, SharedTier, StoreEvent, StoreListener,
    TierAnswer, TierCell, TierDone, TierError, TierInvalidation, TierLanding, TierLease, TierPlace,
    TierScope, TierState, TierStatus, TierValue, TierWait, ValueFormat,
};
