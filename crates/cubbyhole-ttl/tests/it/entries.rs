//! Random operations on the map and on a plain vector, with what they remove and hand out.

use std::time::Duration;

use cubbyhole_core::{
    CacheMap, HashedKey, MapEntry, RemovalCause, Removed, RemovedEntry, StoredKey,
};
use cubbyhole_testkit::Key;
use cubbyhole_ttl::{Clock, ManualClock, Retention, TtlMap, TtlPolicy};
use proptest::prelude::*;

const TTL: Duration = Duration::from_secs(10);
/// Fewer than an operation collects on its way.
const KEYS: u8 = 12;

#[derive(Clone, Copy, Debug)]
enum Op {
    Get,
    Peek,
    GetUnpin,
    Set(Retention),
    Delete,
    Remove,
    Clear,
    Expire,
    TakeEntries,
    TakeAndSet,
    Advance(u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        15 => Just(Op::Get),
        15 => Just(Op::Peek),
        15 => Just(Op::GetUnpin),
        40 => Just(Op::Set(Retention::Evictable)),
        20 => Just(Op::Set(Retention::Pinned)),
        10 => Just(Op::Delete),
        10 => Just(Op::Remove),
        1 => Just(Op::Clear),
        5 => Just(Op::Expire),
        1 => Just(Op::TakeEntries),
        5 => Just(Op::TakeAndSet),
        30 => (0..6_u32).prop_map(Op::Advance),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_map_is_a_scanned_vector(
        expires in prop::bool::weighted(0.9),
        steps in prop::collection::vec((op(), (0..KEYS).prop_map(Key)), 0..150),
    ) {
        let ttl = if expires { TTL } else { Duration::MAX };
        let clock = ManualClock::new();
        let mut map = TtlMap::new(&TtlPolicy::new(ttl).unwrap());
        let mut model = Model {
            ttl: expires.then_some(ttl),
            ..Model::default()
        };
        for (number, (op, key)) in (0..).zip(steps) {
            let mut removed = Removed::new();
            step(&mut map, &mut model, &clock, op, &key.to_string(), number, &mut removed);
            prop_assert_eq!(map.check_invariants(), Ok(()));
            model.compare(&map, &clock);
            model.compare_removed(removed, matches!(op, Op::Clear));
        }
    }
}

proptest! {
    #[test]
    fn entries_that_are_put_back_expire_when_they_would_have(
        steps in prop::collection::vec((op(), (0..KEYS).prop_map(Key)), 0..150),
    ) {
        let clock = ManualClock::new();
        let mut map = TtlMap::new(&TtlPolicy::new(TTL).unwrap());
        let mut model = Model { ttl: Some(TTL), ..Model::default() };
        for (number, (op, key)) in (0..).zip(steps) {
            let key = key.to_string();
            step(&mut map, &mut model, &clock, op, &key, number, &mut Removed::new());
        }
        let mut restored = TtlMap::new(&TtlPolicy::new(TTL).unwrap());
        for key in map.keys().iter().rev() {
            let MapEntry { key, value, retention, expires_at } = map.inspect(key.hashed()).unwrap();
            let entry = MapEntry { key, value: *value, retention, expires_at };
            prop_assert_eq!(restored.restore(entry.clone(), &clock), Ok(()));
            prop_assert_eq!(restored.restore(entry.clone(), &clock), Err(entry));
            prop_assert_eq!(restored.check_invariants(), Ok(()));
        }
        prop_assert_eq!(restored.take_entries(), map.take_entries());
    }
}

#[test]
fn what_is_put_back_lives_no_longer_than_what_is_set() {
    let (clock, mut removed) = (ManualClock::new(), Removed::new());
    let mut map = TtlMap::new(&TtlPolicy::new(TTL).unwrap());
    let entry = |key: &str, expires_at| MapEntry {
        key: StoredKey::new(key),
        value: 7,
        retention: Retention::Evictable,
        expires_at,
    };
    let last = entry("last", Some(TTL * 2));
    assert_eq!(map.restore(last, &clock), Ok(()));
    assert_eq!(map.next_deadline(), Some(TTL));
    let first = entry("first", Some(TTL / 2));
    assert_eq!(map.restore(first, &clock), Ok(()));
    let between = entry("between", Some(TTL - TTL / 4));
    let refused = map.restore(between.clone(), &clock);
    assert_eq!(refused, Err(between), "its place is not the end");
    assert_eq!(map.expire(&clock, 9, &mut removed), Some(TTL / 2));
    assert_eq!(map.check_invariants(), Ok(()));
}

fn step(
    map: &mut TtlMap<u32>,
    model: &mut Model,
    clock: &ManualClock,
    op: Op,
    key: &str,
    value: u32,
    removed: &mut Removed<u32>,
) {
    let (hashed, now) = (HashedKey::new(key), clock.now());
    match op {
        Op::Get => assert_eq!(map.get(hashed, clock).copied(), model.get(key, now)),
        Op::Peek => assert_eq!(map.peek(hashed, clock).copied(), model.get(key, now)),
        Op::GetUnpin => {
            let got = map.get_unpin(hashed, clock, removed);
            assert_eq!(got, model.get_unpin(key, now));
        }
        Op::Set(retention) => {
            let outcome = map.set(hashed, value, retention, clock, removed);
            assert!(outcome.is_kept());
            model.set(key, value, retention, now);
        }
        Op::Delete => {
            let deleted = map.delete(hashed, clock, removed);
            assert_eq!(deleted, model.delete(key, now));
        }
        Op::Remove => {
            let taken = map.remove(hashed);
            assert_eq!(taken, model.take(key).map(|entry| entry.value));
        }
        Op::Clear => {
            map.clear(removed);
            model.clear();
        }
        Op::Expire => {
            map.expire(clock, usize::MAX, removed);
            model.expire(now);
        }
        Op::TakeEntries | Op::TakeAndSet => {
            let entries = map.take_entries();
            assert!(map.is_vacant());
            assert_eq!(entries, std::mem::take(&mut model.entries));
            let again = matches!(op, Op::TakeAndSet).then_some(entries);
            for entry in again.into_iter().flatten() {
                let (key, value) = (entry.key.hashed(), entry.value);
                let outcome = map.set(key, value, entry.retention, clock, removed);
                assert!(outcome.is_kept());
                model.set(key.as_str(), value, entry.retention, now);
            }
            assert!(removed.is_empty());
        }
        Op::Advance(quarters) => clock.advance(TTL / 4 * quarters),
    }
}

/// The contract, word for word.
#[derive(Default)]
struct Model {
    /// Nothing if entries live for ever.
    ttl: Option<Duration>,
    /// In the order in which they were set.
    entries: Vec<MapEntry<u32>>,
    /// What the operation has removed, and the bytes of the keys that left.
    removed: Vec<RemovedEntry<u32>>,
    key_bytes: usize,
}

fn is_due(entry: &MapEntry<u32>, now: Duration) -> bool {
    entry.expires_at.is_some_and(|at| at <= now)
}

fn is_live(entry: &MapEntry<u32>, now: Duration) -> bool {
    entry.retention.is_pinned() || !is_due(entry, now)
}

impl Model {
    fn position(&self, key: &str) -> Option<usize> {
        let key = StoredKey::new(key);
        self.entries.iter().position(|entry| entry.key == key)
    }

