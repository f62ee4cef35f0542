//! Tokens: which node wrote something, and when in its own life.

use std::fmt::{self, Display};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The length of the text of a token, which the scripts know too.
pub(crate) const LENGTH: usize = 32;

/// Whoever holds a lease, and whoever wrote a value: a node, and a count that only rises there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Token {
    pub(crate) node: u64,
    pub(crate) count: u64,
}

/// Sixteen hexadecimal digits each. The scripts read the count as a number, which is exact up to 2^53.
impl Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.node, self.count)
    }
}

/// Gives out the tokens of one node.
#[derive(Debug)]
pub(crate) struct Tokens {
    node: u64,
    given: AtomicU64,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self {
            node: random(),
            given: AtomicU64::new(0),
        }
    }

    pub(crate) const fn node(&self) -> u64 {
        self.node
    }

    /// Returns a token above all that were given before.
    pub(crate) fn next(&self) -> Token {
        Token {
            node: self.node,
            count: self.given.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }

    /// Returns the count of the last token that was given.
    pub(crate) fn last(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }
}

/// Returns a number that no other process comes upon: the keys of std's hashes are random. It is no secret.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, Tokens, random};

    #[test]
    fn text_has_a_fixed_length_and_rises() {
        let tokens = Tokens::new();
        let [first, second] = [tokens.next(), tokens.next()].map(|token| token.to_string());
        assert_eq!([first.len(), second.len()], [LENGTH, LENGTH]);
        assert!(first < second);
    }

    #[test]
    fn random_numbers_differ() {
        let numbers: Vec<u64> = (0..100).map(|_| random()).collect();
        let mut unique = numbers.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), numbers.len());
    }
}
