//! Random operations on a gradual table and on a plain vector, compared after every step, and how much one step moves.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u16),
    Remove(u16, u16),
    Drain,
}

/// Runs of keys, so that the table grows and shrinks past its thresholds.
fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..500_u16, 1..120_u16).prop_map(|(first, count)| Op::Insert(first, count)),
        5 => (0..500_u16, 1..120_u16).prop_map(|(first, count)| Op::Remove(first, count)),
        1 => Just(Op::Drain),
    ]
}

/// A hash of a key; of two keys in a hundred it is the same.
fn hash_of(key: &u16) -> u32 {
    u32::from(key - key % 100 / 99)
        .wrapping_mul(0x9E37_79B9)
        .rotate_left(15)
}

fn contains(table: &GradualTable<u16>, key: u16) -> bool {
    table.find(hash_of(&key), |other| *other == key).is_some()
}

fn sorted<T: Ord>(entries: impl Iterator<Item = T>) -> Vec<T> {
    let mut entries: Vec<T> = entries.collect();
    entries.sort();
    entries
}

/// Does one thing to one key, and verifies what can be seen of it.
fn step(table: &mut GradualTable<u16>, model: &mut Vec<u16>, key: u16, insert: bool) {
    let known = model.iter().position(|other| *other == key);
    assert_eq!(contains(table, key), known.is_some());
    let found = table.find_mut(hash_of(&key), |other| *other == key);
    assert_eq!(found.copied(), known.map(|_| key));
    match known {
        None if insert => {
            table.insert_unique(hash_of(&key), key, hash_of);
            model.push(key);
        }
        Some(at) if !insert => {
            model.swap_remove(at);
            let removed = table.remove(hash_of(&key), |other| *other == key, hash_of);
            assert_eq!(removed, Some(key));
        }
        _ => {}
    }
    let removed = table.remove(hash_of(&key), |_| false, hash_of);
    assert_eq!((removed, table.len()), (None, model.len()));
    assert_eq!(contains(table, key), insert);
    table.check(hash_of).unwrap();
}

proptest! {
    #[test]
    fn a_gradual_table_is_a_table(ops in proptest::collection::vec(op(), 0..24)) {
        let (mut table, mut model) = (GradualTable::new(), Vec::new());
        for op in ops {
            match op {
                Op::Insert(first, count) => {
                    (first..first + count).for_each(|key| step(&mut table, &mut model, key, true));
                }
                Op::Remove(first, count) => {
                    (first..first + count).for_each(|key| step(&mut table, &mut model, key, false));
                }
                Op::Drain => {
                    prop_assert_eq!(sorted(table.drain()), sorted(model.drain(..)));
                    prop_assert_eq!((table.len(), table.capacity()), (0, 0));
                }
            }
            prop_assert!(model.iter().all(|key| contains(&table, *key)));
            prop_assert_eq!(sorted(table.iter().copied()), sorted(model.iter().copied()));
        }
    }
}

#[test]
fn entries_of_one_hash_are_all_found() {
    let mut table = GradualTable::new();
    for entry in 0..300 {
        table.insert_unique(7, entry, |_| 7);
        table.check(|_| 7).unwrap();
    }
    for entry in 0..300 {
        assert!(table.find(7, |other| *other == entry).is_some());
        assert_eq!(table.remove(7, |other| *other == entry, |_| 7), Some(entry));
        table.check(|_| 7).unwrap();
    }
    assert_eq!(table.capacity(), 0);
}

#[test]
fn no_operation_moves_more_than_a_few_entries() {
    assert_few_are_moved(hash_of);
}

#[test]
fn tables_are_even_although_hashes_are_not() {
    assert_few_are_moved(|key| u32::from(*key) * 64);
    assert_few_are_moved(|key| u32::from(*key) << 16);
}

/// Every entry that moves is asked for its hash, once. So this is what a table that doubles fails.
fn assert_few_are_moved(hash_of: impl Fn(&u16) -> u32) {
    const ENTRIES: u16 = 20_000;
    // A table that is by chance so full that it doubles by itself, and what else is moved.
    const MOST: usize = 2 * 28 + 8;
    let asked = Cell::new(0_usize);
    let hash_of = |key: &u16| {
        asked.set(asked.get() + 1);
        hash_of(key)
    };
    let mut table = GradualTable::new();
    for key in 0..ENTRIES {
        let hash = hash_of(&key);
        asked.set(0);
        table.insert_unique(hash, key, hash_of);
        assert!(asked.get() <= MOST, "{} for {key}", asked.get());
    }
    assert!(matches!(&table.0, Tables::Many(segments) if segments.tables().1.len() > 500));
    for key in 0..ENTRIES {
        let hash = hash_of(&key);
        asked.set(0);
        assert_eq!(
            table.remove(hash, |other| *other == key, hash_of),
            Some(key)
        );
        assert!(asked.get() <= MOST, "{} for {key}", asked.get());
    }
    assert_eq!(table.capacity(), 0);
}

#[test]
fn memory_is_given_back_as_entries_go() {
    let mut table = GradualTable::new();
    for key in 0..5_000 {
        table.insert_unique(hash_of(&key), key, hash_of);
        assert!(table.capacity() <= 64.max(4 * table.len()), "at {key}");
    }
    for key in 0..5_000 {
        table.remove(hash_of(&key), |other| *other == key, hash_of);
        assert!(table.capacity() <= 64.max(12 * table.len()), "at {key}");
    }
    assert_eq!(table.capacity(), 0);
}

#[test]
fn a_gradual_table_is_no_larger_than_a_table() {
    assert_eq!(size_of::<GradualTable<u64>>(), size_of::<HashTable<u64>>());
}
