//! Random operations on the map and on a plain vector, with what they remove and hand out.

use cubbyhole_core::{
    CacheMap, HashedKey, MapEntry, RemovalCause, Removed, RemovedEntry, StoredKey,
};
use cubbyhole_keep_all::{KeepAllMap, KeepAllPolicy, Retention};
use cubbyhole_testkit::{Key, ManualClock};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    Peek,
    GetUnpin,
    Set(Retention),
    Delete,
    Remove,
    Clear,
    TakeEntries,
    TakeAndSet,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        15 => Just(Op::Get),
        15 => Just(Op::Peek),
        15 => Just(Op::GetUnpin),
        40 => Just(Op::Set(Retention::Evictable)),
        20 => Just(Op::Set(Retention::Pinned)),
        15 => Just(Op::Delete),
        15 => Just(Op::Remove),
        1 => Just(Op::Clear),
        1 => Just(Op::TakeEntries),
        3 => Just(Op::TakeAndSet),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_map_is_a_scanned_vector(
        steps in prop::collection::vec((op(), (0..40_u8).prop_map(Key)), 0..200),
    ) {
        let mut map = KeepAllMap::new(&KeepAllPolicy::new());
        let mut model = Model::default();
        for (number, (op, key)) in (0..).zip(steps) {
            let mut removed = Removed::new();
            step(&mut map, &mut model, op, &key.to_string(), number, &mut removed);
            prop_assert_eq!(map.check_invariants(), Ok(()));
            let values = sorted(map.values(&ManualClock::new()), |value| *value);
            let expected = model.entries.iter().map(|entry| entry.value).collect();
            prop_assert_eq!(values, sorted(expected, |value| *value));
            prop_assert_eq!(removed.key_bytes(), std::mem::take(&mut model.key_bytes));
            let left = sorted(removed.drain().collect(), |entry| entry.value);
            prop_assert_eq!(left, sorted(std::mem::take(&mut model.removed), |entry| entry.value));
        }
    }
}

fn step(
    map: &mut KeepAllMap<u32>,
    model: &mut Model,
    op: Op,
    key: &str,
    value: u32,
    removed: &mut Removed<u32>,
) {
    let (hashed, clock) = (HashedKey::new(key), ManualClock::new());
    match op {
        Op::Get => assert_eq!(map.get(hashed, &clock).copied(), model.get(key)),
        Op::Peek => assert_eq!(map.peek(hashed, &clock).copied(), model.get(key)),
        Op::GetUnpin => {
            let got = map.get_unpin(hashed, &clock, removed);
            assert_eq!(got, model.get_unpin(key));
        }
        Op::Set(retention) => {
            let outcome = map.set(hashed, value, retention, &clock, removed);
            assert!(outcome.is_kept());
            model.set(key, value, retention);
        }
        Op::Delete => assert_eq!(map.delete(hashed, &clock, removed), model.delete(key)),
        Op::Remove => {
            let taken = map.remove(hashed);
            assert_eq!(taken, model.take(key).map(|entry| entry.value));
        }
        Op::Clear => {
            map.clear(removed);
            model.clear();
        }
        Op::TakeEntries | Op::TakeAndSet => {
            let entries = sorted(map.take_entries(), |entry| entry.value);
            assert!(map.is_vacant());
            let expected = std::mem::take(&mut model.entries);
            assert_eq!(entries, sorted(expected, |entry| entry.value));
            let again = matches!(op, Op::TakeAndSet).then_some(entries);
            for entry in again.into_iter().flatten() {
                let (key, value) = (entry.key.hashed(), entry.value);
                let outcome = map.set(key, value, entry.retention, &clock, removed);
                assert!(outcome.is_kept());
                model.set(key.as_str(), value, entry.retention);
            }
            assert!(removed.is_empty());
        }
    }
}

fn sorted<T, K: Ord>(mut list: Vec<T>, by: impl FnMut(&T) -> K) -> Vec<T> {
    list.sort_by_key(by);
    list
}

/// The contract, word for word.
#[derive(Default)]
struct Model {
    entries: Vec<MapEntry<u32>>,
    /// What the operation has removed, and the bytes of the keys that left.
    removed: Vec<RemovedEntry<u32>>,
    key_bytes: usize,
}

impl Model {
    fn position(&self, key: &str) -> Option<usize> {
        let key = StoredKey::new(key);
        self.entries.iter().position(|entry| entry.key == key)
    }

    fn take(&mut self, key: &str) -> Option<MapEntry<u32>> {
        self.position(key).map(|at| self.entries.remove(at))
    }

    fn get(&self, key: &str) -> Option<u32> {
        self.position(key).map(|at| self.entries[at].value)
    }

    fn get_unpin(&mut self, key: &str) -> Option<u32> {
        let at = self.position(key)?;
        self.entries[at].retention = Retention::Evictable;
        Some(self.entries[at].value)
    }

    fn set(&mut self, key: &str, value: u32, retention: Retention) {
        if let Some(old) = self.take(key) {
            self.left(RemovalCause::Replaced, key, Some(old.value));
        }
        self.entries.push(MapEntry {
            key: StoredKey::new(key),
            value,
            retention,
            expires_at: None,
        });
    }

    fn delete(&mut self, key: &str) -> Option<u32> {
        let at = self.position(key)?;
        if self.entries[at].retention.is_pinned() {
            return None;
        }
        self.left(RemovalCause::Deleted, key, None);
        Some(self.entries.remove(at).value)
    }

    fn clear(&mut self) {
        for entry in std::mem::take(&mut self.entries) {
            let key = entry.key.to_text();
            self.left(RemovalCause::Deleted, &key, Some(entry.value));
        }
    }

    fn left(&mut self, cause: RemovalCause, key: &str, value: Option<u32>) {
        let hash = HashedKey::new(key).hash();
        self.removed.push(RemovedEntry { cause, hash, value });
        if cause != RemovalCause::Replaced {
            self.key_bytes += key.len();
        }
    }
}
