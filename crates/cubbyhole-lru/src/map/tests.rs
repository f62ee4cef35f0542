//! Random operations on the map and on a plain vector, compared after every step, order included.

mod model;

use std::panic::{AssertUnwindSafe, catch_unwind};

use cubbyhole_core::{RemovedEntry, SystemClock};
use proptest::prelude::*;

use super::*;
use model::Model;

#[test]
fn a_map_takes_48_bytes_in_an_enum_too() {
    #[expect(dead_code, reason = "only its size is asked for")]
    enum OfSeveral {
        Lru(LruMap<u64>),
        Boxed(Box<u64>),
        Inline([u64; 5]),
    }
    assert_eq!(size_of::<LruMap<u64>>(), 48);
    assert_eq!(size_of::<LruMap<[u64; 9]>>(), 48);
    assert_eq!(size_of::<Option<LruMap<u64>>>(), 48);
    assert_eq!(size_of::<OfSeveral>(), 48);
}

#[test]
fn an_empty_map_has_no_memory_and_a_small_one_no_more_than_it_needs() {
    let capacity = |map: &LruMap<u32>| match &map.0 {
        Entries::Small(small) => small.capacity(),
        Entries::Large(_) => panic!("the map is large"),
    };
    let all_steps = [0, 1, 2, 4, 6, 8, 10, 12, 14, 16];
    for (max_size, expected) in [(1, &[0, 1][..]), (3, &[0, 1, 2, 3]), (16, &all_steps)] {
        let mut map = LruMap::with_max_size(max_size);
        let mut steps = vec![capacity(&map)];
        for i in 0..40 {
            set_in(&mut map, &i.to_string(), i, Retention::Evictable);
            steps.push(capacity(&map));
        }
        steps.dedup();
        assert_eq!(steps, expected);
        for i in 40 - max_size..40 {
            assert_eq!(delete_in(&mut map, &i.to_string()), Some(i));
        }
        assert_eq!(capacity(&map), 0);
    }
}

#[test]
fn a_map_is_large_from_the_seventeenth_entry_until_it_is_empty() {
    let is_large = |map: &LruMap<u32>| matches!(map.0, Entries::Large(_));
    let mut map = LruMap::with_max_size(17);
    for clear in [true, false] {
        for i in 0..16 {
            set_in(&mut map, &i.to_string(), i, Retention::Evictable);
        }
        assert!(!is_large(&map));
        set_in(&mut map, "3", 3, Retention::Pinned);
        assert!(!is_large(&map));
        set_in(&mut map, "16", 16, Retention::Evictable);
        assert!(is_large(&map));
        if clear {
            map.clear(&mut Removed::new());
        } else {
            set_in(&mut map, "3", 3, Retention::Evictable);
            for i in 0..17 {
                assert_eq!(delete_in(&mut map, &i.to_string()), Some(i));
            }
        }
        assert!(!is_large(&map));
        assert_eq!(map.check_invariants(), Ok(()));
    }
}

#[test]
fn pins_beyond_sixteen_make_any_map_large() {
    let mut map = LruMap::with_max_size(1);
    for i in 0..40 {
        set_in(&mut map, &i.to_string(), i, Retention::Pinned);
        assert_eq!(map.check_invariants(), Ok(()));
    }
    assert_eq!((map.entry_count(), map.max_size()), (40, 1));
}

#[test]
fn a_panic_in_clone_leaves_the_map_as_it_was() {
    struct Fragile;
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            panic!("this value cannot be cloned")
        }
    }
    for max_size in [1, 40] {
        let mut map = LruMap::with_max_size(max_size);
        for i in 0..max_size {
            set_in(&mut map, &i.to_string(), Fragile, Retention::Pinned);
        }
        for _ in 0..2 {
            let mut removed = Removed::new();
            let read = catch_unwind(AssertUnwindSafe(|| {
                map.get_unpin(HashedKey::new("0"), &SystemClock, &mut removed)
            }));
            assert!(read.is_err() && removed.is_empty());
            assert_eq!(map.pinned_count(), max_size as usize);
            let listed = catch_unwind(AssertUnwindSafe(|| map.values(&SystemClock)));
            assert!(listed.is_err());
            assert_eq!(map.check_invariants(), Ok(()));
        }
    }
}

