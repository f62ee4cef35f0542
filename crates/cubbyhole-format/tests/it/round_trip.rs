//! What is written is read back, and nothing else.

use std::fmt::Debug;

use cubbyhole_core::{FormatErrorKind, ValueFormat};
use cubbyhole_format::Format;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::{Bits32, Bits64, Everything, Shape, Unit, everything, unwritten};

fn comes_back<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: &V) {
    let format = Format::new().named("it").with_version(7);
    let bytes = format.encode(value).unwrap();
    let read: V = format.decode(&bytes).unwrap();
    assert_eq!(read, *value);
}

proptest! {
    #[test]
    fn values_of_every_shape_come_back(value in everything()) {
        comes_back(&value);
    }

    #[test]
    fn trees_of_json_come_back(text in any::<String>(), number in any::<i64>()) {
        comes_back(&serde_json::json!({ "a": [text, number, null, true, { "": 1.5 }] }));
    }
}

#[test]
fn numbers_at_their_ends_come_back() {
    comes_back(&(i128::MIN, i128::MAX, u128::MAX, i64::MIN, u64::MAX));
    comes_back(&(i8::MIN, u8::MAX, i16::MIN, u16::MAX, i32::MIN, u32::MAX));
    let nan_with_a_message = f64::from_bits(0x7ff8_0000_dead_beef);
    comes_back(&[
        Bits64(nan_with_a_message),
        Bits64(-0.0),
        Bits64(f64::INFINITY),
    ]);
    comes_back(&Bits32(f32::from_bits(0xffc0_1234)));
}

#[test]
fn what_is_nothing_or_little_comes_back() {
    comes_back(&());
    comes_back(&Unit);
    comes_back(&None::<u8>);
    comes_back(&Some(Unit));
    comes_back(&Some(Some(3)));
    comes_back(&String::new());
    comes_back(&Vec::<Everything>::new());
    comes_back(&Shape::Nothing(()));
    comes_back(&Ok::<(), String>(()));
}

#[test]
fn what_would_come_back_as_none_is_not_written() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Newtype<V>(V);
    let kinds = [
        unwritten(Format::new(), &Some(None::<u8>)),
        unwritten(Format::new(), &Some(())),
        unwritten(Format::new(), &vec![Some(Some(None::<u8>))]),
        unwritten(Format::new(), &Some(Newtype(None::<u8>))),
        unwritten(Format::new(), &Some(serde_json::Value::Null)),
    ];
    assert_eq!(kinds, [FormatErrorKind::Unwritable; 5]);
    let error = Format::new().encode(&Some(())).unwrap_err();
    assert!(error.to_string().contains("make an enum of it"), "{error}");
}
