//! A type with every shape that serde knows, values of it by chance, and bytes that pass as sound.

use std::collections::BTreeMap;
use std::time::Duration;

use cubbyhole_core::{FormatErrorKind, ValueFormat};
use cubbyhole_format::Format;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Everything {
    pub(crate) name: String,
    pub(crate) small: (i8, u16, char, bool),
    pub(crate) wide: (i128, u128, i64, u64),
    /// As bits, so that two that are not a number can be compared.
    pub(crate) double: Bits64,
    pub(crate) single: Bits32,
    pub(crate) option: Option<Box<Self>>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) by_number: BTreeMap<i32, Unit>,
    pub(crate) by_text: BTreeMap<String, Option<u8>>,
    pub(crate) array: [u8; 3],
    pub(crate) bytes: Vec<u8>,
    pub(crate) duration: Duration,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<u8>,
    pub(crate) tagged: Tagged,
    pub(crate) nothing: (),
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) enum Shape {
    Empty,
    One(Wrapper),
    Two(i32, String),
    Named { width: u32, inner: Option<bool> },
    Nothing(()),
    Deep(Vec<Self>),
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type")]
pub(crate) enum Tagged {
    Left { at: u64 },
    Right { text: String },
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Wrapper(pub(crate) i64);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Unit;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Bits64(pub(crate) f64);

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Bits32(pub(crate) f32);

impl PartialEq for Bits64 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl PartialEq for Bits32 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

pub(crate) fn everything() -> impl Strategy<Value = Everything> {
    flat(Just(None)).prop_recursive(2, 4, 1, |inner| {
        flat(inner.prop_map(|it| Some(Box::new(it))))
    })
}

fn flat(
    option: impl Strategy<Value = Option<Box<Everything>>> + 'static,
) -> BoxedStrategy<Everything> {
    let first = (
        text(),
        any::<(i8, u16, char, bool)>(),
        any::<(i128, u128, i64, u64)>(),
        any::<u64>().prop_map(|bits| Bits64(f64::from_bits(bits))),
        any::<u32>().prop_map(|bits| Bits32(f32::from_bits(bits))),
        option,
        prop::collection::vec(shape(), 0..4),
    );
    let second = (
        prop::collection::btree_map(any::<i32>(), Just(Unit), 0..4),
        prop::collection::btree_map(text(), any::<Option<u8>>(), 0..4),
        any::<[u8; 3]>(),
        prop::collection::vec(any::<u8>(), 0..8),
        any::<Duration>(),
        prop::collection::vec(any::<u8>(), 0..3),
        tagged(),
    );
    let both = (first, second).prop_map(|(first, second)| {
        let (name, small, wide, double, single, option, shapes) = first;
        let (by_number, by_text, array, bytes, duration, left_out, tagged) = second;
        Everything {
            name,
            small,
            wide,
            double,
            single,
            option,
            shapes,
            by_number,
            by_text,
            array,
            bytes,
            duration,
            left_out,
            tagged,
            nothing: (),
        }
    });
    both.boxed()
}

/// Short, so that every bit of it can be flipped.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter)
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Empty),
        any::<i64>().prop_map(|number| Shape::One(Wrapper(number))),
        (any::<i32>(), text()).prop_map(|(number, text)| Shape::Two(number, text)),
        any::<(u32, Option<bool>)>().prop_map(|(width, inner)| Shape::Named { width, inner }),
        Just(Shape::Nothing(())),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(Shape::Deep)
    })
}

fn tagged() -> impl Strategy<Value = Tagged> {
    prop_oneof![
        any::<u64>().prop_map(|at| Tagged::Left { at }),
        text().prop_map(|text| Tagged::Right { text }),
    ]
}

/// Puts a header before a payload that no value made, as somebody would who knows the format.
pub(crate) fn sealed(payload: &[u8], flags: u8) -> Vec<u8> {
    let mut bytes = vec![0xcb, b'h', b'v', 1, flags, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes);
    hasher.update(payload);
    bytes.extend_from_slice(&hasher.finalize().to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// Returns why bytes are refused as a value of a type.
pub(crate) fn refusal<V>(format: Format, bytes: &[u8]) -> FormatErrorKind
where
    Format: ValueFormat<V>,
{
    match ValueFormat::<V>::decode(&format, bytes) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.kind(),
    }
}

/// Returns why a value is not written.
pub(crate) fn unwritten<V>(format: Format, value: &V) -> FormatErrorKind
where
    Format: ValueFormat<V>,
{
    format.encode(value).unwrap_err().kind()
}
