//! What an operation removed from a cache, kept until it can be dropped outside the lock.

use crate::{HashedKey, StoredKey};

/// Why an entry, or a value, left a cache.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RemovalCause {
    /// A new value took its place; the entry itself stays.
    Replaced,
    /// The policy has no room for it.
    Evicted,
    /// It is past its time.
    Expired,
    /// Somebody asked for it to go: a `delete`, a `clear`, the end of its scope.
    Deleted,
}

/// What is remembered of the key of an entry that left a cache: its length, which is counted, and its hash, by which
/// whoever has the key recognises it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RemovedKey {
    /// The length of the key in bytes.
    pub bytes: usize,
    /// The [hash](HashedKey::hash) of the key.
    pub hash: u32,
}

impl From<HashedKey<'_>> for RemovedKey {
    #[inline]
    fn from(key: HashedKey<'_>) -> Self {
        Self {
            bytes: key.as_str().len(),
            hash: key.hash(),
        }
    }
}

impl From<&StoredKey> for RemovedKey {
    /// Hashes the key: O(length of the key).
    #[inline]
    fn from(key: &StoredKey) -> Self {
        Self {
            bytes: key.as_bytes().len(),
            hash: key.hash(),
        }
    }
}

/// An entry, or a value, that left a cache.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RemovedEntry<V> {
    /// Why it left.
    pub cause: RemovalCause,
    /// The [hash](HashedKey::hash) of its key.
    pub hash: u32,
    /// The value, unless that went to somebody else.
    pub value: Option<V>,
}

/// What is on its way out of a cache.
///
/// Dropping a value runs code that is not ours, and code that is not ours does not run under our locks. An operation
/// on a [`CacheMap`](crate::CacheMap) hands its removed values over to this collection, which its caller drops once
/// the lock is free. It also counts them, which is what statistics are made of, and says what left and why.
///
/// The first of them lies in this struct: an operation that removes one allocates nothing here.
///
/// ```
/// use cubbyhole_core::{HashedKey, RemovalCause, Removed};
///
/// let (a, b) = (HashedKey::new("a"), HashedKey::new("b"));
/// let mut removed = Removed::new();
/// removed.push(RemovalCause::Evicted, a.into(), 1);
/// removed.count(RemovalCause::Deleted, b.into()); // Its value went to the caller of `delete`.
/// let left: Vec<_> = removed.drain().map(|entry| (entry.cause, entry.hash, entry.value)).collect();
/// assert_eq!(left, [
///     (RemovalCause::Evicted, a.hash(), Some(1)),
///     (RemovalCause::Deleted, b.hash(), None),
/// ]);
/// assert_eq!(removed.entries(), 2);
/// ```
#[derive(Debug)]
pub struct Removed<V> {
    evicted: usize,
    expired: usize,
    deleted: usize,
    replaced: usize,
    key_bytes: usize,
    /// Nothing only if the rest is empty, too.
    first: Option<RemovedEntry<V>>,
    rest: Vec<RemovedEntry<V>>,
}

impl<V> Removed<V> {
    /// Makes an empty collection. Allocates nothing.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self {
            evicted: 0,
            expired: 0,
            deleted: 0,
            replaced: 0,
            key_bytes: 0,
            first: None,
            rest: Vec::new(),
        }
    }

    /// Takes over a value that was removed for this `cause`.
    pub fn push(&mut self, cause: RemovalCause, key: RemovedKey, value: V) {
        self.add(cause, key, Some(value));
    }

    /// Counts an entry whose value went to somebody else, such as the caller of a `delete`.
    pub fn count(&mut self, cause: RemovalCause, key: RemovedKey) {
        self.add(cause, key, None);
    }

    /// Takes out what was removed, in the order of its removal. What is not consumed of it is dropped with the
    /// iterator.
    ///
    /// The counts stay what they are.
    pub fn drain(&mut self) -> impl Iterator<Item = RemovedEntry<V>> {
        self.first.take().into_iter().chain(self.rest.drain(..))
    }

    fn add(&mut self, cause: RemovalCause, key: RemovedKey, value: Option<V>) {
        self.tally(cause, key.bytes);
        let entry = RemovedEntry {
            cause,
            hash: key.hash,
            value,
        };
        if self.first.is_none() {
            self.first = Some(entry);
        } else {
            self.rest.push(entry);
        }
    }

    const fn tally(&mut self, cause: RemovalCause, key_bytes: usize) {
        match cause {
            RemovalCause::Replaced => {
                self.replaced += 1;
                return;
            }
            RemovalCause::Evicted => self.evicted += 1,
            RemovalCause::Expired => self.expired += 1,
            RemovalCause::Deleted => self.deleted += 1,
        }
        self.key_bytes += key_bytes;
    }

    /// Returns how many entries (for [`RemovalCause::Replaced`]: values) left for this cause.
    #[must_use]
    pub const fn counted(&self, cause: RemovalCause) -> usize {
        match cause {
            RemovalCause::Replaced => self.replaced,
            RemovalCause::Evicted => self.evicted,
            RemovalCause::Expired => self.expired,
            RemovalCause::Deleted => self.deleted,
        }
    }

    /// Returns how many entries left the cache; a replaced value leaves its entry where it is.
    #[must_use]
    #[inline]
    pub const fn entries(&self) -> usize {
        self.evicted + self.expired + self.deleted
    }

    /// Returns the sum of the lengths of the keys that left, in bytes.
    #[must_use]
    pub const fn key_bytes(&self) -> usize {
        self.key_bytes
    }

    /// Returns whether nothing was removed or replaced.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.entries() + self.replaced == 0
    }
}

impl<V> Default for Removed<V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
