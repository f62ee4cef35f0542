//! Saving and loading while others are at work.

use std::sync::atomic::{AtomicBool, Ordering};

use cubbyhole_core::{FormatError, ValueFormat};
use cubbyhole_format::Format;
use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::CachedRegistryEntry;

use crate::support::{Folder, Process, by_user, entry, lru, user};

#[tokio::test]
async fn newer_value_wins() {
    let folder = Folder::new("newer");
    let numbers = entry(lru(3));
    let (before, after) = (Process::new(), Process::new());
    for key in ["a", "b"] {
        let _ = before.store.set(&numbers, key, 1).await;
    }
    before.snapshot(&numbers).save(folder.file()).await.unwrap();
    for key in ["b", "c"] {
        let _ = after.store.set(&numbers, key, 2).await;
    }
    let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
    assert_eq!((loaded.values, loaded.superseded), (1, 1));
    for (key, value) in [("a", 1), ("b", 2), ("c", 2)] {
        assert_eq!(after.store.get(&numbers, key).await.unwrap(), Some(value));
    }
    let again = after.snapshot(&numbers).load(folder.file()).await.unwrap();
    assert_eq!((again.values, again.superseded), (0, 2));
}

/// Does something while the first value is being read.
struct Interrupted<F>(Format, AtomicBool, F);

impl<F: Fn() + Send + Sync> ValueFormat<u32> for Interrupted<F> {
    fn encode(&self, value: &u32) -> Result<Vec<u8>, FormatError> {
        self.0.encode(value)
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, FormatError> {
        if !self.1.swap(true, Ordering::Relaxed) {
            (self.2)();
        }
        self.0.decode(bytes)
    }
}

#[test]
fn what_is_invalidated_while_a_file_is_read_does_not_come_back() {
    let folder = Folder::new("meanwhile");
    let numbers = entry(by_user(lru(3)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let before = Process::new();
    runtime.block_on(async {
        for (name, key) in [("ada", "a"), ("ada", "b"), ("bob", "a")] {
            let set = before.store.set(&numbers, key, 1);
            let _ = set.in_scope(user(name)).await;
        }
    });
    before
        .snapshot(&numbers)
        .save_blocking(folder.file())
        .unwrap();
    let after = Process::new();
    let (store, deleted) = (after.store.clone(), numbers.clone());
    let meanwhile = move || {
        runtime.block_on(async {
            let delete = store.delete(&deleted, "a").in_scope(user("ada"));
            assert_eq!(delete.await.unwrap(), None);
            store.drop_scope(&CacheScope::user("bob")).await;
        });
    };
    let format = Interrupted(Format::new(), AtomicBool::new(false), meanwhile);
    let snapshot = after.builder().entry(&numbers, format).build().unwrap();
    let loaded = snapshot.load_blocking(folder.file()).unwrap();
    assert_eq!((loaded.values, loaded.superseded), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_saves_that_race_leave_one_file_that_is_whole() {
    let folder = Folder::new("race");
    let texts = CachedRegistryEntry::<String>::new("texts", lru(1_000));
    let processes = [Process::new(), Process::new()];
    for (number, process) in processes.iter().enumerate() {
        for key in 0..300 {
            let value = number.to_string().repeat(300);
            let _ = process.store.set(&texts, &key.to_string(), value).await;
        }
    }
    let snapshots = processes.each_ref().map(|process| {
        process
            .builder()
            .entry(&texts, Format::new())
            .build()
            .unwrap()
    });
    for _ in 0..10 {
        let path = folder.file();
        let tasks = snapshots.each_ref().map(|snapshot| {
            let (snapshot, path) = (snapshot.clone(), path.clone());
            tokio::spawn(async move { snapshot.save(path).await.unwrap().values })
        });
        for task in tasks {
            assert_eq!(task.await.unwrap(), 300);
        }
        let after = Process::new();
        let snapshot = after
            .builder()
            .entry(&texts, Format::new())
            .build()
            .unwrap();
        assert_eq!(snapshot.load(&path).await.unwrap().values, 300);
        let mut values = after.store.scope_store(&texts).unwrap().values().unwrap();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), 1, "all of one store");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn value_that_panics_ends_the_save_and_leaves_the_old_file() {
    struct Panicking;
    impl ValueFormat<u32> for Panicking {
        fn encode(&self, _: &u32) -> Result<Vec<u8>, FormatError> {
            panic!("this value cannot be written")
        }
        fn decode(&self, _: &[u8]) -> Result<u32, FormatError> {
            panic!("this value cannot be read")
        }
    }
    let folder = Folder::new("panics");
    let numbers = entry(lru(3));
    let process = Process::new();
    let _ = process.store.set(&numbers, "a", 1).await;
    process
        .snapshot(&numbers)
        .save(folder.file())
        .await
        .unwrap();
    let broken = process
        .builder()
        .entry(&numbers, Panicking)
        .build()
        .unwrap();
    for _ in 0..2 {
        let saved = broken.save(folder.file()).await;
        assert!(matches!(
            saved,
            Err(cubbyhole_snapshot::SnapshotError::Panicked)
        ));
    }
    let loaded = broken.load(folder.file()).await;
    assert!(matches!(
        loaded,
        Err(cubbyhole_snapshot::SnapshotError::Panicked)
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let after = Process::new();
    assert_eq!(
        after
            .snapshot(&numbers)
            .load(folder.file())
            .await
            .unwrap()
            .values,
        1
    );
}
