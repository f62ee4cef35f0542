//! Policies that come from a configuration.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cubbyhole_policy::CachePolicy;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::entry::StoreKey;
use crate::error::CacheError;

/// Policies by the uid of a registry entry, as a configuration has them: one table for each uid, in any format of serde.
///
/// A table is a policy as [`CachePolicy`] describes it. See
/// [`override_policies`](crate::CacheStore::override_policies).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PolicyOverrides(BTreeMap<String, CachePolicy>);

impl PolicyOverrides {
    /// Makes a configuration with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds the policy of a uid, in place of one that was there.
    #[must_use]
    pub fn with(mut self, uid: impl Into<String>, policy: impl Into<CachePolicy>) -> Self {
        self.0.insert(uid.into(), policy.into());
        self
    }

    /// Returns the uids, in alphabetical order, each with its policy.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CachePolicy)> {
        self.0.iter().map(|(uid, policy)| (uid.as_str(), policy))
    }
}

/// Why the policies of a configuration were refused.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum OverrideError {
    /// A uid that no registry entry has.
    #[error(transparent)]
    Unknown(#[from] UnknownEntry),
    /// A policy that cannot take the place of another one.
    #[error(transparent)]
    Refused(#[from] CacheError),
}

/// A uid, or a kind and a uid, that no registry entry has.
#[derive(Clone, Debug, Error)]
#[error("no registry entry {of_kind}has the uid {uid:?}{hint}")]
pub struct UnknownEntry {
    uid: String,
    of_kind: String,
    hint: String,
}

impl UnknownEntry {
    pub(crate) fn new<'a>(uid: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let mut known: Vec<_> = known.collect();
        known.sort_unstable();
        known.dedup();
        let near = known
            .iter()
            .map(|known| (distance(uid, known), *known))
            .filter(|(distance, _)| *distance <= uid.chars().count().div_ceil(3))
            .min();
        let mut hint = String::new();
        // Writing to a `String` cannot fail.
        let _ = match near {
            Some((_, near)) => write!(hint, ": did you mean {near:?}?"),
            None if known.is_empty() => write!(hint, ": none is registered yet"),
            None => write!(hint, ": registered are {}", listed(&known)),
        };
        Self {
            uid: uid.to_owned(),
            of_kind: String::new(),
            hint,
        }
    }

    /// Says which entries of the same kind there are, or which kinds.
    pub(crate) fn of<'a>(key: &StoreKey, known: impl Iterator<Item = &'a StoreKey>) -> Self {
        let known: Vec<_> = known.collect();
        let of_kind = known.iter().filter(|known| known.kind() == key.kind());
        let uids: Vec<_> = of_kind.map(|known| known.uid()).collect();
        let mut unknown = Self::new(key.uid(), uids.iter().copied());
        if uids.is_empty() && !known.is_empty() {
            let mut kinds: Vec<_> = known.iter().map(|known| known.kind()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            unknown.hint = format!(": there are only entries of the kinds {}", listed(&kinds));
        }
        unknown.of_kind = format!("of kind {:?} ", key.kind());
        unknown
    }

    /// Returns the uid.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

/// Returns how many letters have to be put in, left out or exchanged to make one word of the other. By Wagner and
/// Fischer, "The string-to-string correction problem", 1974.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<_> = other.chars().collect();
    let mut row: Vec<_> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (to, &of) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != of);
            diagonal = row[to + 1];
            row[to + 1] = exchanged.min(row[to] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    fn message(uid: &str, known: &[&str]) -> String {
        UnknownEntry::new(uid, known.iter().copied()).to_string()
    }

    #[test]
    fn an_unknown_uid_gets_a_suggestion() {
        let known = ["forecast", "balance"];
        let expected = "no registry entry has the uid \"forcast\": did you mean \"forecast\"?";
        assert_eq!(message("forcast", &known), expected);
        let expected =
            "no registry entry has the uid \"news\": registered are \"balance\", \"forecast\"";
        assert_eq!(message("news", &known), expected);
        assert!(message("news", &[]).ends_with("none is registered yet"));
    }

    #[test]
    fn distances_are_those_of_the_books() {
        for (one, other, apart) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(one, other), apart);
            assert_eq!(distance(other, one), apart);
        }
    }
}
