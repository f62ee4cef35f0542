//! `Snapshot`: which entries of which store are saved and loaded, and how.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cubbyhole_core::ValueFormat;
use cubbyhole_policy::CacheType;
use cubbyhole_store::{CacheStore, CachedRegistryEntry, StoreKey};

use crate::disk::{Disk, RealDisk};
use crate::entry::{AnyEntry, TypedEntry};
use crate::error::SnapshotError;
use crate::periodic::Periodic;
use crate::report::{SnapshotLoaded, SnapshotSaved};

/// Saves and loads entries of a store; clones are one. [The crate](crate) says what is kept. It keeps the store alive.
///
/// The work is done on a thread for blocking work of the runtime. A save locks a scope for a few values at a time, and
/// writes them as it goes; a load has the whole file and all of its values in memory before it puts any of them into
/// the store.
#[derive(Clone)]
pub struct Snapshot(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: CacheStore,
    entries: Vec<Box<dyn AnyEntry>>,
    without_people: bool,
    pub(crate) limit: u64,
    wall_clock: WallClock,
    pub(crate) disk: Box<dyn Disk>,
    pub(crate) saving: std::sync::Mutex<()>,
}

type WallClock = Box<dyn Fn() -> SystemTime + Send + Sync>;

impl Snapshot {
    /// How large a file may be that is loaded, if nothing else is said: 1 GiB.
    pub const DEFAULT_LIMIT: u64 = 1 << 30;

    /// Begins to say what is saved of a store.
    pub fn builder(store: &CacheStore) -> SnapshotBuilder {
        SnapshotBuilder {
            inner: Inner {
                store: store.clone(),
                entries: Vec::new(),
                without_people: false,
                limit: Self::DEFAULT_LIMIT,
                wall_clock: Box::new(system_time),
                disk: Box::new(RealDisk),
                saving: std::sync::Mutex::new(()),
            },
        }
    }

