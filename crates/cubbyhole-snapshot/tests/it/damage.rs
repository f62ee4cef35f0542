//! Files that are not what was written: refused whole, and the store is as it was.

use cubbyhole_format::Format;
use cubbyhole_scope::ScopeFutureExt;
use cubbyhole_snapshot::{Snapshot, SnapshotError, SnapshotLoaded};
use cubbyhole_store::{CachedRegistryEntry, Loaded};
use proptest::prelude::*;

use crate::support::{Folder, Process, by_user, entry, lru, user};

/// Writes bytes and loads them; the store has to be empty if they are refused.
fn load(folder: &Folder, bytes: &[u8]) -> Result<SnapshotLoaded, SnapshotError> {
    std::fs::write(folder.file(), bytes).unwrap();
    let after = Process::new();
    let loaded = after.snapshot(&numbers()).load_blocking(folder.file());
    if loaded.is_err() {
        let entries = &after.store.stats().entries;
        assert!(entries.iter().all(|entry| entry.entries == 0));
    }
    loaded
}

fn numbers() -> CachedRegistryEntry<u32> {
    entry(by_user(lru(9)))
}

async fn saved(folder: &Folder) -> Vec<u8> {
    let before = Process::new();
    let numbers = numbers();
    for key in ["a", "b"] {
        let loaded = Loaded::new(7)
            .with_tags(["red"])
            .with_ttl(std::time::Duration::from_secs(9));
        let set = before.store.set_loaded(&numbers, key, loaded);
        let _ = set.in_scope(user("ada")).await;
    }
    before.snapshot(&numbers).save(folder.file()).await.unwrap();
    std::fs::read(folder.file()).unwrap()
}

#[tokio::test]
async fn every_flipped_bit_is_refused() {
    let folder = Folder::new("bits");
    let mut bytes = saved(&folder).await;
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let refused = load(&folder, &bytes).unwrap_err();
        let expected = match bit / 8 {
            0..3 => matches!(refused, SnapshotError::Foreign),
            3 => matches!(refused, SnapshotError::OtherLayout { known: 1, .. }),
            _ => matches!(refused, SnapshotError::Damaged),
        };
        assert!(expected, "bit {bit}: {refused}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(load(&folder, &bytes).unwrap().values, 2);
}

#[tokio::test]
async fn every_beginning_and_whatever_follows_is_refused() {
    let folder = Folder::new("cut");
    let mut bytes = saved(&folder).await;
    for length in 0..bytes.len() {
        let refused = load(&folder, &bytes[..length]).unwrap_err();
        let expected = match length {
            0..3 => matches!(refused, SnapshotError::Foreign),
            _ => matches!(refused, SnapshotError::Damaged),
        };
        assert!(expected, "{length} bytes: {refused}");
    }
    bytes.push(0);
    assert!(matches!(load(&folder, &bytes), Err(SnapshotError::Damaged)));
}

#[test]
fn foreign_files_and_none_at_all_are_refused() {
    let folder = Folder::new("foreign");
    for foreign in [&b"{\"entries\": []}"[..], b"", b"REDIS0009"] {
        assert!(matches!(
            load(&folder, foreign),
            Err(SnapshotError::Foreign)
        ));
    }
    let nothing = Process::new().snapshot(&numbers());
    let refused = nothing
        .load_blocking(folder.path().join("nothing"))
        .unwrap_err();
    assert!(matches!(&refused, SnapshotError::Read { .. }));
    assert!(refused.to_string().contains("nothing"));
    let a_folder = nothing.load_blocking(folder.path());
    assert!(matches!(a_folder, Err(SnapshotError::Read { .. })));
}

#[tokio::test]
async fn files_above_the_limit_are_refused_before_they_are_read() {
    let folder = Folder::new("limit");
    let length = saved(&folder).await.len() as u64;
    let after = Process::new();
    let limited = |limit| {
        let builder = after.builder().entry(&numbers(), Format::new());
        builder.limit(limit).build().unwrap()
    };
    let refused = limited(length - 1).load(folder.file()).await;
    assert!(matches!(refused, Err(SnapshotError::TooLarge { .. })));
    assert_eq!(limited(length).load(folder.file()).await.unwrap().values, 2);
}

/// Puts a checksum behind bytes, as somebody would who knows the layout.
fn sealed(records: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xcb, b'h', b's', 1, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(records);
    let checksum = checksum(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    !crc
}

#[test]
fn whole_files_that_make_no_sense_are_refused() {
    let folder = Folder::new("nonsense");
    let end = &[0, 0, 0, 0, 0, 0, 0, 0, 0][..];
    assert_eq!(load(&folder, &sealed(end)).unwrap().values, 0);
    let entry = b"\x01\x02\x05\0\0\0entry\x07\0\0\0numbers";
    let nonsense: [(&str, Vec<u8>); 9] = [
        ("nothing", vec![]),
        ("no end", entry.to_vec()),
        ("more than one end", [end, end].concat()),
        ("another count", vec![0, 1, 0, 0, 0, 0, 0, 0, 0]),
        ("an unknown record", vec![9]),
        (
            "an unknown type",
            [&b"\x01\x07\0\0\0\0\0\0\0\0"[..], end].concat(),
        ),
        ("a scope of nothing", [&[2, 0][..], end].concat()),
        ("four billion bytes", b"\x01\x02\xff\xff\xff\xff".to_vec()),
        (
            "no text",
            [&b"\x01\x02\x01\0\0\0\xff\0\0\0\0"[..], end].concat(),
        ),
    ];
    for (what, records) in nonsense {
        let loaded = load(&folder, &sealed(&records));
        assert!(
            matches!(loaded, Err(SnapshotError::Malformed { .. })),
            "{what}: {loaded:?}"
        );
    }
    let value_of_no_scope = [&entry[..], b"\x03\0\0\0\0\0", &[0; 16], end].concat();
    let loaded = load(&folder, &sealed(&value_of_no_scope));
    assert!(
        matches!(loaded, Err(SnapshotError::Malformed { .. })),
        "{loaded:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_by_chance_are_refused(records in any::<Vec<u8>>()) {
        let folder = Folder::new("chance");
        prop_assert!(load(&folder, &sealed(&records)).is_err());
    }

    /// What was changed may be a value; whatever it is, it is not taken for more than it is.
    #[test]
    fn changed_records_with_the_right_checksum_do_no_harm(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let folder = Folder::new("changed");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = runtime.block_on(saved(&folder));
        let mut records = bytes[12..bytes.len() - 4].to_vec();
        let at = at.index(records.len());
        records[at] = byte;
        if let Ok(loaded) = load(&folder, &sealed(&records)) {
            prop_assert!(loaded.values <= 2);
        }
    }
}

#[test]
fn no_message_shows_an_id() {
    let folder = Folder::new("messages");
    let error = load(&folder, b"user ada").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("ada"));
    let process = Process::new();
    let shown = format!("{:?}", process.snapshot(&numbers()));
    assert_eq!(
        shown,
        "Snapshot { entries: [StoreKey { kind: \"entry\", uid: \"numbers\" }], .. }"
    );
    let _is_send_and_sync: &(dyn Send + Sync) = &Snapshot::clone(&process.snapshot(&numbers()));
}
