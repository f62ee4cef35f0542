//! A key that is made of arguments: two different lists of arguments never meet in one key.

mod text;

#[cfg(test)]
mod tests;

use serde::Serialize;

use text::KeyText;

/// Makes the key of a call from the names and values of its arguments.
///
/// Names, types and lengths are part of the key, so no choice of values makes two lists of arguments look alike:
/// `("a:b", "")` and `("a", "b")` are two keys, and so are `1` and `"1"`, `None` and `""`, and a list with a parameter
/// more. What counts is what a value serializes as. Floating-point numbers go by their bits, so that `0.0` and `-0.0`
/// are two and each NaN equals itself; the entries of a map are sorted, because the same `HashMap` has many orders. A
/// `HashSet` serializes as a sequence in an order of its own: pass a `BTreeSet`.
///
/// ```
/// use cubbyhole_store::ArgumentsKey;
///
/// let key = |city: &str, days: u32| ArgumentsKey::new().argument("city", city).argument("days", &days).finish();
/// assert_eq!(key("Bern", 3)?, key("Bern", 3)?);
/// assert_ne!(key("Bern", 3)?, key("Bern", 4)?);
/// # Ok::<(), cubbyhole_store::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`finish` returns the key"]
pub struct ArgumentsKey {
    text: Result<KeyText, ArgumentError>,
}

impl ArgumentsKey {
    /// Makes the key of a call without arguments.
    pub const fn new() -> Self {
        Self {
            text: Ok(KeyText::new()),
        }
    }

    /// Adds an argument.
    ///
    /// A value that cannot be serialized is an error, and [`finish`](Self::finish) returns the first.
    pub fn argument<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        if let Ok(text) = &mut self.text {
            text.name(name);
            if let Err(problem) = value.serialize(text) {
                self.text = Err(ArgumentError {
                    argument: name.into(),
                    problem: problem.to_string(),
                });
            }
        }
        self
    }

    /// Adds the name of a type, for what depends on a type beside the values of the arguments.
    pub fn type_name(mut self, name: &str) -> Self {
        if let Ok(text) = &mut self.text {
            text.type_name(name);
        }
        self
    }

    /// Returns the key.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`] if an argument could not be serialized.
    pub fn finish(self) -> Result<String, ArgumentError> {
        self.text.map(KeyText::into_string)
    }
}

impl Default for ArgumentsKey {
    fn default() -> Self {
        Self::new()
    }
}

/// An argument that cannot be part of a key, because it cannot be serialized.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the argument `{argument}` cannot be part of a key, because it cannot be serialized: {problem}"
)]
pub struct ArgumentError {
    argument: Box<str>,
    problem: String,
}

impl ArgumentError {
    /// Returns the name of the argument.
    #[must_use]
    pub fn argument(&self) -> &str {
        &self.argument
    }
}