    /// Saves the entries to a file, in the place of the one that is there. O(values).
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Write`] if the file cannot be written; then the old one is there. A value that cannot be written
    /// is left out and counted.
    ///
    /// # Cancellation
    ///
    /// The save goes on.
    pub async fn save(&self, path: impl AsRef<Path>) -> Result<SnapshotSaved, SnapshotError> {
        let path = path.as_ref().to_owned();
        self.apart(move |inner| inner.save(&path)).await
    }

    /// Saves as [`save`](Self::save) does, on this thread.
    ///
    /// # Errors
    ///
    /// As for [`save`](Self::save). A panic of a value's code goes on.
    pub fn save_blocking(&self, path: impl AsRef<Path>) -> Result<SnapshotSaved, SnapshotError> {
        self.0.save(path.as_ref())
    }

    /// Puts what is in a file into the store, behind what is there. O(values).
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Read`] if there is no such file; [`SnapshotError::Foreign`], [`SnapshotError::OtherLayout`],
    /// [`SnapshotError::Damaged`], [`SnapshotError::Malformed`], [`SnapshotError::TooLarge`] if it is not to be trusted. In all
    /// of these cases the store is as it was. An entry or a value that cannot be used is left out and counted.
    ///
    /// # Cancellation
    ///
    /// The load goes on.
    pub async fn load(&self, path: impl AsRef<Path>) -> Result<SnapshotLoaded, SnapshotError> {
        let path = path.as_ref().to_owned();
        self.apart(move |inner| inner.load(&path)).await
    }

    /// Loads as [`load`](Self::load) does, on this thread.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load). A panic of a value's code goes on.
    pub fn load_blocking(&self, path: impl AsRef<Path>) -> Result<SnapshotLoaded, SnapshotError> {
        self.0.load(path.as_ref())
    }

    /// Saves again and again, for the first time after this `period`, for as long as what is returned is held.
    ///
    /// Time is that of the store's clock, and a period begins when the save before it has ended. `report` is told what
    /// became of each save, and survived if it panics.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::NoRuntime`] outside of a runtime; [`SnapshotError::NoPeriod`] if the period is zero.
    pub fn every(
        &self,
        period: Duration,
        path: impl AsRef<Path>,
        report: impl Fn(&Result<SnapshotSaved, SnapshotError>) + Send + Sync + 'static,
    ) -> Result<Periodic, SnapshotError> {
        Periodic::start(self.clone(), period, path.as_ref().to_owned(), report)
    }

    /// Does blocking work apart from the tasks of the runtime.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, SnapshotError> + Send + 'static,
    ) -> Result<T, SnapshotError> {
        let runtime = tokio::runtime::Handle::try_current();
        let runtime = runtime.map_err(|_outside| SnapshotError::NoRuntime)?;
        let inner = Arc::clone(&self.0);
        let done = runtime.spawn_blocking(move || work(&inner)).await;
        done.unwrap_or(Err(SnapshotError::Panicked))
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.entries.iter().map(|entry| entry.key());
        f.debug_struct("Snapshot")
            .field("entries", &entries.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Says what is saved of a store; made by [`Snapshot::builder`].
#[must_use]
pub struct SnapshotBuilder {
    inner: Inner,
}

impl SnapshotBuilder {
    /// Adds an entry, whose values are written in this format.
    pub fn entry<V>(
        mut self,
        entry: &CachedRegistryEntry<V>,
        format: impl ValueFormat<V> + 'static,
    ) -> Self
    where
        V: Clone + Send + Sync + 'static,
    {
        let entry = entry.clone();
        self.inner
            .entries
            .push(Box::new(TypedEntry { entry, format }));
        self
    }

    /// Leaves out the entries whose values belong to users and sessions: then there is no id in the file, and none is taken
    /// from one.
    pub const fn without_people(mut self) -> Self {
        self.inner.without_people = true;
        self
    }

    /// Says how large a file may be that is loaded, in bytes.
    pub const fn limit(mut self, bytes: u64) -> Self {
        self.inner.limit = bytes;
        self
    }

    /// Says where the time of day comes from, in place of the system. For tests.
    pub fn wall_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.inner.wall_clock = Box::new(now);
        self
    }

    #[cfg(test)]
    pub(crate) fn disk(mut self, disk: impl Disk + 'static) -> Self {
        self.inner.disk = Box::new(disk);
        self
    }

    /// Makes the snapshot, and makes its entries known to the store.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Duplicate`] if two entries have one key; [`SnapshotError::Store`] if the store refuses one, or it
    /// has a cache of its own make, which cannot list what it holds.
    pub fn build(self) -> Result<Snapshot, SnapshotError> {
        let entries = &self.inner.entries;
        for (at, entry) in entries.iter().enumerate() {
            if entries[..at].iter().any(|other| other.key() == entry.key()) {
                let entry = entry.key().clone();
                return Err(SnapshotError::Duplicate { entry });
            }
            entry.check(&self.inner.store)?;
        }
        Ok(Snapshot(Arc::new(self.inner)))
    }
}

impl fmt::Debug for SnapshotBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotBuilder")
            .field("entries", &self.inner.entries.len())
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Returns the entries that are saved and loaded.
    pub(crate) fn entries_to_keep(&self) -> impl Iterator<Item = &dyn AnyEntry> {
        let entries = self.entries.iter().map(|entry| &**entry);
        entries.filter(|entry| !self.is_left_out(*entry))
    }

    /// Returns whether an entry of this key is left out because its values belong to people.
    pub(crate) fn leaves_out(&self, key: &StoreKey) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.key() == key && self.is_left_out(&**entry))
    }

    fn is_left_out(&self, entry: &dyn AnyEntry) -> bool {
        self.without_people && entry.cache_type() != CacheType::Global
    }

    /// Returns the time of day in milliseconds since 1970, and 0 before that.
    pub(crate) fn wall_clock(&self) -> u64 {
        let now = (self.wall_clock)().duration_since(SystemTime::UNIX_EPOCH);
        now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "no clock of a process goes on while it is down"
)]
fn system_time() -> SystemTime {
    SystemTime::now()
}
