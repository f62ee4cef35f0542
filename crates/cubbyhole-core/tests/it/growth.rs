//! A table of real size: what one operation does to hundreds of thousands of entries.

use std::cell::Cell;

use cubbyhole_core::{GradualTable, HashedKey};

const ENTRIES: u32 = 300_000;
/// What moves while a table is a single one and doubles.
const AT_ONCE: usize = 1_024;
/// What moves beyond.
const AT_A_TIME: usize = 16;
/// Usually none.
const RARELY: usize = 10;

#[test]
fn an_operation_on_a_large_table_moves_sixteen_entries_at_most() {
    let hashes: Vec<u32> = (0..ENTRIES)
        .map(|number| HashedKey::new(&number.to_string()).hash())
        .collect();
    let asked = Cell::new(0);
    let hash_of = |number: &u32| {
        asked.set(asked.get() + 1);
        hashes[*number as usize]
    };
    let (mut table, mut exceptions) = (GradualTable::new(), 0);
    let mut count = |len: usize| {
        let moved = asked.replace(0);
        // A table that is full by chance doubles: rarely, and it is small.
        exceptions += usize::from(len > 2 * AT_ONCE && moved > AT_A_TIME);
        assert!(moved <= AT_ONCE, "{moved} entries were moved at {len}");
    };
    for number in 0..ENTRIES {
        table.insert_unique(hashes[number as usize], number, hash_of);
        count(table.len());
    }
    table.check(|number| hashes[*number as usize]).unwrap();
    for number in 0..ENTRIES {
        let hash = hashes[number as usize];
        let found = table.remove(hash, |other| *other == number, hash_of);
        assert_eq!(found, Some(number));
        count(table.len());
    }
    assert!(exceptions <= RARELY, "{exceptions} exceptions");
    assert_eq!(table.capacity(), 0);
}
