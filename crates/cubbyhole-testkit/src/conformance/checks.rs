//! The checks, one function each. A check that cannot tell one policy from another is not a check: each asks for the
//! answer that the profile promises.

pub mod bounds;
pub mod contents;
pub mod futures;
pub mod histories;
pub mod keys;
pub mod locks;
pub mod panics;
pub mod pins;
pub mod synchronous;
pub mod threads;
pub mod time;
pub mod values;

/// Numbered keys.
fn key(number: usize) -> String {
    format!("key {number}")
}

/// Numbered keys with their numbers as values.
fn numbered(numbers: std::ops::Range<u64>) -> impl Iterator<Item = (String, u64)> {
    numbers.map(|number| (format!("key {number}"), number))
}
