//! Types that change: what is still read, what is a miss, and why it is this format and not a terser one.

use cubbyhole_core::{FormatErrorKind, ValueFormat};
use cubbyhole_format::Format;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::support::refusal;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Price {
    amount: u32,
    stock: u32,
}

const PRICE: Price = Price {
    amount: 995,
    stock: 3,
};

/// Two fields have changed places.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Reordered {
    stock: u32,
    amount: u32,
}

/// There is a new field in front, which may be missing.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Discounted {
    discount: Option<u32>,
    amount: u32,
    stock: u32,
}

/// There is one field less.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Unlimited {
    amount: u32,
}

/// There is a new field, which must not be missing.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Taxed {
    amount: u32,
    stock: u32,
    tax: u32,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum Colour {
    Red,
    Green,
}

/// A variant has come before the others.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum MoreColours {
    Blue,
    Red,
    Green,
}

fn read_as<V: DeserializeOwned + Serialize>(
    value: &(impl Serialize + DeserializeOwned),
) -> Option<V> {
    let bytes = Format::new().encode(value).unwrap();
    Format::new().decode(&bytes).ok()
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let (stock, amount) = (3, 995);
    assert_eq!(read_as(&PRICE), Some(Reordered { stock, amount }));
}

#[test]
fn a_new_optional_field_is_none_in_old_values() {
    let (amount, stock) = (995, 3);
    let discount = None;
    let expected = Discounted {
        discount,
        amount,
        stock,
    };
    assert_eq!(read_as(&PRICE), Some(expected));
}

#[test]
fn a_field_that_has_gone_is_passed_over() {
    assert_eq!(read_as(&PRICE), Some(Unlimited { amount: 995 }));
}

#[test]
fn a_new_field_that_must_be_there_makes_old_values_misses() {
    let bytes = Format::new().encode(&PRICE).unwrap();
    assert_eq!(
        refusal::<Taxed>(Format::new(), &bytes),
        FormatErrorKind::Shape
    );
}

#[test]
fn a_new_variant_changes_none_of_the_others() {
    assert_eq!(read_as(&Colour::Red), Some(MoreColours::Red));
    assert_eq!(read_as(&Colour::Green), Some(MoreColours::Green));
    assert_eq!(read_as::<Colour>(&MoreColours::Blue), None);
}

/// Postcard tells neither fields nor variants apart. These are the wrong values that it would give, with a checksum that
/// is right and no error; see docs/decisions/0016-value-format.md.
#[test]
fn postcard_would_give_wrong_values() {
    let price = postcard::to_stdvec(&PRICE).unwrap();
    let reordered: Reordered = postcard::from_bytes(&price).unwrap();
    assert_eq!((reordered.amount, reordered.stock), (3, 995));
    let red = postcard::to_stdvec(&Colour::Red).unwrap();
    let read: MoreColours = postcard::from_bytes(&red).unwrap();
    assert_eq!(read, MoreColours::Blue);
    // A flag that became an optional discount: 1 is taken for `Some`.
    let flagged = postcard::to_stdvec(&(true, 995_u32, 3_u32)).unwrap();
    let discounted: (Option<u32>, u32) = postcard::from_bytes(&flagged).unwrap();
    assert_eq!(discounted, (Some(995), 3));
}

/// Without the names of fields, MessagePack is no better.
#[test]
fn messagepack_without_names_would_give_wrong_values() {
    let in_order = Format::new().encode(&(PRICE.amount, PRICE.stock)).unwrap();
    let reordered: Reordered = Format::new().decode(&in_order).unwrap();
    assert_eq!((reordered.amount, reordered.stock), (3, 995));
}
