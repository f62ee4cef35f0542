//! Random operations on the map and on a plain vector, compared after every step, order included.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cubbyhole_core::{StoredKey, SystemClock};
use proptest::prelude::*;

use super::*;

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
        max_size in prop::sample::select(&[1, 2, 3, 10, 15, 16, 17, 18, 40_u8][..]),
        pinning in 0..=90_u8,
        ops in prop::collection::vec((op(), any::<prop::sample::Index>(), 0..100_u8), 0..400),
    ) {
        let mut map = LruMap::with_max_size(u32::from(max_size));
        let mut model = Model::new(usize::from(max_size));
        for (step, (op, key, pin)) in (0..).zip(ops) {
            let key = name(key.index(usize::from(max_size) * 2 + 3));
            let retention = if pin < pinning { Retention::Pinned } else { Retention::Evictable };
            apply(&mut map, &mut model, op, &key, step, retention);
            map.check_invariants().map_err(TestCaseError::fail)?;
            prop_assert_eq!(map.max_size(), usize::from(max_size));
            model.compare(&map);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    GetUnpin,
    Set,
    Delete,
    Clear,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        60 => Just(Op::Set),
        30 => Just(Op::Get),
        25 => Just(Op::GetUnpin),
        15 => Just(Op::Delete),
        1 => Just(Op::Clear),
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
        Op::Clear => {
            map.clear(&mut removed);
            model.clear();
        }
    }
    let counted = [
        removed.counted(RemovalCause::Replaced),
        removed.counted(RemovalCause::Evicted),
        removed.counted(RemovalCause::Deleted),
        removed.key_bytes(),
    ];
    assert_eq!(counted, std::mem::take(&mut model.removed));
}

/// The contract, word for word: entries most recently used first.
struct Model {
    max_size: usize,
    entries: Vec<(String, u32, Retention)>,
    /// How many were replaced, evicted and deleted, and the bytes of the keys that left.
    removed: [usize; 4],
}

impl Model {
    fn new(max_size: usize) -> Self {
        Self {
            max_size,
            entries: Vec::new(),
            removed: [0; 4],
        }
    }

    fn take(&mut self, key: &str) -> Option<(String, u32, Retention)> {
        let at = self.entries.iter().position(|(k, ..)| k == key)?;
        Some(self.entries.remove(at))
    }

    fn get(&mut self, key: &str) -> Option<u32> {
        let entry = self.take(key)?;
        self.entries.insert(0, entry);
        Some(self.entries[0].1)
    }

    fn get_unpin(&mut self, key: &str) -> Option<u32> {
        let value = self.get(key)?;
        self.entries[0].2 = Retention::Evictable;
        self.evict();
        Some(value)
    }

    fn set(&mut self, key: &str, value: u32, retention: Retention) -> bool {
        self.removed[0] += usize::from(self.take(key).is_some());
        self.entries.insert(0, (key.to_owned(), value, retention));
        self.evict();
        self.entries.iter().any(|(k, ..)| k == key)
    }

    fn delete(&mut self, key: &str) -> Option<u32> {
        let (.., retention) = self.entries.iter().find(|(k, ..)| k == key)?;
        if retention.is_pinned() {
            return None;
        }
        self.removed[2] += 1;
        self.removed[3] += key.len();
        self.take(key).map(|(_, value, _)| value)
    }

    fn clear(&mut self) {
        self.removed[2] += self.entries.len();
        self.removed[3] += self.entries.iter().map(|(k, ..)| k.len()).sum::<usize>();
        self.entries.clear();
    }

    fn evict(&mut self) {
        while self.entries.len() > self.max_size.max(self.names(Retention::Pinned).len()) {
            let oldest = self.entries.iter().rposition(|(.., r)| !r.is_pinned());
            let (key, ..) = self.entries.remove(oldest.unwrap());
            self.removed[1] += 1;
            self.removed[3] += key.len();
        }
    }

    fn names(&self, retention: Retention) -> Vec<String> {
        let with = self.entries.iter().filter(|(.., r)| *r == retention);
        with.map(|(key, ..)| key.clone()).collect()
    }

    fn compare(&self, map: &LruMap<u32>) {
        assert_eq!(map.entry_count(), self.entries.len());
        match &map.0 {
            Entries::Small(small) => {
                let recency: Vec<_> = small.recency().map(|(k, r)| (k.to_text(), r)).collect();
                let expected = self.entries.iter().map(|(k, _, r)| (k.clone(), *r));
                assert_eq!(recency, expected.collect::<Vec<_>>());
            }
            Entries::Large(large) => {
                for retention in [Retention::Evictable, Retention::Pinned] {
                    let recency: Vec<_> =
                        large.recency(retention).map(StoredKey::to_text).collect();
                    assert_eq!(recency, self.names(retention));
                }
            }
        }
        let mut values = map.values(&SystemClock);
        let mut expected: Vec<_> = self.entries.iter().map(|(_, value, _)| *value).collect();
        values.sort_unstable();
        expected.sort_unstable();
        assert_eq!(values, expected);
    }
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
