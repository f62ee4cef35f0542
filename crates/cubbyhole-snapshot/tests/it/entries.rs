//! Entries and values that have changed since they were saved.

use cubbyhole_core::FormatErrorKind;
use cubbyhole_format::Format;
use cubbyhole_policy::CacheType;
use cubbyhole_scope::ScopeFutureExt;
use cubbyhole_snapshot::{SkipReason, SnapshotError};
use cubbyhole_store::{CacheStore, CachedRegistryEntry, OnMissingScope};

use crate::support::{Folder, Process, by_user, entry, lru, user};

async fn save(folder: &Folder, numbers: &CachedRegistryEntry<u32>) {
    let before = Process::new();
    for key in ["a", "b"] {
        let set = before.store.set(numbers, key, 1);
        let _ = set.in_scope(user("ada").session("ada")).await;
    }
    let saved = before.snapshot(numbers).save(folder.file()).await.unwrap();
    assert_eq!(saved.values, 2);
}

#[tokio::test]
async fn unknown_entries_are_skipped_and_counted() {
    let folder = Folder::new("unknown");
    save(&folder, &entry(lru(9))).await;
    let after = Process::new();
    let other = entry(lru(9)).with_kind("other");
    let loaded = after.snapshot(&other).load(folder.file()).await.unwrap();
    let skipped = &loaded.skipped[0];
    assert_eq!(skipped.entry, *entry(lru(9)).store_key());
    assert_eq!((skipped.values, skipped.why), (2, SkipReason::Unknown));
    assert_eq!((loaded.values, loaded.skipped.len()), (0, 1));
}

#[tokio::test]
async fn values_change_hands_under_no_other_cache_type() {
    let folder = Folder::new("cache-type");
    let types = [CacheType::Global, CacheType::Session, CacheType::User];
    for saved in types {
        save(&folder, &entry(lru(9).with_cache_type(saved))).await;
        for declared in types {
            let numbers = entry(lru(9).with_cache_type(declared));
            let after = Process::new();
            let loaded = after.snapshot(&numbers).load(folder.file()).await.unwrap();
            let get = after.store.get(&numbers, "a");
            let found = get.in_scope(user("ada").session("ada")).await.unwrap();
            if saved == declared {
                assert_eq!((loaded.values, found), (2, Some(1)));
            } else {
                assert_eq!((loaded.values, found), (0, None));
                let why = SkipReason::OtherCacheType { saved, declared };
                assert_eq!((loaded.skipped[0].why, loaded.skipped[0].values), (why, 2));
            }
        }
    }
}

#[tokio::test]
async fn what_nobody_owned_goes_to_nobody_else() {
    let folder = Folder::new("fallback");
    let numbers = entry(by_user(lru(9)));
    let falls_back = CacheStore::builder()
        .on_missing_scope(OnMissingScope::UseGlobal)
        .build();
    let _ = falls_back.set(&numbers, "a", 1).await;
    let build = |store| {
        let builder = cubbyhole_snapshot::Snapshot::builder(store);
        builder.entry(&numbers, Format::new()).build().unwrap()
    };
    assert_eq!(
        build(&falls_back).save(folder.file()).await.unwrap().values,
        1
    );
    let strict = CacheStore::new();
    let loaded = build(&strict).load(folder.file()).await.unwrap();
    assert_eq!((loaded.values, loaded.skipped[0].values), (0, 1));
    falls_back.clear().await;
    assert_eq!(
        build(&falls_back).load(folder.file()).await.unwrap().values,
        0,
        "it was there"
    );
    let fresh = CacheStore::builder()
        .on_missing_scope(OnMissingScope::UseGlobal)
        .build();
    assert_eq!(build(&fresh).load(folder.file()).await.unwrap().values, 1);
}

#[tokio::test]
async fn values_of_another_version_or_type_are_counted() {
    let folder = Folder::new("version");
    let numbers = entry(lru(9));
    save(&folder, &numbers).await;
    let after = Process::new();
    let next = after
        .builder()
        .entry(&numbers, Format::new().with_version(2))
        .build()
        .unwrap();
    let loaded = next.load(folder.file()).await.unwrap();
    assert_eq!(loaded.unreadable, [(FormatErrorKind::Version, 2)].into());
    let texts = CachedRegistryEntry::<String>::new("numbers", lru(9));
    let after = Process::new();
    let texts = after
        .builder()
        .entry(&texts, Format::new())
        .build()
        .unwrap();
    let loaded = texts.load(folder.file()).await.unwrap();
    assert_eq!(loaded.unreadable, [(FormatErrorKind::Shape, 2)].into());
}

#[tokio::test]
async fn values_that_cannot_be_written_are_counted_and_left_out() {
    let folder = Folder::new("unwritable");
    let options = CachedRegistryEntry::<Option<Option<u8>>>::new("options", lru(9));
    let process = Process::new();
    for (key, value) in [("a", Some(Some(1))), ("b", Some(None)), ("c", None)] {
        let _ = process.store.set(&options, key, value).await;
    }
    let snapshot = process
        .builder()
        .entry(&options, Format::new())
        .build()
        .unwrap();
    let saved = snapshot.save(folder.file()).await.unwrap();
    assert_eq!(
        (saved.values, saved.unwritable),
        (2, [(FormatErrorKind::Unwritable, 1)].into())
    );
}

#[tokio::test]
async fn entries_that_disagree_are_refused_when_the_snapshot_is_made() {
    let process = Process::new();
    let twice = process.builder().entry(&entry(lru(9)), Format::new());
    let twice = twice.entry(&entry(lru(9)), Format::new()).build();
    assert!(matches!(twice, Err(SnapshotError::Duplicate { .. })));
    process.store.register(&entry(lru(9))).unwrap();
    let other = process
        .builder()
        .entry(&entry(lru(8)), Format::new())
        .build();
    assert!(matches!(other, Err(SnapshotError::Store(_))));
    let own = entry(lru(9)).with_kind("own");
    let own = own.with_cache(|_| cubbyhole_store::cache_impl_for_policy(&lru(1)));
    let own = process.builder().entry(&own, Format::new()).build();
    assert!(
        own.unwrap_err()
            .to_string()
            .contains("cache of its own make")
    );
}

#[test]
fn without_a_runtime_there_is_the_blocking_way() {
    let folder = Folder::new("blocking");
    let process = Process::new();
    let snapshot = process.snapshot(&entry(lru(9)));
    snapshot.save_blocking(folder.file()).unwrap();
    assert_eq!(snapshot.load_blocking(folder.file()).unwrap().values, 0);
    let mut saving = std::pin::pin!(snapshot.save(folder.file()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let polled = Future::poll(saving.as_mut(), &mut cx);
    assert!(matches!(
        polled,
        std::task::Poll::Ready(Err(SnapshotError::NoRuntime))
    ));
}
