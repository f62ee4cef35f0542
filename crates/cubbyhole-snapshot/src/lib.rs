//! Saves what a cubbyhole store holds to a file, so that a restart does not begin with an empty one.
//!
//! ```
//! use cubbyhole_format::Format;
//! use cubbyhole_policy::CachePolicy;
//! use cubbyhole_snapshot::Snapshot;
//! use cubbyhole_store::{CacheStore, CachedRegistryEntry};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = std::env::temp_dir().join(format!("cubbyhole-doc-{}", std::process::id()));
//! let answers = CachedRegistryEntry::new("answers", CachePolicy::lru(100)?);
//!
//! let store = CacheStore::new();
//! store.set(&answers, "a", 42).await?;
//! let snapshot = Snapshot::builder(&store).entry(&answers, Format::new()).build()?;
//! assert_eq!(snapshot.save(&path).await?.values, 1);
//!
//! // After a restart, before the first request:
//! let store = CacheStore::new();
//! let snapshot = Snapshot::builder(&store).entry(&answers, Format::new()).build()?;
//! assert_eq!(snapshot.load(&path).await?.values, 1);
//! assert_eq!(store.get(&answers, "a").await?, Some(42));
//! # std::fs::remove_file(&path)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is kept
//!
//! Of the entries that were named: each value that a read would find, with its scope, its place in the order of
//! eviction, its pin, its tags and what is left of its time. The time that passes between saving and loading counts, by
//! the wall clock. If that went back meanwhile, no value lives longer than what was left of it when it was saved; if it
//! went back by more than a minute, nobody can say how old a value is, and those that expire are left out.
//!
//! What is loaded is older than what is there: nothing is replaced or evicted for it, and what was invalidated since
//! loading began stays away. What was invalidated *before* loading began, in this process or while it was down, the
//! file cannot know: load first, then let requests and invalidations in.
//!
//! Entries with a cache of their own make are refused, because those cannot list what they hold, and entries with a
//! shared tier, because a restart finds their values there.
//!
//! # The file
//!
//! It is written beside the old one and takes its place at once, when it is whole and on the disk: whatever happens,
//! there is the old one or the new one. It has a checksum over all of it. A file that is damaged, cut short, of another
//! version or not one of these is refused before a single value is brought back.
//!
//! **It contains ids of users and sessions**, because values have to find back to them, and the keys and values. Nobody
//! but its owner can read it (mode 0600, on Unix). Without [scopes of people](SnapshotBuilder::without_people) it has
//! what is global alone.
//!
//! A process that ends in the middle of saving leaves a file whose name begins with a dot and ends in `.tmp` beside the
//! old one; it can be deleted.

mod disk;
mod entry;
mod error;
mod load;
mod periodic;
mod record;
mod report;
mod save;
mod snapshot;

#[cfg(test)]
mod tests;

pub use error::SnapshotError;
pub use periodic::Periodic;
pub use report::{SkipReason, SkippedEntry, SnapshotLoaded, SnapshotSaved};
pub use snapshot::{Snapshot, SnapshotBuilder};
