//! Where things are in Redis: names that are made of entries and scopes, no two of which meet.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use cubbyhole_core::{TierPlace, TierScope};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

/// A keyed hash of a cell or a scope: the first half of an HMAC-SHA256.
pub(crate) type Digest = [u8; 16];

/// A key that is longer is hashed where it would be part of a name in Redis.
const LONGEST_KEY: usize = 256;

/// Makes all names under one prefix.
pub(crate) struct Names {
    prefix: Box<str>,
    mac: Hmac<Sha256>,
    clear: bool,
}

/// A registry entry, as marks and messages name it.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) struct EntryName {
    pub(crate) kind: Box<str>,
    pub(crate) uid: Box<str>,
}

/// A cell: the place of the values of one registry entry in one scope.
pub(crate) struct CellName {
    pub(crate) digest: Digest,
    pub(crate) scope: Digest,
    pub(crate) entry: Arc<EntryName>,
    /// What the names of all its keys begin with. It has the hash tag that keeps them on one server of a cluster.
    base: Box<str>,
}

/// The keys of one value in Redis, all on one server.
pub(crate) struct KeyNames {
    pub(crate) value: String,
    pub(crate) lease: String,
    pub(crate) index: String,
    /// The name of the key in the index.
    pub(crate) member: String,
}

impl Names {
    pub(crate) fn new(prefix: &str, secret: &[u8], clear: bool) -> Self {
        Self {
            prefix: prefix.into(),
            mac: keyed(secret),
            clear,
        }
    }

    /// The channel has the number of the database in its name: a server has one channel of a name for all of them.
    pub(crate) fn channel(&self, database: i64) -> String {
        format!("{}:messages:{database}", self.prefix)
    }

    /// The hash with the era and the count of what was invalidated.
    pub(crate) fn control(&self) -> String {
        format!("{0}:{{{0}}}:control", self.prefix)
    }

    /// The sorted set of what was invalidated, by its number.
    pub(crate) fn marks(&self) -> String {
        format!("{0}:{{{0}}}:marks", self.prefix)
    }

    /// The set of the entries that were ever used under the prefix.
    pub(crate) fn entries(&self) -> String {
        format!("{0}:{{{0}}}:entries", self.prefix)
    }

    pub(crate) fn scope(&self, scope: TierScope<'_>) -> Digest {
        self.digest("scope", &[scope.cache_type.as_str(), scope.id])
    }

    pub(crate) fn cell(&self, place: TierPlace<'_>) -> CellName {
        let TierPlace { kind, uid, scope } = place;
        let parts = [kind, uid, scope.cache_type.as_str(), scope.id];
        let digest = self.digest("cell", &parts);
        let tag = if self.clear {
            parts.map(escaped).join("/")
        } else {
            hex(&digest)
        };
        CellName {
            digest,
            scope: self.scope(scope),
            entry: Arc::new(EntryName::new(kind, uid)),
            base: format!("{}:{{{tag}}}:", self.prefix).into(),
        }
    }

    /// Each part goes in with its length before it, so no two lists of parts are one text.
    fn digest(&self, what: &str, parts: &[&str]) -> Digest {
        let mut mac = self.mac.clone();
        for part in [&*self.prefix, what].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let (first, _) = whole.split_at(16);
        first.try_into().unwrap_or_default()
    }
}

impl EntryName {
    pub(crate) fn new(kind: &str, uid: &str) -> Self {
        Self {
            kind: kind.into(),
            uid: uid.into(),
        }
    }

    /// Its name in the set of entries.
    pub(crate) fn member(&self) -> String {
        format!("{}:{}{}", self.kind.len(), self.kind, self.uid)
    }

    /// Reads [`member`](Self::member) back.
    pub(crate) fn of_member(member: &str) -> Option<Self> {
        let (length, rest) = member.split_once(':')?;
        let (kind, uid) = rest.split_at_checked(length.parse().ok()?)?;
        Some(Self::new(kind, uid))
    }
}

impl CellName {
    pub(crate) fn index(&self) -> String {
        format!("{}x", self.base)
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn key(&self, key: &str) -> KeyNames {
        let member = member(key);
        KeyNames {
            value: format!("{}v{member}", self.base),
            lease: format!("{}l{member}", self.base),
            index: self.index(),
            member,
        }
    }
}

/// Shows neither the scope nor what its digest is.
impl fmt::Debug for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellName")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// Shows the prefix alone.
impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// A key as it is, byte for byte, or its hash if it is long; the first character says which.
fn member(key: &str) -> String {
    if key.len() <= LONGEST_KEY {
        format!("={key}")
    } else {
        format!("#{}", hex(&Sha256::digest(key.as_bytes())))
    }
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "an HMAC takes keys of any length (RFC 2104, section 2)"
    )]
    Hmac::new_from_slice(secret).expect("an HMAC takes keys of any length")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Leaves letters, digits and a few signs as they are, and writes each other byte as `%` and two digits.
fn escaped(part: &str) -> String {
    part.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte) {
            text.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02x}");
        }
        text
    })
}

#[cfg(test)]
mod tests;