#[test]
fn debug_output_shows_no_key_and_no_value() {
    let mut map = LruMap::with_max_size(3);
    set_in(&mut map, "ada", 1815, Retention::Pinned);
    let shown = format!("{map:?}");
    assert_eq!(
        shown,
        "LruMap { max_size: 3, entry_count: 1, pinned_count: 1 }"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn a_map_is_a_scanned_vector(
        max_size in max_size(),
        pinning in 0..=90_u8,
        steps in prop::collection::vec(step(), 0..400),
    ) {
        run(max_size, pinning, &steps);
    }

    #[test]
    fn entries_that_were_taken_and_set_again_are_evicted_in_the_same_order(
        max_size in max_size(),
        pinning in 0..=30_u8,
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let untouched = run(max_size, pinning, &steps);
        let mut restored = run(max_size, pinning, &steps);
        let mut removed = Removed::new();
        for entry in restored.take_entries() {
            let MapEntry { key, value, retention, .. } = entry;
            let outcome = restored.set(key.hashed(), value, retention, &SystemClock, &mut removed);
            prop_assert!(outcome.is_kept());
        }
        prop_assert!(removed.is_empty());
        prop_assert_eq!(order_of_eviction(restored), order_of_eviction(untouched));
    }
}

proptest! {
    #[test]
    fn entries_that_are_put_back_are_evicted_in_the_same_order(
        max_size in max_size(),
        pinning in 0..=30_u8,
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let map = run(max_size, pinning, &steps);
        let keys = map.keys();
        let mut restored = LruMap::with_max_size(u32::from(max_size));
        for key in keys.iter().rev() {
            let MapEntry { key, value, retention, expires_at } = map.inspect(key.hashed()).unwrap();
            let entry = MapEntry { key, value: *value, retention, expires_at };
            prop_assert_eq!(restored.restore(entry.clone(), &SystemClock), Ok(()));
            prop_assert_eq!(restored.restore(entry.clone(), &SystemClock), Err(entry));
            prop_assert_eq!(restored.check_invariants(), Ok(()));
        }
        prop_assert_eq!(restored.keys(), keys);
        prop_assert_eq!(order_of_eviction(restored), order_of_eviction(map));
    }
}

#[test]
fn nothing_is_evicted_for_what_is_put_back() {
    for max_size in [1, 3, 16, 20] {
        let mut map = LruMap::with_max_size(max_size);
        let entry = |key: &str, retention| MapEntry {
            key: StoredKey::new(key),
            value: 0,
            retention,
            expires_at: None,
        };
        for number in 0..max_size {
            set_in(&mut map, &number.to_string(), number, Retention::Evictable);
        }
        let before = map.keys();
        for retention in [Retention::Evictable, Retention::Pinned] {
            assert!(map.restore(entry("old", retention), &SystemClock).is_err());
        }
        assert_eq!(map.keys(), before);
        assert_eq!(map.check_invariants(), Ok(()));
    }
}

fn max_size() -> impl Strategy<Value = u8> {
    prop::sample::select(&[1, 2, 3, 10, 15, 16, 17, 18, 40][..])
}

/// What is done, to which key, and how much pinning there has to be for a set to pin.
type Step = (Op, prop::sample::Index, u8);

fn step() -> impl Strategy<Value = Step> {
    (op(), any::<prop::sample::Index>(), 0..100_u8)
}

/// Does these steps to a map and to the model, and returns the map.
fn run(max_size: u8, pinning: u8, steps: &[Step]) -> LruMap<u32> {
    let mut map = LruMap::with_max_size(u32::from(max_size));
    let mut model = Model::new(usize::from(max_size));
    for (number, &(op, key, pin)) in (0..).zip(steps) {
        let key = name(key.index(usize::from(max_size) * 2 + 3));
        let retention = match pin < pinning {
            true => Retention::Pinned,
            false => Retention::Evictable,
        };
        apply(&mut map, &mut model, op, &key, number, retention);
        assert_eq!(map.check_invariants(), Ok(()));
        assert_eq!(map.max_size(), usize::from(max_size));
        model.compare(&map);
    }
    map
}

/// Sets new keys until only these are left, and returns what they drove out.
fn order_of_eviction(mut map: LruMap<u32>) -> Vec<RemovedEntry<u32>> {
    let mut removed = Removed::new();
    for number in 0..100 {
        let key = format!("new {number}");
        let key = HashedKey::new(&key);
        let _ = map.set(
            key,
            number,
            Retention::Evictable,
            &SystemClock,
            &mut removed,
        );
    }
    removed.drain().collect()
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    Peek,
    GetUnpin,
    Set,
    Delete,
    Remove,
    Clear,
    TakeEntries,
    TakeAndSet,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        60 => Just(Op::Set),
        30 => Just(Op::Get),
        15 => Just(Op::Peek),
        25 => Just(Op::GetUnpin),
        15 => Just(Op::Delete),
        10 => Just(Op::Remove),
        1 => Just(Op::Clear),
        1 => Just(Op::TakeEntries),
        3 => Just(Op::TakeAndSet),
    ]
}

