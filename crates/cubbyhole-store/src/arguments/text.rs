//! The text of a value: compact, and never that of another value.
//!
//! Each value begins with a character that says what it is and where it ends, by a length or by a closing bracket, so
//! the text can be read back in one way only:
//!
//! | value | text | | value | text |
//! | --- | --- | --- | --- | --- |
//! | `true`, `false` | `T`, `F` | | unit | `_` |
//! | `7` as `u8` to `u128` | `7a` to `7e` | | `None`, `Some(7_u8)` | `N`, `S7a` |
//! | `7` as `i8` to `i128` | `7A` to `7E` | | sequence, tuple | `[7a8a]`, `(7a8a)` |
//! | `f32`, `f64` | `f`, `g` and the bits | | map | `{` keys and values `}` |
//! | `'x'` | `'x` | | `Unit`, `Id(7)` | `U4:Unit`, `W2:Id7a` |
//! | `"text"` | `4:text` | | `Pair(7, 8)` | `P4:Pair7a8a)` |
//! | bytes | `x2:07ff` | | `Point { x: 7 }` | `R5:Point1:x7a}` |
//!
//! The four kinds of variants are `V`, `X`, `Y` and `Z`, each with the enum, the index and the variant: `V5:Color0.3:Red`.

use std::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The text of a list of arguments as far as it is written.
#[derive(Clone, Debug)]
pub(super) struct KeyText(String);

impl KeyText {
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    /// Begins an argument; its value follows.
    pub(super) fn name(&mut self, name: &str) {
        self.text(name);
    }

    pub(super) fn type_name(&mut self, name: &str) {
        self.tagged('<', name);
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Writes a text with its length in front.
    fn text(&mut self, text: &str) {
        self.display(text.len());
        self.0.push(':');
        self.0.push_str(text);
    }

    fn tagged(&mut self, tag: char, name: &str) {
        self.0.push(tag);
        self.text(name);
    }

    fn variant(&mut self, tag: char, name: &str, index: u32, variant: &str) {
        self.tagged(tag, name);
        self.display(index);
        self.0.push('.');
        self.text(variant);
    }

    fn integer(&mut self, number: impl fmt::Display, width: char) {
        self.display(number);
        self.0.push(width);
    }

    fn display(&mut self, value: impl fmt::Display) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "{value}");
    }

    fn until(&mut self, close: char) -> Compound<'_> {
        Compound { text: self, close }
    }
}

/// Why a value cannot be serialized, in the words of its own `Serialize`.
#[derive(Debug)]
pub(super) struct Unserializable(String);

impl fmt::Display for Unserializable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unserializable {}

impl Error for Unserializable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Written = Result<(), Unserializable>;

impl<'a> Serializer for &'a mut KeyText {
    type Ok = ();
    type Error = Unserializable;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    fn serialize_bool(self, value: bool) -> Written {
        self.0.push(if value { 'T' } else { 'F' });
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.integer(value, 'a');
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.integer(value, 'b');
        Ok(())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.integer(value, 'c');
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Written {
        self.integer(value, 'd');
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Written {
        self.integer(value, 'e');
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.integer(value, 'A');
        Ok(())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.integer(value, 'B');
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.integer(value, 'C');
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Written {
        self.integer(value, 'D');
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Written {
        self.integer(value, 'E');
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Written {
        self.display(format_args!("f{:08x}", value.to_bits()));
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Written {
        self.display(format_args!("g{:016x}", value.to_bits()));
        Ok(())
    }

    fn serialize_char(self, value: char) -> Written {
        self.0.push('\'');
        self.0.push(value);
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Written {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        self.display(format_args!("x{}:", value.len()));
        for byte in value {
            self.display(format_args!("{byte:02x}"));
        }
        Ok(())
    }

    fn serialize_unit(self) -> Written {
        self.0.push('_');
        Ok(())
    }

    fn serialize_none(self) -> Written {
        self.0.push('N');
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        self.0.push('S');
        value.serialize(self)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Written {
        self.tagged('U', name);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Written {
        self.tagged('W', name);
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, Unserializable> {
        self.0.push('[');
        Ok(self.until(']'))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>, Unserializable> {
        self.0.push('(');
        Ok(self.until(')'))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Unserializable> {
        self.tagged('P', name);
        Ok(self.until(')'))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'a>, Unserializable> {
        Ok(Entries {
            text: self,
            entries: Vec::new(),
        })
    }

    fn serialize_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Unserializable> {
        self.tagged('R', name);
        Ok(self.until('}'))
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Written {
        self.variant('V', name, index, variant);
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        self.variant('X', name, index, variant);
        value.serialize(self)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Unserializable> {
        self.variant('Y', name, index, variant);
        Ok(self.until(')'))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Unserializable> {
        self.variant('Z', name, index, variant);
        Ok(self.until('}'))
    }
}

/// Values one after the other, up to a closing bracket.
pub(super) struct Compound<'a> {
    text: &'a mut KeyText,
    close: char,
}

impl Compound<'_> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.text)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Written {
        self.text.text(name);
        self.value(value)
    }

    fn close(self) {
        self.text.0.push(self.close);
    }
}

/// Implements the traits of compound values, which differ in their names alone.
macro_rules! compound {
    ($($compound:ident: $method:ident($($name:ident)?) by $write:ident;)*) => {$(
        impl $compound for Compound<'_> {
            type Ok = ();
            type Error = Unserializable;

            fn $method<T: Serialize + ?Sized>(&mut self, $($name: &'static str,)? value: &T) -> Written {
                self.$write($($name,)? value)
            }

            fn end(self) -> Written {
                self.close();
                Ok(())
            }
        }
    )*};
}

compound! {
    SerializeSeq: serialize_element() by value;
    SerializeTuple: serialize_element() by value;
    SerializeTupleStruct: serialize_field() by value;
    SerializeTupleVariant: serialize_field() by value;
    SerializeStruct: serialize_field(name) by field;
    SerializeStructVariant: serialize_field(name) by field;
}

/// The entries of a map, held back until they are all there and can be sorted.
pub(super) struct Entries<'a> {
    text: &'a mut KeyText,
    entries: Vec<(KeyText, KeyText)>,
}

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Unserializable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        let mut text = KeyText::new();
        key.serialize(&mut text)?;
        self.entries.push((text, KeyText::new()));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        let (_, text) = self
            .entries
            .last_mut()
            .ok_or_else(|| Unserializable::custom("a map has a value before its first key"))?;
        value.serialize(text)
    }

    fn end(mut self) -> Written {
        // Stable: whoever writes one key twice means something by the order.
        self.entries.sort_by(|(a, _), (b, _)| a.0.cmp(&b.0));
        self.text.0.push('{');
        for (key, value) in &self.entries {
            self.text.0.push_str(&key.0);
            self.text.0.push_str(&value.0);
        }
        self.text.0.push('}');
        Ok(())
    }
}
