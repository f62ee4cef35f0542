//! The conformance suites of cubbyhole caches and shared tiers, naive models, and a fleet of processes in one.
//!
//! For authors of a [`CacheStoreImpl`]: mount [`conformance!`] on your cache, in its tests, and it is held to the same
//! contract as cubbyhole's own. For authors of a [`SharedTier`](cubbyhole_core::SharedTier) there is
//! [`tier_conformance!`]. The suites know the traits and no implementation; futures may wait or not.
//!
//! # Example
//!
//! In a test this would be `conformance!(vec_cache, Profile::keep_all(), |_| …)`, which makes a test of each check.
//!
//! ```
//! use std::sync::{Arc, Mutex, PoisonError};
//! use cubbyhole_core::{HashedKey, InProcessCache, RemovalCause, Removed, Retention, SetOutcome};
//! use cubbyhole_testkit::{Profile, conformance_failures};
//!
//! /// Keeps everything, slowly.
//! struct VecCache<V>(Mutex<Vec<(String, V, Retention)>>);
//! # impl<V> VecCache<V> {
//! #     fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(String, V, Retention)>> {
//! #         self.0.lock().unwrap_or_else(PoisonError::into_inner)
//! #     }
//! # }
//!
//! impl<V: Clone + Send> InProcessCache for VecCache<V> {
//!     type Value = V;
//!
//!     fn lookup(&self, key: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
//!         self.lock().iter().find(|(k, ..)| k == key.as_str()).map(|(_, value, _)| value.clone())
//!     }
//!     // …
//! #   fn lookup_unpin(&self, key: HashedKey<'_>, _: &mut Removed<V>) -> Option<V> {
//! #       let mut entries = self.lock();
//! #       let (_, value, retention) = entries.iter_mut().find(|(k, ..)| k == key.as_str())?;
//! #       let value = value.clone();
//! #       *retention = Retention::Evictable;
//! #       Some(value)
//! #   }
//! #   fn insert(
//! #       &self, key: HashedKey<'_>, value: V, retention: Retention, removed: &mut Removed<V>,
//! #   ) -> SetOutcome {
//! #       let mut entries = self.lock();
//! #       if let Some(at) = entries.iter().position(|(k, ..)| k == key.as_str()) {
//! #           let (_, old, _) = entries.swap_remove(at);
//! #           removed.push(RemovalCause::Replaced, key.into(), old);
//! #       }
//! #       entries.push((key.as_str().to_owned(), value, retention));
//! #       SetOutcome::Kept
//! #   }
//! #   fn remove(&self, key: HashedKey<'_>, removed: &mut Removed<V>) -> Option<V> {
//! #       let mut entries = self.lock();
//! #       let at = entries.iter().position(|(k, _, r)| k == key.as_str() && !r.is_pinned())?;
//! #       removed.count(RemovalCause::Deleted, key.into());
//! #       Some(entries.swap_remove(at).1)
//! #   }
//! #   fn remove_all(&self, removed: &mut Removed<V>) {
//! #       for (key, value, _) in std::mem::take(&mut *self.lock()) {
//! #           removed.push(RemovalCause::Deleted, HashedKey::new(&key).into(), value);
//! #       }
//! #   }
//! #   fn entry_count(&self) -> usize { self.lock().len() }
//! #   fn snapshot(&self) -> Vec<V> {
//! #       self.lock().iter().map(|(_, value, _)| value.clone()).collect()
//! #   }
//! }
//!
//! let failures = conformance_failures!(Profile::keep_all(), |_| Arc::new(VecCache(Mutex::default())));
//! assert!(failures.is_empty(), "{failures:?}");
//! ```
//!
//! # What is here
//!
//! - [`conformance!`], and [`conformance_of_data!`] for caches that serialize their values: the suite as tests.
//!   [`conformance_failures!`]: the suite as a list of what went wrong.
//! - [`tier_conformance!`] and [`tier_outage_conformance!`]: the suite for shared tiers as tests, on what a [`TierFleet`]
//!   makes; [`tier_conformance_failures!`] as a list.
//! - [`Profile`]: what the cache promises, its clock, and how its futures are run if they need a runtime.
//! - [`model`], [`ops`] and [`check_history`]: naive caches, random histories, and a comparison of every step.
//! - [`Tracked`], [`PanicOnClone`], [`PanicOnDrop`], [`CallOnDrop`]: values that watch what a cache does with them.
//! - [`ManualClock`], moved by hand, and [`block_on`]: nothing sleeps, and nothing needs a runtime.
//!
//! For users of a store, in tests of their own service (the guide has a page on [testing] with a service and all of it):
//!
//! - [`HeldLoads`]: loads that are held and let go one by one, and what was computed for whom.
//! - [`FaultyCache`] and [`Faults`]: any cache, with operations that are lost, stall or panic.
//! - [`ManualFleet`] and [`ManualTier`]: a fleet of simulated processes that share a tier, without a server. Messages come
//!   late, nodes are cut off, calls are held or fail with an outcome that nobody knows, values are damaged: when the test
//!   says so, and in the same order in every run.
//!
//! [testing]: https://github.com/cubbyhole-rs/cubbyhole/blob/main/docs/guide/src/testing.md
//!
//! # Not here
//!
//! No cache, and no tier but the one that tests play with: see `cubbyhole-lru`, `cubbyhole-ttl`, `cubbyhole-keep-all`. No scopes and no pending values: see the store.
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod conformance;
pub mod model;
pub mod ops;
#[doc(hidden)]
pub mod tier_conformance;

mod block_on;
mod faults;
mod fleet;
mod history;
mod loads;
mod profile;
mod values;

pub use block_on::block_on;
pub use conformance::Failure;
pub use faults::{Fault, Faults, FaultyCache, Operation};
pub use fleet::{ManualFleet, ManualTier, TierCall, TierFault};
pub use history::check_history;
pub use loads::{HeldLoad, HeldLoads};
pub use ops::{Key, Op};
pub use profile::{Job, Profile};
pub use tier_conformance::TierFleet;
pub use values::{CallOnDrop, DropCounter, PanicOnClone, PanicOnDrop, Tracked, Trigger};

pub use cubbyhole_core::{CacheStoreImpl, ManualClock};
