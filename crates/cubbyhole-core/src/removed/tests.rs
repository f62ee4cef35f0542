//! A collection of what was removed, and a plain list of the same.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

const CAUSES: [RemovalCause; 4] = [
    RemovalCause::Replaced,
    RemovalCause::Evicted,
    RemovalCause::Expired,
    RemovalCause::Deleted,
];

proptest! {
    #[test]
    fn what_was_removed_comes_out_in_order_and_stays_counted(
        rounds in prop::collection::vec(
            prop::collection::vec((prop::sample::select(&CAUSES[..]), ".{0,40}", any::<bool>()), 0..6),
            0..4,
        ),
    ) {
        let mut removed = Removed::new();
        let mut counted = [0; CAUSES.len()];
        let mut key_bytes = 0;
        for round in rounds {
            let mut expected = Vec::new();
            for (number, (cause, key, has_value)) in (0_u32..).zip(round) {
                let key = HashedKey::new(&key);
                match has_value {
                    true => removed.push(cause, key.into(), number),
                    false => removed.count(cause, RemovedKey::from(&StoredKey::from(key))),
                }
                counted[cause as usize] += 1;
                let leaves = cause != RemovalCause::Replaced;
                key_bytes += if leaves { key.as_str().len() } else { 0 };
                let (hash, value) = (key.hash(), has_value.then_some(number));
                expected.push(RemovedEntry { cause, hash, value });
            }
            prop_assert_eq!(removed.drain().collect::<Vec<_>>(), expected);
            prop_assert_eq!(removed.drain().next(), None);
            prop_assert_eq!(CAUSES.map(|cause| removed.counted(cause)), counted);
            prop_assert_eq!(removed.entries(), counted[1..].iter().sum::<usize>());
            prop_assert_eq!(removed.key_bytes(), key_bytes);
            prop_assert_eq!(removed.is_empty(), counted == [0; CAUSES.len()]);
        }
    }
}

#[test]
fn what_is_not_consumed_is_dropped_with_the_iterator() {
    let value = Arc::new(());
    let mut removed = Removed::new();
    for key in ["a", "b", "c"] {
        let value = Arc::clone(&value);
        removed.push(RemovalCause::Evicted, HashedKey::new(key).into(), value);
    }
    let first = removed.drain().next();
    assert_eq!(
        first.map(|entry| entry.hash),
        Some(HashedKey::new("a").hash())
    );
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(removed.counted(RemovalCause::Evicted), 3);
}

#[test]
fn an_entry_that_was_removed_takes_eight_bytes_beside_its_value() {
    assert_eq!(size_of::<Option<RemovedEntry<Arc<u64>>>>(), 16);
    assert_eq!(size_of::<Option<RemovedEntry<String>>>(), 24 + 8);
}
