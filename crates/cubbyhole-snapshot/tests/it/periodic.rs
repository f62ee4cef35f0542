//! Saving again and again, by the clock of the store.

use std::time::Duration;

use cubbyhole_snapshot::{SnapshotError, SnapshotSaved};
use tokio::sync::mpsc;

use crate::support::{Folder, Process, entry, lru};

const PERIOD: Duration = Duration::from_secs(60);

type Saves = mpsc::UnboundedReceiver<Result<u64, String>>;

/// Returns what each save is reported as.
fn reports() -> (
    impl Fn(&Result<SnapshotSaved, SnapshotError>) + Send + Sync,
    Saves,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let report = move |saved: &Result<SnapshotSaved, SnapshotError>| {
        let saved = saved.as_ref().map(|saved| saved.values);
        let _ = sender.send(saved.map_err(ToString::to_string));
    };
    (report, receiver)
}

/// Lets the task of a period get to where it waits for the clock.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn saves_come_once_a_period_and_for_a_last_time() {
    let folder = Folder::new("periodic");
    let numbers = entry(lru(9));
    let process = Process::new();
    let snapshot = process.snapshot(&numbers);
    let (report, mut saves) = reports();
    let periodic = snapshot.every(PERIOD, folder.file(), report).unwrap();
    settle().await;
    process.advance(59);
    settle().await;
    assert!(saves.try_recv().is_err() && !folder.file().exists());
    process.advance(1);
    assert_eq!(saves.recv().await, Some(Ok(0)));
    let _ = process.store.set(&numbers, "a", 1).await;
    settle().await;
    process.advance(60);
    assert_eq!(saves.recv().await, Some(Ok(1)));
    let _ = process.store.set(&numbers, "b", 1).await;
    assert_eq!(periodic.finish().await.unwrap().values, 2);
    let after = Process::new();
    assert_eq!(
        after
            .snapshot(&numbers)
            .load(folder.file())
            .await
            .unwrap()
            .values,
        2
    );
    assert_eq!(saves.recv().await, None, "the task has ended");
}

#[tokio::test]
async fn dropping_ends_it() {
    let folder = Folder::new("dropped");
    let process = Process::new();
    let snapshot = process.snapshot(&entry(lru(9)));
    let (report, mut saves) = reports();
    let periodic = snapshot.every(PERIOD, folder.file(), report).unwrap();
    settle().await;
    drop(periodic);
    assert_eq!(saves.recv().await, None, "the task has ended");
    process.advance(60);
    assert!(!folder.file().exists());
}

#[tokio::test]
async fn failures_are_reported_and_the_next_save_is_due_all_the_same() {
    let folder = Folder::new("failures");
    let process = Process::new();
    let snapshot = process.snapshot(&entry(lru(9)));
    let (report, mut saves) = reports();
    let nowhere = folder.path().join("later/snapshot");
    let report = move |saved: &Result<SnapshotSaved, SnapshotError>| {
        report(saved);
        assert!(saved.is_ok(), "whoever is told may panic");
    };
    let periodic = snapshot.every(PERIOD, &nowhere, report).unwrap();
    settle().await;
    process.advance(60);
    let failed = saves.recv().await.unwrap().unwrap_err();
    assert!(failed.contains("creating a temporary file"), "{failed}");
    std::fs::create_dir(folder.path().join("later")).unwrap();
    settle().await;
    process.advance(60);
    assert_eq!(saves.recv().await, Some(Ok(0)));
    assert!(nowhere.exists());
    drop(periodic);
}

#[tokio::test]
async fn period_of_nothing_is_refused() {
    let process = Process::new();
    let snapshot = process.snapshot(&entry(lru(9)));
    let refused = snapshot.every(Duration::ZERO, "nowhere", |_| {});
    assert!(matches!(refused, Err(SnapshotError::NoPeriod)));
}

#[test]
fn outside_of_a_runtime_it_is_refused() {
    let process = Process::new();
    let snapshot = process.snapshot(&entry(lru(9)));
    let refused = snapshot.every(PERIOD, "nowhere", |_| {});
    assert!(matches!(refused, Err(SnapshotError::NoRuntime)));
}