fn apply(
    map: &mut LruMap<u32>,
    model: &mut Model,
    op: Op,
    key: &str,
    value: u32,
    retention: Retention,
) {
    let mut removed = Removed::new();
    let hashed = HashedKey::new(key);
    match op {
        Op::Get => {
            let got = map.get(hashed, &SystemClock).copied();
            assert_eq!(got, model.get(key));
        }
        Op::Peek => {
            let found = map.peek(hashed, &SystemClock).copied();
            assert_eq!(found, model.peek(key));
        }
        Op::GetUnpin => {
            let got = map.get_unpin(hashed, &SystemClock, &mut removed);
            assert_eq!(got, model.get_unpin(key));
        }
        Op::Set => {
            let outcome = map.set(hashed, value, retention, &SystemClock, &mut removed);
            assert_eq!(outcome.is_kept(), model.set(key, value, retention));
        }
        Op::Delete => {
            let got = map.delete(hashed, &SystemClock, &mut removed);
            assert_eq!(got, model.delete(key));
        }
        Op::Remove => {
            let taken = map.remove(hashed);
            assert_eq!(taken, model.take(key).map(|(_, value, _)| value));
        }
        Op::Clear => {
            map.clear(&mut removed);
            model.clear();
        }
        Op::TakeEntries | Op::TakeAndSet => {
            let entries = map.take_entries();
            assert!(map.is_vacant());
            assert_eq!(entries, model.take_entries());
            let again = matches!(op, Op::TakeAndSet).then_some(entries);
            for MapEntry {
                key,
                value,
                retention,
                ..
            } in again.into_iter().flatten()
            {
                let key = key.hashed();
                let outcome = map.set(key, value, retention, &SystemClock, &mut removed);
                assert_eq!(outcome.is_kept(), model.set(key.as_str(), value, retention));
            }
            assert!(removed.is_empty());
        }
    }
    model.compare_removed(removed);
}

/// Keys of all lengths, so that some lie inline and some on the heap.
fn name(key: usize) -> String {
    "long ".repeat(key % 7) + &key.to_string()
}

fn set_in<V: Clone>(map: &mut LruMap<V>, key: &str, value: V, retention: Retention) {
    let key = HashedKey::new(key);
    let _ = map.set(key, value, retention, &SystemClock, &mut Removed::new());
}

fn delete_in<V: Clone>(map: &mut LruMap<V>, key: &str) -> Option<V> {
    map.delete(HashedKey::new(key), &SystemClock, &mut Removed::new())
}
