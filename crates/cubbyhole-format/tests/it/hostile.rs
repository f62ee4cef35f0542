//! Bytes that were made to do harm.

use std::collections::BTreeMap;

use cubbyhole_core::{FormatErrorKind, ValueFormat};
use cubbyhole_format::Format;
use serde::{Deserialize, Serialize};

use crate::support::{refusal, sealed, unwritten};

/// Memory that may be taken for any bytes, however few: the deserializer makes room for what is said to come, but not
/// for more than a mebibyte.
const CONSTANT: u64 = 1 << 21;

fn most_memory(decode: impl FnOnce()) -> u64 {
    allocation_counter::measure(decode).bytes_max
}

fn is_cheap<V>(payload: &[u8])
where
    Format: ValueFormat<V>,
{
    let bytes = sealed(payload, 0);
    let memory = most_memory(|| {
        let _refused = refusal::<V>(Format::new(), &bytes);
    });
    assert!(memory < CONSTANT, "{memory} bytes for {payload:?}");
}

#[test]
fn lengths_that_are_not_there_take_no_memory() {
    let four_billion = [0xff; 4];
    for marker in [0xdb, 0xdd, 0xdf, 0xc6, 0xc9] {
        let payload = [&[marker][..], &four_billion[..]].concat();
        is_cheap::<Vec<u64>>(&payload);
        is_cheap::<String>(&payload);
        is_cheap::<BTreeMap<String, u64>>(&payload);
        is_cheap::<serde_json::Value>(&payload);
    }
}

#[test]
fn lengths_within_lengths_take_no_memory() {
    let mut payload = [0xdd, 0, 1, 0, 0].repeat(100);
    payload.push(1);
    is_cheap::<serde_json::Value>(&payload);
    is_cheap::<Vec<Vec<Vec<u64>>>>(&payload);
}

#[derive(Debug, Deserialize, Serialize)]
enum Negation {
    Not(Box<Self>),
    True,
}

#[derive(Debug, Deserialize, Serialize)]
struct Chain {
    next: Option<Box<Self>>,
}

/// A million deep, and a thousand times the stack of a thread.
#[test]
fn deep_bytes_do_not_overflow_the_stack() {
    let not = b"\x81\xa3Not".repeat(1_000_000);
    assert_eq!(
        refusal::<Negation>(Format::new(), &sealed(&not, 0)),
        FormatErrorKind::Shape
    );
    let next = b"\x81\xa4next".repeat(1_000_000);
    assert_eq!(
        refusal::<Chain>(Format::new(), &sealed(&next, 0)),
        FormatErrorKind::Shape
    );
    let arrays = [0x91].repeat(1_000_000);
    assert_eq!(
        refusal::<serde_json::Value>(Format::new(), &sealed(&arrays, 0)),
        FormatErrorKind::Shape
    );
}

fn negations(depth: usize) -> Negation {
    (0..depth).fold(Negation::True, |inner, _| Negation::Not(Box::new(inner)))
}

fn chain(depth: usize) -> Chain {
    (1..depth).fold(Chain { next: None }, |inner, _| Chain {
        next: Some(Box::new(inner)),
    })
}

/// What is written can be read: the two limits are the same.
#[test]
fn values_are_written_as_deep_as_they_are_read() {
    for bytes in [
        Format::new().encode(&negations(128)),
        Format::new().encode(&chain(128)),
    ] {
        let bytes = bytes.unwrap();
        let negation: Result<Negation, _> = Format::new().decode(&bytes);
        let chain: Result<Chain, _> = Format::new().decode(&bytes);
        assert!(negation.is_ok() || chain.is_ok());
    }
    assert_eq!(
        unwritten(Format::new(), &negations(129)),
        FormatErrorKind::Unwritable
    );
    assert_eq!(
        unwritten(Format::new(), &chain(129)),
        FormatErrorKind::Unwritable
    );
}

#[test]
fn values_are_not_written_far_beyond_the_limit() {
    let text = vec!["x".repeat(1_000); 10_000];
    let memory = most_memory(|| {
        let kind = unwritten(Format::new().limit(10_000), &text);
        assert_eq!(kind, FormatErrorKind::TooLarge);
    });
    assert!(memory < 64_000, "{memory}");
}
