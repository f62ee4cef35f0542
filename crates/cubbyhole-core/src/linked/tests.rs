//! Random operations on a linked map and on plain vectors, compared after every step.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Push(Run, u8),
    PushBack(u8, u8),
    Remove(Run),
    ToFront(u8, u8),
    Use(u8),
    Replace(u8, u32),
    PopBack(u8),
    Drain,
}

/// Keys one after the other: enough for the map to grow and to shrink past its thresholds, which are low in tests.
type Run = std::ops::Range<u8>;

fn run() -> impl Strategy<Value = Run> {
    let short = (0..KEYS, Just(1_u8));
    let long = (0..KEYS, 1..60_u8);
    prop_oneof![3 => short, 2 => long].prop_map(|(key, count)| key..KEYS.min(key + count))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (run(), 0..2_u8).prop_map(|(keys, list)| Op::Push(keys, list)),
        2 => (0..KEYS, 0..2_u8).prop_map(|(key, list)| Op::PushBack(key, list)),
        4 => run().prop_map(Op::Remove),
        4 => (0..KEYS, 0..2_u8).prop_map(|(key, list)| Op::ToFront(key, list)),
        3 => (0..KEYS).prop_map(Op::Use),
        2 => (0..KEYS, any::<u32>()).prop_map(|(key, value)| Op::Replace(key, value)),
        2 => (0..2_u8).prop_map(Op::PopBack),
        1 => Just(Op::Drain),
    ]
}

const KEYS: u8 = 180;

/// Two vectors of keys and values, front first.
#[derive(Default)]
struct Model([Vec<(String, u32)>; 2]);

impl Model {
    fn take(&mut self, key: &str) -> Option<(String, u32)> {
        self.0.iter_mut().find_map(|list| {
            let at = list.iter().position(|(k, _)| k == key)?;
            Some(list.remove(at))
        })
    }
}

fn apply(map: &mut LinkedMap<u32, (), 2>, model: &mut Model, op: &Op) {
    let name = |key: &u8| "key".repeat(usize::from(*key % 9) + 1) + &key.to_string();
    match op {
        Op::Push(keys, list) => {
            for key in keys.clone().map(|key| name(&key)) {
                if map.find(HashedKey::new(&key)).is_none() {
                    map.push_front(HashedKey::new(&key), 7, (), *list);
                    model.0[usize::from(*list)].insert(0, (key, 7));
                }
            }
        }
        Op::PushBack(key, list) => {
            let key = name(key);
            let stored = StoredKey::new(&key);
            if map.find(stored.hashed()).is_none() {
                let hash = stored.hash();
                map.push_stored_back(stored, hash, 7, (), *list);
                model.0[usize::from(*list)].push((key, 7));
            }
        }
        Op::Remove(keys) => {
            for key in keys.clone().map(|key| name(&key)) {
                let found = map.find(HashedKey::new(&key));
                if let Some(at) = found {
                    assert_eq!(map.removed_key(at), HashedKey::new(&key).into());
                }
                let removed = found.map(|at| map.remove(at));
                let removed = removed.map(|(key, value, ())| (key.to_text(), value));
                assert_eq!(removed, model.take(&key));
            }
        }
        Op::ToFront(key, list) => {
            if let Some(at) = map.find(HashedKey::new(&name(key))) {
                map.move_to_front(at, *list);
            }
            if let Some(entry) = model.take(&name(key)) {
                model.0[usize::from(*list)].insert(0, entry);
            }
        }
        Op::Use(key) => {
            let key = name(key);
            let found = map.find_to_front(HashedKey::new(&key)).copied();
            let list = (0..2).find(|&list| model.0[list].iter().any(|(k, _)| *k == key));
            let expected = list.and_then(|list| {
                let entry = model.take(&key)?;
                model.0[list].insert(0, entry);
                Some(model.0[list][0].1)
            });
            assert_eq!(found, expected);
            let found = map.get(HashedKey::new(&key)).map(|(value, ())| *value);
            assert_eq!(found, expected);
        }
        Op::Replace(key, value) => {
            if let Some(at) = map.find(HashedKey::new(&name(key))) {
                *map.value_mut(at) = *value;
            }
            for (_, old) in model
                .0
                .iter_mut()
                .flatten()
                .filter(|(k, _)| *k == name(key))
            {
                *old = *value;
            }
        }
        Op::PopBack(list) => {
            let popped = map.pop_back(*list);
            let popped = popped.map(|(key, value, ())| (key.to_text(), value));
            assert_eq!(popped, model.0[usize::from(*list)].pop());
        }
        Op::Drain => {
            let drained = map.drain().count();
            assert_eq!(drained, model.0.iter().map(Vec::len).sum::<usize>());
            *model = Model::default();
        }
    }
}

proptest! {
    #[test]
    fn a_linked_map_is_a_map_and_its_lists(ops in proptest::collection::vec(op(), 0..100)) {
        let mut map = LinkedMap::<u32, (), 2>::new();
        let mut model = Model::default();
        for op in &ops {
            apply(&mut map, &mut model, op);
            map.check().map_err(TestCaseError::fail)?;
            for (list, expected) in (0..2).zip(&model.0) {
                let walked: Vec<_> = map
                    .walk(list)
                    .map(|at| (map.key(at).to_text(), *map.value(at)))
                    .collect();
                prop_assert_eq!(&walked, expected);
                prop_assert_eq!(map.list_len(list), expected.len());
            }
        }
    }
}

#[test]
fn a_key_that_is_there_twice_is_noticed() {
    let mut map = LinkedMap::<u64, (), 1>::new();
    map.push_front(HashedKey::new("a"), 1, (), 0);
    assert_eq!(map.check(), Ok(()));
    map.push_front(HashedKey::new("a"), 2, (), 0);
    assert!(map.check().is_err());
}

#[test]
fn keys_of_one_hash_are_told_apart() {
    let mut map = LinkedMap::<u64, (), 1>::new();
    let [one, other] = two_of_one_hash();
    let (one, other) = (HashedKey::new(&one), HashedKey::new(&other));
    let at = map.push_front(one, 1, (), 0);
    assert_eq!((map.find(one), map.find(other)), (Some(at), None));
    map.push_front(other, 2, (), 0);
    assert_eq!(map.find_to_front(one), Some(&1));
    assert_eq!(map.find_to_front(other), Some(&2));
    assert_eq!(map.check(), Ok(()));
}

/// Two keys of one hash, which are always among so many keys that nobody need be lucky.
fn two_of_one_hash() -> [String; 2] {
    let mut hashed: Vec<(u32, String)> = (0..400_000)
        .map(|number| number.to_string())
        .map(|key| (HashedKey::new(&key).hash(), key))
        .collect();
    hashed.sort_unstable();
    let pair = hashed.windows(2).find(|pair| pair[0].0 == pair[1].0);
    let [(_, one), (_, other)] = pair.unwrap() else {
        unreachable!("a window of two is two");
    };
    [one.clone(), other.clone()]
}

#[test]
fn memory_is_given_back_when_entries_go() {
    let mut map = LinkedMap::<u64, (), 1>::new();
    for i in 0..10_000 {
        map.push_front(HashedKey::new(&i.to_string()), i, (), 0);
    }
    for left in (10..10_000).rev() {
        map.remove(0);
        let enough = 128.max(12 * left);
        assert!(map.nodes.capacity() <= enough && map.table.capacity() <= enough);
    }
    assert!(map.nodes.capacity() < 100 && map.table.capacity() < 100);
    for _ in 0..10 {
        map.remove(0);
    }
    assert_eq!((map.nodes.capacity(), map.table.capacity()), (0, 0));
}
