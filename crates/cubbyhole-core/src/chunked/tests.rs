//! Random operations on a chunked vector and on a plain one, compared after every step, and what is moved.

use proptest::prelude::*;

use super::*;

/// Chunks are short in tests.
const CHUNK: usize = Chunks::<u32>::CHUNK;

#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    /// How many elements are removed, and where, in parts of the length.
    Remove(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (1..90_usize).prop_map(Op::Push),
        (1..90_usize, 0..1000_usize).prop_map(|(count, place)| Op::Remove(count, place)),
    ]
}

fn get(vector: &ChunkedVec<u32>, place: usize) -> Option<&u32> {
    match vector {
        ChunkedVec::One(elements) => elements.at(place),
        ChunkedVec::Many(chunks) => chunks.slices().at(place),
    }
}

/// Verifies that little memory is unused, and the structure.
fn check(vector: &ChunkedVec<u32>) {
    let (len, capacity) = (vector.len(), vector.capacity());
    assert!(
        capacity <= (len + 2 * CHUNK).min(16.max(4 * len)),
        "{capacity} for {len}"
    );
    vector.check().unwrap();
}

proptest! {
    #[test]
    fn a_chunked_vector_is_a_vector(ops in proptest::collection::vec(op(), 0..40)) {
        let (mut vector, mut model, mut next) = (ChunkedVec::new(), Vec::new(), 0);
        for op in ops {
            match op {
                Op::Push(count) => for _ in 0..count {
                    vector.push(next);
                    model.push(next);
                    next += 1;
                    check(&vector);
                }
                Op::Remove(count, place) => for _ in 0..count.min(model.len()) {
                    let place = place * model.len() / 1000;
                    prop_assert_eq!(vector.swap_remove(place), model.swap_remove(place));
                    check(&vector);
                }
            }
            prop_assert_eq!(vector.len(), model.len());
            prop_assert!(vector.iter().eq(&model));
            for place in 0..model.len() + 2 * CHUNK {
                prop_assert_eq!(get(&vector, place), model.get(place));
            }
        }
        prop_assert!(vector.into_elements().eq(model));
    }
}

#[test]
fn what_is_in_a_chunk_stays_where_it_is() {
    let mut vector = ChunkedVec::new();
    let mut places = Vec::new();
    for number in 0..5_000_u32 {
        vector.push(number);
        let place = std::ptr::from_ref(&vector[number as usize]);
        if number as usize + 1 < CHUNK {
            continue; // It is still a plain vector that grows.
        }
        places.push((number as usize, place));
        assert!(
            places
                .iter()
                .step_by(97)
                .all(|(at, place)| std::ptr::eq(&vector[*at], *place)),
            "something moved at {number}"
        );
    }
}

#[test]
fn a_chunked_vector_is_no_larger_than_a_vector() {
    assert_eq!(size_of::<ChunkedVec<u64>>(), size_of::<Vec<u64>>());
}

#[test]
#[should_panic(expected = "out of bounds")]
fn there_is_nothing_beyond_the_end() {
    let mut vector = ChunkedVec::new();
    (0..CHUNK + 1).for_each(|number| vector.push(number));
    vector[CHUNK + 1] = 0;
}