    fn take(&mut self, key: &str) -> Option<MapEntry<u32>> {
        self.position(key).map(|at| self.entries.remove(at))
    }

    fn get(&self, key: &str, now: Duration) -> Option<u32> {
        let entry = &self.entries[self.position(key)?];
        is_live(entry, now).then_some(entry.value)
    }

    fn get_unpin(&mut self, key: &str, now: Duration) -> Option<u32> {
        self.expire(now);
        let at = self.position(key)?;
        self.entries[at].retention = Retention::Evictable;
        let value = self.entries[at].value;
        if is_due(&self.entries[at], now) {
            self.entries.remove(at);
            self.left(RemovalCause::Expired, key, None);
        }
        Some(value)
    }

    fn set(&mut self, key: &str, value: u32, retention: Retention, now: Duration) {
        self.expire(now);
        if let Some(old) = self.take(key) {
            self.left(RemovalCause::Replaced, key, Some(old.value));
        }
        self.entries.push(MapEntry {
            key: StoredKey::new(key),
            value,
            retention,
            expires_at: self.ttl.map(|ttl| now + ttl),
        });
    }

    fn delete(&mut self, key: &str, now: Duration) -> Option<u32> {
        self.expire(now);
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

    fn expire(&mut self, now: Duration) {
        let (live, expired) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition::<Vec<_>, _>(|entry| is_live(entry, now));
        self.entries = live;
        for entry in expired {
            let key = entry.key.to_text();
            self.left(RemovalCause::Expired, &key, Some(entry.value));
        }
    }

    fn left(&mut self, cause: RemovalCause, key: &str, value: Option<u32>) {
        let hash = HashedKey::new(key).hash();
        self.removed.push(RemovedEntry { cause, hash, value });
        if cause != RemovalCause::Replaced {
            self.key_bytes += key.len();
        }
    }

    fn compare(&self, map: &TtlMap<u32>, clock: &ManualClock) {
        let now = clock.now();
        let live = self.entries.iter().filter(|entry| is_live(entry, now));
        let mut expected: Vec<_> = live.map(|entry| entry.value).collect();
        let mut values = map.values(clock);
        expected.sort_unstable();
        values.sort_unstable();
        assert_eq!((map.len(clock), values), (expected.len(), expected));
    }

    /// Compares what an operation has removed, and forgets it.
    fn compare_removed(&mut self, mut removed: Removed<u32>, in_any_order: bool) {
        assert_eq!(removed.key_bytes(), std::mem::take(&mut self.key_bytes));
        let mut expected = std::mem::take(&mut self.removed);
        let mut left: Vec<_> = removed.drain().collect();
        if in_any_order {
            expected.sort_by_key(|entry| entry.value);
            left.sort_by_key(|entry| entry.value);
        }
        assert_eq!(left, expected);
    }
}
