//! A serializer around another one, which refuses what would be read back as something else.
//!
//! MessagePack, as JSON and CBOR, writes `None` and `()` as nothing, and `Some(x)` as `x`. `Some(None)` and `Some(())`
//! come back as `None`: a wrong value. How deep the value nests is counted here, too, because what nests deeper than is
//! read back need not be written.

use std::cell::Cell;
use std::fmt::Display;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::outline::DEEPEST;

/// Why the value was refused, if it was: the error of the inner serializer cannot say it apart from its own.
#[derive(Default)]
pub(crate) struct Refusal(Cell<Option<&'static str>>);

impl Refusal {
    pub(crate) const fn message(&self) -> Option<&'static str> {
        self.0.get()
    }
}

/// The serializer: everything goes on to the inner one, and nothing is added.
pub(crate) struct Faithful<'a, S> {
    inner: S,
    place: Place<'a>,
}

impl<'a, S> Faithful<'a, S> {
    pub(crate) const fn new(inner: S, refusal: &'a Refusal) -> Self {
        let place = Place {
            depth: 0,
            is_in_some: false,
            refusal,
        };
        Self { inner, place }
    }
}

/// Where in the value the serializer is.
#[derive(Clone, Copy)]
struct Place<'a> {
    depth: usize,
    /// Whether nothing has been written since `Some`.
    is_in_some: bool,
    refusal: &'a Refusal,
}

impl<'a> Place<'a> {
    /// The place inside of so many more arrays and maps.
    fn deeper<E: Error>(self, by: usize) -> Result<Self, E> {
        if self.depth + by > DEEPEST {
            return Err(self.refuse("the value nests deeper than could be read back (128)"));
        }
        Ok(Self {
            depth: self.depth + by,
            is_in_some: false,
            ..self
        })
    }

    /// Refuses nothing right behind `Some`.
    fn check_nothing<E: Error>(self) -> Result<(), E> {
        if self.is_in_some {
            return Err(self.refuse(
                "the value has `Some` of what is written as nothing and would be read back as `None`: \
                 make an enum of it",
            ));
        }
        Ok(())
    }

    fn refuse<E: Error>(self, message: &'static str) -> E {
        self.refusal.0.set(Some(message));
        E::custom(message)
    }
}

/// A part of the value, to be written by a serializer of the same make.
struct Inside<'a, T: ?Sized> {
    value: &'a T,
    place: Place<'a>,
}

impl<T: Serialize + ?Sized> Serialize for Inside<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let place = self.place;
        self.value.serialize(Faithful { inner, place })
    }
}

/// An array or a map that is being written.
pub(crate) struct Open<'a, C> {
    inner: C,
    /// The place of what is in it.
    place: Place<'a>,
}

macro_rules! forward {
    ($($method:ident($type:ty))*) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        })*
    };
}

/// Writes the methods that open an array or a map, so many deep.
macro_rules! open {
    ($($method:ident -> $open:ident, $by:literal, ($($name:ident: $type:ty),*))*) => {
        $(fn $method(self, $($name: $type),*) -> Result<Self::$open, S::Error> {
            let place = self.place.deeper($by)?;
            let inner = self.inner.$method($($name),*)?;
            Ok(Open { inner, place })
        })*
    };
}

impl<'a, S: Serializer> Serializer for Faithful<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Open<'a, S::SerializeSeq>;
    type SerializeTuple = Open<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Open<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Open<'a, S::SerializeTupleVariant>;
    type SerializeMap = Open<'a, S::SerializeMap>;
    type SerializeStruct = Open<'a, S::SerializeStruct>;
    type SerializeStructVariant = Open<'a, S::SerializeStructVariant>;

    forward! {
        serialize_bool(bool)
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_f32(f32) serialize_f64(f64)
        serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_unit_struct(&'static str)
    }

    open! {
        serialize_seq -> SerializeSeq, 1, (length: Option<usize>)
        serialize_tuple -> SerializeTuple, 1, (length: usize)
        serialize_tuple_struct -> SerializeTupleStruct, 1, (name: &'static str, length: usize)
        serialize_tuple_variant -> SerializeTupleVariant, 2,
            (name: &'static str, index: u32, variant: &'static str, length: usize)
        serialize_map -> SerializeMap, 1, (length: Option<usize>)
        serialize_struct -> SerializeStruct, 1, (name: &'static str, length: usize)
        serialize_struct_variant -> SerializeStructVariant, 2,
            (name: &'static str, index: u32, variant: &'static str, length: usize)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.place.check_nothing()?;
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let place = Place {
            is_in_some: true,
            ..self.place
        };
        self.inner.serialize_some(&Inside { value, place })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.place.check_nothing()?;
        self.inner.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let place = self.place;
        self.inner
            .serialize_newtype_struct(name, &Inside { value, place })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let place = self.place.deeper(1)?;
        self.inner
            .serialize_newtype_variant(name, index, variant, &Inside { value, place })
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Implements a trait of what is open: the values go inside, the rest goes on.
macro_rules! contents {
    ($($trait:ident: $($method:ident($($key:ident)?)),*;)*) => {
        $(impl<C: $trait> $trait for Open<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), C::Error> {
                let inside = Inside { value, place: self.place };
                self.inner.$method($($key,)? &inside)
            })*

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        })*
    };
}

contents! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(key);
    SerializeStructVariant: serialize_field(key);
}
