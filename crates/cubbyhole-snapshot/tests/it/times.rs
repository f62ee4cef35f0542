//! What is left of a life, whatever the clocks say.

use cubbyhole_store::{CachedRegistryEntry, Loaded};

use crate::support::{Folder, Process, entry, lru, ttl};

/// Saves a value with a life of ten seconds when it is four seconds old, at 1,004 s by the wall.
async fn saved(folder: &Folder, numbers: &CachedRegistryEntry<u32>) {
    let before = Process::started_at(1_000);
    let _ = before.store.set(numbers, "a", 1).await;
    let _ = before
        .store
        .set_loaded(numbers, "pinned", Loaded::new(2).pinned())
        .await;
    before.advance(4);
    let saved = before.snapshot(numbers).save(folder.file()).await.unwrap();
    assert_eq!(saved.values, 2);
}

#[tokio::test]
async fn time_that_passed_while_nobody_was_there_counts() {
    let folder = Folder::new("downtime");
    let numbers = entry(ttl(10));
    saved(&folder, &numbers).await;
    for (started, left) in [(1_004, 6), (1_007, 3), (1_009, 1)] {
        let after = Process::started_at(started);
        let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
        assert_eq!((loaded.values, loaded.expired), (2, 0), "{started}");
        after.advance(left - 1);
        assert_eq!(after.store.get(&numbers, "a").await.unwrap(), Some(1));
        after.advance(1);
        assert_eq!(after.store.get(&numbers, "a").await.unwrap(), None);
    }
    for started in [1_010, 9_999_999] {
        let after = Process::started_at(started);
        let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
        assert_eq!((loaded.values, loaded.expired), (1, 1), "{started}");
        let pinned = after.store.get_unpin(&numbers, "pinned").await.unwrap();
        assert_eq!(pinned, Some(2), "until it is read");
        assert_eq!(after.store.get(&numbers, "pinned").await.unwrap(), None);
    }
}

#[tokio::test]
async fn wall_clock_that_went_back_lengthens_no_life() {
    let folder = Folder::new("back");
    let numbers = entry(ttl(10));
    saved(&folder, &numbers).await;
    // By so little that it may be believed: what was left is left.
    let after = Process::started_at(944);
    after.snapshot(&numbers).load(folder.file()).await.unwrap();
    after.advance(5);
    assert_eq!(after.store.get(&numbers, "a").await.unwrap(), Some(1));
    after.advance(1);
    assert_eq!(after.store.get(&numbers, "a").await.unwrap(), None);
    // By so much that nobody knows how old the value is.
    for started in [943, 0] {
        let after = Process::started_at(started);
        let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
        assert_eq!((loaded.values, loaded.expired), (1, 1), "{started}");
    }
}

#[tokio::test]
async fn what_never_expires_comes_back_whatever_the_clocks_say() {
    let folder = Folder::new("for-ever");
    let numbers = entry(lru(9));
    saved(&folder, &numbers).await;
    for started in [0, 1_004, u64::from(u32::MAX)] {
        let after = Process::started_at(started);
        let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
        assert_eq!(loaded.values, 2);
    }
}
