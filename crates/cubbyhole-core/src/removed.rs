//! What an operation removed from a cache, kept until it can be dropped outside the lock.

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

/// Values on their way out of a cache.
///
/// Dropping a value runs code that is not ours, and code that is not ours does not run under our locks. An operation
/// on a [`CacheMap`](crate::CacheMap) hands its removed values over to this collection, which its caller drops once
/// the lock is free. It also counts them, which is what statistics are made of.
#[derive(Debug)]
pub struct Removed<V> {
    evicted: usize,
    expired: usize,
    deleted: usize,
    replaced: usize,
    key_bytes: usize,
    first: Option<V>,
    rest: Vec<V>,
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

    /// Takes over a value that was removed for this `cause`, with the length of its key.
    pub fn push(&mut self, cause: RemovalCause, key_bytes: usize, value: V) {
        self.count(cause, key_bytes);
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.rest.push(value);
        }
    }

    /// Counts an entry whose value went to somebody else, such as the caller of a `delete`.
    pub fn count(&mut self, cause: RemovalCause, key_bytes: usize) {
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
