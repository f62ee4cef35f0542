//! A literal of the attribute, in the form in which serde reads it.

use serde::de::value::Error;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, UnOp};

/// A text or a number.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Whole(u128),
    Negative(i128),
    Fraction(f64),
}

impl Value {
    /// Reads a literal; `None` if the expression is none, or one that no field takes.
    pub(super) fn of(value: &Expr) -> Option<Self> {
        match value {
            Expr::Lit(ExprLit { lit, .. }) => Self::of_literal(lit),
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) => match Self::of(expr)? {
                Self::Whole(number) => i128::try_from(number)
                    .ok()
                    .map(|number| Self::Negative(-number)),
                Self::Fraction(number) => Some(Self::Fraction(-number)),
                Self::Text(_) | Self::Negative(_) => None,
            },
            Expr::Group(group) => Self::of(&group.expr),
            _ => None,
        }
    }

    fn of_literal(literal: &Lit) -> Option<Self> {
        match literal {
            Lit::Str(text) => Some(Self::Text(text.value())),
            Lit::Int(number) => number.base10_parse().ok().map(Self::Whole),
            Lit::Float(number) => number.base10_parse().ok().map(Self::Fraction),
            _ => None,
        }
    }

    /// Whether this is the kind of value that a field takes, be it good or bad.
    pub(super) fn suits(&self, field: &Ident) -> bool {
        match field.to_string().as_str() {
            "policy" | "cache_type" => matches!(self, Self::Text(_)),
            "max_size" | "max_computations" => matches!(self, Self::Whole(_) | Self::Negative(_)),
            _ => true,
        }
    }
}

impl IntoDeserializer<'_> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_string(text),
            Self::Whole(number) => match u64::try_from(number) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_u128(number),
            },
            Self::Negative(number) => match i64::try_from(number) {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => visitor.visit_i128(number),
            },
            Self::Fraction(number) => visitor.visit_f64(number),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
