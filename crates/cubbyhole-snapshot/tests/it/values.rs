//! What comes back: scopes, order, pins, tags.

use cubbyhole_format::Format;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::ScopeFutureExt;
use cubbyhole_store::{CachedRegistryEntry, Loaded};

use crate::support::{Folder, Process, by_user, entry, lru, ttl, user};

#[tokio::test]
async fn values_come_back_to_their_owners() {
    let folder = Folder::new("owners");
    let numbers = entry(by_user(lru(10)));
    let texts =
        CachedRegistryEntry::<String>::new("texts", CachePolicy::keep_all()).with_kind("other");
    let sessions = CachedRegistryEntry::<Vec<u8>>::new("texts", CacheType::Session);
    let (before, after) = (Process::new(), Process::new());
    for (name, value) in [("ada", 1), ("global", 2), ("", 3)] {
        let set = before.store.set(&numbers, "a", value);
        assert!(set.in_scope(user(name)).await.unwrap().is_kept());
    }
    let _ = before
        .store
        .set(&texts, "a", "everybody's".to_owned())
        .await;
    let session = user("ada").session("ada");
    let set = before.store.set(&sessions, "a", vec![4]);
    let _ = set.in_scope(session.clone()).await;

    let snapshot = |process: &Process| {
        let builder = process.builder().entry(&numbers, Format::new());
        let builder = builder.entry(&texts, Format::new().named("text"));
        builder.entry(&sessions, Format::new()).build().unwrap()
    };
    let saved = snapshot(&before).save(folder.file()).await.unwrap();
    assert_eq!(saved.values, 5);
    let loaded = snapshot(&after).load(folder.file()).await.unwrap();
    assert_eq!((loaded.values, loaded.skipped), (5, vec![]));
    for (name, value) in [
        ("ada", Some(1)),
        ("global", Some(2)),
        ("", Some(3)),
        ("bob", None),
    ] {
        let get = after.store.get(&numbers, "a").in_scope(user(name));
        assert_eq!(get.await.unwrap(), value, "{name}");
    }
    assert_eq!(
        after.store.get(&texts, "a").await.unwrap().unwrap(),
        "everybody's"
    );
    let get = after.store.get(&sessions, "a").in_scope(session);
    assert_eq!(get.await.unwrap(), Some(vec![4]));
}

#[tokio::test]
async fn order_pins_and_tags_come_back() {
    let folder = Folder::new("order");
    for max_size in [4, 40] {
        let numbers = entry(lru(max_size));
        let (before, after) = (Process::new(), Process::new());
        let count = u32::try_from(max_size).unwrap();
        for number in 0..count {
            let loaded = match number {
                0 => Loaded::new(number).pinned(),
                1 => Loaded::new(number).with_tags(["red"]),
                _ => Loaded::new(number),
            };
            let _ = before
                .store
                .set_loaded(&numbers, &number.to_string(), loaded)
                .await;
        }
        let _used = before.store.get(&numbers, "2").await;
        before.snapshot(&numbers).save(folder.file()).await.unwrap();
        let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
        assert_eq!(loaded.values, u64::from(count));
        // One more drives out the one that was not used for longest, and is not pinned.
        let _ = after.store.set(&numbers, "new", 0).await;
        let has = async |key: &str| after.store.get(&numbers, key).await.unwrap().is_some();
        assert!(!has("1").await && has("0").await && has("2").await && has("3").await);
        assert_eq!(
            after.store.delete(&numbers, "0").await.unwrap(),
            None,
            "it is pinned"
        );

        let after = Process::new();
        after.snapshot(&numbers).load(folder.file()).await.unwrap();
        after.store.invalidate_tag("red");
        assert_eq!(after.store.get(&numbers, "1").await.unwrap(), None);
        assert_eq!(after.store.get(&numbers, "2").await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn saving_counts_as_no_use() {
    let folder = Folder::new("no-use");
    let numbers = entry(lru(3));
    let process = Process::new();
    for key in ["a", "b", "c"] {
        let _ = process.store.set(&numbers, key, 1).await;
    }
    let before = format!("{:?}", process.store.stats());
    process
        .snapshot(&numbers)
        .save(folder.file())
        .await
        .unwrap();
    assert_eq!(format!("{:?}", process.store.stats()), before);
}

#[tokio::test]
async fn empty_store_is_saved_and_loaded() {
    let folder = Folder::new("empty");
    let numbers = entry(ttl(60));
    let process = Process::new();
    let saved = process
        .snapshot(&numbers)
        .save(folder.file())
        .await
        .unwrap();
    assert_eq!(saved.values, 0);
    let loaded = process
        .snapshot(&numbers)
        .load(folder.file())
        .await
        .unwrap();
    assert_eq!(loaded, cubbyhole_snapshot::SnapshotLoaded::default());
}

#[tokio::test]
async fn people_can_be_left_out() {
    let folder = Folder::new("people");
    let (private, public) = (entry(by_user(lru(9))), entry(lru(9)));
    let private = private.with_kind("private");
    let process = Process::new();
    let set = process.store.set(&private, "a", 1);
    let _ = set.in_scope(user("somebody@example.org")).await;
    let _ = process.store.set(&public, "a", 2).await;
    let builder = || {
        let builder = process.builder().entry(&private, Format::new());
        builder.entry(&public, Format::new())
    };
    let (all, some) = (
        builder().build().unwrap(),
        builder().without_people().build().unwrap(),
    );
    let contains_id = || {
        let bytes = std::fs::read(folder.file()).unwrap();
        bytes.windows(8).any(|bytes| bytes == b"somebody")
    };
    assert_eq!(all.save(folder.file()).await.unwrap().values, 2);
    assert!(contains_id(), "or nobody could have it back");
    let loaded = some.load(folder.file()).await.unwrap();
    assert_eq!(
        loaded.skipped[0].why,
        cubbyhole_snapshot::SkipReason::People
    );
    assert_eq!(some.save(folder.file()).await.unwrap().values, 1);
    assert!(!contains_id());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_but_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("owner");
    // Whatever was there before.
    std::fs::write(folder.file(), "old").unwrap();
    std::fs::set_permissions(folder.file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let process = Process::new();
    let numbers = entry(lru(1));
    process
        .snapshot(&numbers)
        .save(folder.file())
        .await
        .unwrap();
    let mode = std::fs::metadata(folder.file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
