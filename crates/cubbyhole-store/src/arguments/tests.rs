//! Equal lists of arguments have equal keys, and different ones have different keys.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::ser::{SerializeMap, SerializeSeq, SerializeTuple};
use serde::{Serialize, Serializer};

use super::{ArgumentError, ArgumentsKey};

fn key_of<T: Serialize + ?Sized>(value: &T) -> String {
    ArgumentsKey::new().argument("a", value).finish().unwrap()
}

/// One value of every shape that serde knows; equal if it is the same value of the same shape.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Value {
    Bool(bool),
    Byte(u8),
    Word(u32),
    Signed(i32),
    Float(u64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Unit,
    Missing,
    Present(Box<Self>),
    Sequence(Vec<Self>),
    Tuple(Vec<Self>),
    Map(BTreeMap<Self, Self>),
    Named(Named),
}

/// What the derive of serde makes of structs and enums, field by field.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(untagged)]
enum Named {
    Unit(UnitStruct),
    Wrapped(Box<Wrapped>),
    Pair(Box<Pair>),
    Fields(Box<Fields>),
    Variant(Box<Variant>),
    Other(Box<Other>),
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct UnitStruct;

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Wrapped(Value);

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Pair(Value, Value);

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Fields {
    #[serde(skip_serializing_if = "Value::is_unit")]
    a: Value,
    #[serde(skip_serializing_if = "Value::is_unit")]
    b: Value,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
enum Variant {
    A,
    B,
    Wrapped(Value),
    Pair(Value, Value),
    Fields { a: Value, b: Value },
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
enum Other {
    A,
    Wrapped(Value),
}

impl Value {
    fn is_unit(&self) -> bool {
        *self == Self::Unit
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Byte(value) => serializer.serialize_u8(*value),
            Self::Word(value) => serializer.serialize_u32(*value),
            Self::Signed(value) => serializer.serialize_i32(*value),
            Self::Float(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Unit => serializer.serialize_unit(),
            Self::Missing => serializer.serialize_none(),
            Self::Present(value) => serializer.serialize_some(value),
            Self::Sequence(values) => {
                let mut sequence = serializer.serialize_seq(None)?;
                values
                    .iter()
                    .try_for_each(|value| sequence.serialize_element(value))?;
                sequence.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values
                    .iter()
                    .try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                // Backwards: the key must not depend on the order.
                let mut entries = entries.iter().rev();
                entries.try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Named(value) => value.serialize(serializer),
        }
    }
}

/// Texts that look like what the key puts around values.
fn texts() -> impl Strategy<Value = String> {
    vec(
        prop::sample::select(vec![
            "", "a", "1", ":", "1:", "a:b", "[", "]", ")", "}", "_", "N", "7c", "é", "\0",
        ]),
        0..3,
    )
    .prop_map(|parts| parts.concat())
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (0..12_u8).prop_map(Value::Byte),
        (0..12_u32).prop_map(Value::Word),
        (-2..12_i32).prop_map(Value::Signed),
        prop::sample::select(vec![0.0, -0.0, 1.0, f64::NAN, -f64::NAN, f64::INFINITY])
            .prop_map(|number: f64| Value::Float(number.to_bits())),
        prop::sample::select(vec!['a', '1', ':', 'é']).prop_map(Value::Char),
        texts().prop_map(Value::Text),
        vec(any::<u8>(), 0..3).prop_map(Value::Bytes),
        Just(Value::Unit),
        Just(Value::Missing),
        Just(Value::Named(Named::Unit(UnitStruct))),
        Just(Value::Named(Named::Variant(Box::new(Variant::A)))),
        Just(Value::Named(Named::Variant(Box::new(Variant::B)))),
        Just(Value::Named(Named::Other(Box::new(Other::A)))),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(3, 12, 3, |inner| {
        let one = || inner.clone();
        prop_oneof![
            one().prop_map(|value| Value::Present(Box::new(value))),
            vec(one(), 0..4).prop_map(Value::Sequence),
            vec(one(), 0..4).prop_map(Value::Tuple),
            btree_map(one(), one(), 0..3).prop_map(Value::Map),
            one().prop_map(|value| Value::Named(Named::Wrapped(Box::new(Wrapped(value))))),
            (one(), one()).prop_map(|(a, b)| Value::Named(Named::Pair(Box::new(Pair(a, b))))),
            (one(), one())
                .prop_map(|(a, b)| Value::Named(Named::Fields(Box::new(Fields { a, b })))),
            one().prop_map(|value| Value::Named(Named::Variant(Box::new(Variant::Wrapped(value))))),
            (one(), one())
                .prop_map(|(a, b)| Value::Named(Named::Variant(Box::new(Variant::Pair(a, b))))),
            (one(), one()).prop_map(|(a, b)| Value::Named(Named::Variant(Box::new(
                Variant::Fields { a, b }
            )))),
            one().prop_map(|value| Value::Named(Named::Other(Box::new(Other::Wrapped(value))))),
        ]
    })
}

type List = Vec<(String, Value)>;

fn lists() -> impl Strategy<Value = List> {
    vec((texts(), values()), 0..4)
}

/// Two lists: strangers, the same, or the same but for one argument.
fn pairs() -> impl Strategy<Value = (List, List)> {
    prop_oneof![
        (lists(), lists()),
        lists().prop_map(|list| (list.clone(), list)),
        (lists(), any::<prop::sample::Index>(), texts(), values()).prop_map(
            |(list, place, name, value)| {
                let mut other = list.clone();
                if other.is_empty() {
                    other.push((name, value));
                } else {
                    let place = place.index(other.len());
                    match name.len() % 3 {
                        0 => other[place].1 = value,
                        1 => other[place].0 = name,
                        _ => drop(other.remove(place)),
                    }
                }
                (list, other)
            }
        ),
    ]
}

fn key_of_list(list: &[(String, Value)]) -> String {
    let key = ArgumentsKey::new();
    let key = list
        .iter()
        .fold(key, |key, (name, value)| key.argument(name, value));
    key.finish().unwrap()
}

proptest! {
    #[test]
    fn keys_are_equal_exactly_if_the_arguments_are((left, right) in pairs()) {
        prop_assert_eq!(key_of_list(&left) == key_of_list(&right), left == right);
    }

    #[test]
    fn no_key_is_the_beginning_of_that_of_another_single_value(left in values(), right in values()) {
        let (left_key, right_key) = (key_of(&left), key_of(&right));
        prop_assert_eq!(right_key.starts_with(&left_key), left == right);
    }
}

/// All small values meet each other: what random pairs might miss.
#[test]
fn no_two_small_values_have_one_key() {
    let leaves = [
        Value::Bool(true),
        Value::Byte(1),
        Value::Word(1),
        Value::Signed(1),
        Value::Char('1'),
        Value::Text(String::new()),
        Value::Text("1".to_owned()),
        Value::Text("1a".to_owned()),
        Value::Bytes(Vec::new()),
        Value::Bytes(b"1".to_vec()),
        Value::Unit,
        Value::Missing,
    ];
    let mut all = leaves.to_vec();
    for a in &leaves {
        all.push(Value::Present(Box::new(a.clone())));
        all.push(Value::Named(Named::Wrapped(Box::new(Wrapped(a.clone())))));
        for many in [vec![], vec![a.clone()]] {
            all.push(Value::Sequence(many.clone()));
            all.push(Value::Tuple(many));
        }
        for b in &leaves {
            let (a, b) = (a.clone(), b.clone());
            all.push(Value::Sequence(vec![a.clone(), b.clone()]));
            all.push(Value::Tuple(vec![a.clone(), b.clone()]));
            all.push(Value::Map(BTreeMap::from([(a.clone(), b.clone())])));
            all.push(Value::Named(Named::Pair(Box::new(Pair(
                a.clone(),
                b.clone(),
            )))));
            all.push(Value::Named(Named::Fields(Box::new(Fields { a, b }))));
        }
    }
    all.sort();
    all.dedup();
    let mut seen = BTreeMap::new();
    for value in &all {
        if let Some(other) = seen.insert(key_of(value), value) {
            panic!("{other:?} and {value:?} have one key");
        }
    }
    assert!(seen.len() > 700, "{} values", seen.len());
}

#[test]
fn a_separator_inside_an_argument_is_no_separator() {
    let key = |a: &str, b: &str| {
        ArgumentsKey::new()
            .argument("a", a)
            .argument("b", b)
            .finish()
    };
    assert_ne!(key("a:b", ""), key("a", "b"));
    assert_ne!(key("", "a:b"), key("a", "b"));
    assert_ne!(key("x1:by", ""), key("x", "y"));
}

#[test]
fn c8_names_order_and_number_of_arguments_count() {
    let key = |names: &[&str]| {
        let key = ArgumentsKey::new();
        names
            .iter()
            .fold(key, |key, name| key.argument(name, &1))
            .finish()
    };
    let keys = [
        key(&[]),
        key(&["a"]),
        key(&["b"]),
        key(&["a", "b"]),
        key(&["b", "a"]),
    ];
    for (place, one) in keys.iter().enumerate() {
        assert!(keys[..place].iter().all(|other| other != one), "{one:?}");
    }
}

#[test]
fn names_of_types_count() {
    let key = |name| {
        ArgumentsKey::new()
            .type_name(name)
            .argument("a", &1)
            .finish()
    };
    assert_ne!(key("A"), key("B"));
    assert_ne!(key("A"), ArgumentsKey::new().argument("a", &1).finish());
    let text = ArgumentsKey::new().argument("A", "").finish();
    assert_ne!(ArgumentsKey::new().type_name("A").finish(), text);
}

/// Writes one key several times, as a list of headers does.
struct Headers(&'static [(&'static str, u8)]);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[test]
fn the_order_of_what_has_one_key_in_a_map_counts() {
    let headers = |entries| key_of(&Headers(entries));
    assert_ne!(
        headers(&[("a", 1), ("a", 2)]),
        headers(&[("a", 2), ("a", 1)])
    );
}

#[test]
fn a_map_has_one_key_in_whatever_order_it_comes() {
    let map = |entries| key_of(&Headers(entries));
    assert_eq!(map(&[("a", 1), ("b", 2)]), map(&[("b", 2), ("a", 1)]));
    assert_ne!(map(&[("a", 1), ("b", 2)]), map(&[("a", 2), ("b", 1)]));
}

#[test]
fn floats_go_by_their_bits() {
    assert_ne!(key_of(&0.0_f64), key_of(&-0.0_f64));
    assert_eq!(key_of(&f64::NAN), key_of(&f64::NAN));
    assert_ne!(key_of(&f64::NAN), key_of(&-f64::NAN));
    assert_ne!(key_of(&1.0_f32), key_of(&1.0_f64));
    assert_eq!(key_of(&1.0_f32), "1:af3f800000");
}

#[test]
fn the_text_is_the_one_that_is_documented() {
    #[derive(Serialize)]
    enum Color {
        Red,
    }
    for (key, expected) in [
        (key_of(&true), "T"),
        (key_of(&7_u8), "7a"),
        (
            key_of(&u128::MAX),
            "340282366920938463463374607431768211455e",
        ),
        (key_of(&-7_i64), "-7D"),
        (key_of(&'x'), "'x"),
        (key_of("text"), "4:text"),
        (key_of(&()), "_"),
        (key_of(&None::<u8>), "N"),
        (key_of(&Some(7_u8)), "S7a"),
        (key_of(&[7_u8, 8].as_slice()), "[7a8a]"),
        (key_of(&(7_u8, 8_u8)), "(7a8a)"),
        (
            key_of(&BTreeMap::from([("b", 1_u8), ("a", 2)])),
            "{1:a2a1:b1a}",
        ),
        (key_of(&UnitStruct), "U10:UnitStruct"),
        (key_of(&Color::Red), "V5:Color0.3:Red"),
        (key_of(&Value::Bytes(vec![7, 255])), "x2:07ff"),
        (
            key_of(&Fields {
                a: Value::Byte(7),
                b: Value::Unit,
            }),
            "R6:Fields1:a7a}",
        ),
    ] {
        assert_eq!(key, format!("1:a{expected}"));
    }
}

/// A value that has no serialized form, such as a path that is not Unicode.
struct Unspeakable;

impl Serialize for Unspeakable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it has no words"))
    }
}

#[test]
fn what_cannot_be_serialized_is_named() {
    let key = ArgumentsKey::new().argument("fine", &1);
    let key = key
        .argument("path", &[Some(Unspeakable)])
        .argument("next", &Unspeakable);
    let error: ArgumentError = key.type_name("T").finish().unwrap_err();
    assert_eq!(error.argument(), "path");
    assert_eq!(
        error.to_string(),
        "the argument `path` cannot be part of a key, because it cannot be serialized: it has no words"
    );
}
