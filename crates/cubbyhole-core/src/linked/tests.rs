//! Random operations on a linked map and on plain vectors, compared after every step.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Push(u8, u8),
    Remove(u8),
    ToFront(u8, u8),
    Replace(u8, u32),
    Drain,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..40_u8, 0..2_u8).prop_map(|(key, list)| Op::Push(key, list)),
        4 => (0..40_u8).prop_map(Op::Remove),
        4 => (0..40_u8, 0..2_u8).prop_map(|(key, list)| Op::ToFront(key, list)),
        2 => (0..40_u8, any::<u32>()).prop_map(|(key, value)| Op::Replace(key, value)),
        1 => Just(Op::Drain),
    ]
}

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
        Op::Push(key, list) => {
            let key = name(key);
            if map.find(HashedKey::new(&key)).is_none() {
                map.push_front(HashedKey::new(&key), 7, (), *list);
                model.0[usize::from(*list)].insert(0, (key, 7));
            }
        }
        Op::Remove(key) => {
            let removed = map
                .find(HashedKey::new(&name(key)))
                .map(|at| map.remove(at));
            let expected = model.take(&name(key));
            assert_eq!(
                removed.map(|(key, value, ())| (key.to_text(), value)),
                expected
            );
        }
        Op::ToFront(key, list) => {
            if let Some(at) = map.find(HashedKey::new(&name(key))) {
                map.move_to_front(at, *list);
            }
            if let Some(entry) = model.take(&name(key)) {
                model.0[usize::from(*list)].insert(0, entry);
            }
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
        Op::Drain => {
            let drained = map.drain().count();
            assert_eq!(drained, model.0.iter().map(Vec::len).sum::<usize>());
            *model = Model::default();
        }
    }
}

proptest! {
    #[test]
    fn a_linked_map_is_a_map_and_its_lists(ops in proptest::collection::vec(op(), 0..200)) {
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
fn memory_is_given_back_when_entries_go() {
    let mut map = LinkedMap::<u64, (), 1>::new();
    for i in 0..10_000 {
        map.push_front(HashedKey::new(&i.to_string()), i, (), 0);
    }
    for _ in 0..9_990 {
        map.remove(0);
    }
    assert!(map.nodes.capacity() < 100 && map.table.capacity() < 100);
    for _ in 0..10 {
        map.remove(0);
    }
    assert_eq!((map.nodes.capacity(), map.table.capacity()), (0, 0));
}
