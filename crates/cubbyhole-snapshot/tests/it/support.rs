//! Stores with clocks that are moved by hand, and files that go with the test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use cubbyhole_core::ManualClock;
use cubbyhole_format::Format;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::ScopeContext;
use cubbyhole_snapshot::{Snapshot, SnapshotBuilder};
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

/// A folder for one test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let name = format!("cubbyhole-{test}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("snapshot")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process: a store with a clock that begins at zero, and one that hangs on the wall.
pub(crate) struct Process {
    pub(crate) store: CacheStore,
    pub(crate) clock: ManualClock,
    wall: Arc<AtomicU64>,
}

impl Process {
    pub(crate) fn started_at(seconds: u64) -> Self {
        let clock = ManualClock::new();
        Self {
            store: CacheStore::builder().clock(clock.clone()).build(),
            clock,
            wall: Arc::new(AtomicU64::new(seconds)),
        }
    }

    pub(crate) fn new() -> Self {
        Self::started_at(1_000_000)
    }

    /// Moves both clocks.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.wall.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn builder(&self) -> SnapshotBuilder {
        let wall = Arc::clone(&self.wall);
        let now = move || {
            let seconds = wall.load(Ordering::Relaxed);
            SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
        };
        Snapshot::builder(&self.store).wall_clock(now)
    }

    /// Makes a snapshot of one entry.
    pub(crate) fn snapshot(&self, entry: &CachedRegistryEntry<u32>) -> Snapshot {
        self.builder().entry(entry, Format::new()).build().unwrap()
    }
}

pub(crate) fn entry(policy: CachePolicy) -> CachedRegistryEntry<u32> {
    CachedRegistryEntry::new("numbers", policy)
}

pub(crate) fn lru(max_size: usize) -> CachePolicy {
    CachePolicy::lru(max_size).unwrap()
}

pub(crate) fn ttl(seconds: u64) -> CachePolicy {
    CachePolicy::ttl(Duration::from_secs(seconds)).unwrap()
}

pub(crate) fn by_user(policy: CachePolicy) -> CachePolicy {
    policy.with_cache_type(CacheType::User)
}

pub(crate) fn user(id: &str) -> ScopeContext {
    ScopeContext::new().user(id)
}
