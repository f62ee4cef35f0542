//! A serde visitor for values that are read from their text form.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};

use crate::error::PolicyError;

/// Reads a `T` from a string through its [`FromStr`].
pub(crate) struct ParsedVisitor<T> {
    expected: fn() -> String,
    target: PhantomData<T>,
}

impl<T> ParsedVisitor<T> {
    /// Takes what to say that was expected when there is no string at all.
    pub(crate) fn new(expected: fn() -> String) -> Self {
        Self {
            expected,
            target: PhantomData,
        }
    }
}

impl<T: FromStr<Err = PolicyError>> Visitor<'_> for ParsedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.expected)())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
