//! A disk that fails: whatever happens, there is the old file or the new one.

#![allow(
    clippy::unwrap_used,
    reason = "this is all test code, and a panic is how a test fails"
)]

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cubbyhole_format::Format;
use cubbyhole_policy::CachePolicy;
use cubbyhole_store::{CacheStore, CachedRegistryEntry};

use crate::disk::{Disk, DiskFile, RealDisk};
use crate::{Snapshot, SnapshotError};

/// A disk that is gone from some operation on: as after a crash, nothing is cleaned up.
struct Failing(Arc<Countdown>);

/// How many operations are left before the crash.
struct Countdown(AtomicUsize);

impl Countdown {
    fn step(&self) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0.store(left - 1, Ordering::Relaxed);
        Ok(())
    }
}

impl Disk for Failing {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.0.step()?;
        Ok(Box::new(FailingFile {
            file: RealDisk.create(path)?,
            countdown: Arc::clone(&self.0),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.step()?;
        RealDisk.rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.step()?;
        RealDisk.sync_folder(folder)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.step()?;
        RealDisk.remove(path)
    }
}

struct FailingFile {
    file: Box<dyn DiskFile>,
    countdown: Arc<Countdown>,
}

impl Write for FailingFile {
    /// The last write before the crash is cut short.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.countdown.step() {
            Ok(()) => self.file.write(bytes),
            Err(crash) => {
                self.file.write_all(&bytes[..bytes.len() / 2])?;
                Err(crash)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        self.countdown.step()?;
        self.file.sync()
    }
}

fn entry() -> CachedRegistryEntry<String> {
    CachedRegistryEntry::new("texts", CachePolicy::keep_all())
}

async fn store_of(text: &str) -> CacheStore {
    let store = CacheStore::new();
    for number in 0..100 {
        // So much that it takes several writes.
        let value = text.repeat(1_000);
        let outcome = store.set(&entry(), &number.to_string(), value).await;
        assert!(outcome.unwrap().is_kept());
    }
    store
}

fn snapshot_of(store: &CacheStore) -> crate::SnapshotBuilder {
    Snapshot::builder(store).entry(&entry(), Format::new())
}

/// Loads a file and returns the texts in it, of which there is one kind.
async fn text_in(path: &Path) -> String {
    let store = CacheStore::new();
    let snapshot = snapshot_of(&store).build().unwrap();
    assert_eq!(snapshot.load(path).await.unwrap().values, 100);
    let mut texts = store.scope_store(&entry()).unwrap().values().unwrap();
    texts.dedup();
    assert_eq!(texts.len(), 1);
    texts[0][..3].to_owned()
}

#[tokio::test]
async fn crash_at_any_step_leaves_a_file_that_is_whole() {
    let name = format!("cubbyhole-crash-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("snapshot");
    let old = snapshot_of(&store_of("old").await).build().unwrap();
    let new = store_of("new").await;
    let mut seen = Vec::new();
    for steps in 0.. {
        old.save(&path).await.unwrap();
        let countdown = Arc::new(Countdown(AtomicUsize::new(steps)));
        let disk = Failing(Arc::clone(&countdown));
        let snapshot = snapshot_of(&new).disk(disk).build().unwrap();
        let saved = snapshot.save(&path).await;
        let text = text_in(&path).await;
        match saved {
            Ok(saved) => {
                assert_eq!((saved.values, &*text), (100, "new"));
                assert_eq!(saved.bytes, std::fs::metadata(&path).unwrap().len());
                break;
            }
            Err(SnapshotError::Write { step, .. }) => {
                let expected = if step == "bringing its name to the disk" {
                    "new"
                } else {
                    "old"
                };
                assert_eq!(text, expected, "{step}");
                seen.push(step);
            }
            Err(other) => panic!("{other}"),
        }
    }
    // Several writes, each of which has failed once.
    assert!(seen.len() > 7, "{seen:?}");
    seen.dedup();
    assert_eq!(
        seen,
        [
            "creating a temporary file",
            "writing a temporary file",
            "bringing a temporary file to the disk",
            "renaming a temporary file",
            "bringing its name to the disk",
        ]
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn save_that_fails_leaves_nothing_beside_the_file() {
    /// Only writing fails.
    struct Full;
    impl Disk for Full {
        fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
            Ok(Box::new(FailingFile {
                file: RealDisk.create(path)?,
                countdown: Arc::new(Countdown(AtomicUsize::new(0))),
            }))
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.rename(from, to)
        }
        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            RealDisk.sync_folder(folder)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove(path)
        }
    }
    let name = format!("cubbyhole-full-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let store = store_of("new").await;
    let snapshot = snapshot_of(&store).disk(Full).build().unwrap();
    let failed = snapshot.save(folder.join("snapshot")).await;
    assert!(matches!(failed, Err(SnapshotError::Write { .. })));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir_all(&folder).unwrap();
}
