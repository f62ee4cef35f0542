//! A key on its way in, hashed once, and a key at rest.

mod hash;

use std::fmt;

use hash::hash_of;

/// A key with its hash, so that an operation hashes its key once however many tables it goes through.
///
/// The hash is seeded at random once in the life of the process.
#[derive(Clone, Copy)]
pub struct HashedKey<'a> {
    text: &'a str,
    hash: u32,
}

impl<'a> HashedKey<'a> {
    /// Hashes `key`. O(length of the key).
    #[must_use]
    #[inline]
    pub fn new(key: &'a str) -> Self {
        Self {
            text: key,
            hash: hash_of(key.as_bytes()),
        }
    }

    /// Returns the key.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// Returns the hash of the key: the same for equal keys as long as this process lives.
    #[must_use]
    #[inline]
    pub const fn hash(self) -> u32 {
        self.hash
    }
}

impl fmt::Debug for HashedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)
    }
}

/// A key at rest: up to 22 bytes inline, a longer one on the heap, in 24 bytes either way.
///
/// Keys of caches are short. Inline, they cost no allocation, and comparing one touches no other cache line.
#[derive(Clone)]
pub struct StoredKey(Text);

#[derive(Clone)]
enum Text {
    Inline { len: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl StoredKey {
    /// Copies a key.
    #[must_use]
    #[inline]
    pub fn new(key: &str) -> Self {
        let text = key.as_bytes();
        match u8::try_from(text.len()) {
            Ok(len) if text.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..text.len()].copy_from_slice(text);
                Self(Text::Inline { len, bytes })
            }
            _ => Self(Text::Heap(text.into())),
        }
    }

    /// Returns the bytes of the key, which are UTF-8.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Text::Heap(bytes) => bytes,
        }
    }

    /// Returns the key as text. O(length of the key).
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self.as_bytes()).into_owned()
    }

    /// Returns the hash of the key, the same as [`HashedKey::hash`] of its text. O(length of the key).
    #[must_use]
    pub fn hash(&self) -> u32 {
        hash_of(self.as_bytes())
    }

    /// Returns the key with its hash, to look it up with. O(length of the key).
    #[must_use]
    pub fn hashed(&self) -> HashedKey<'_> {
        HashedKey {
            // Always text, for it was made of text.
            text: std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            hash: self.hash(),
        }
    }

    /// Returns how many bytes the key takes beyond the 24 of this struct.
    #[must_use]
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Text::Inline { .. } => 0,
            Text::Heap(bytes) => bytes.len(),
        }
    }
}

impl From<HashedKey<'_>> for StoredKey {
    #[inline]
    fn from(key: HashedKey<'_>) -> Self {
        Self::new(key.text)
    }
}

impl PartialEq<HashedKey<'_>> for StoredKey {
    #[inline]
    fn eq(&self, other: &HashedKey<'_>) -> bool {
        let text = other.text.as_bytes();
        match &self.0 {
            Text::Inline { len, bytes } => {
                usize::from(*len) == text.len() && same_short(bytes, text)
            }
            Text::Heap(bytes) => **bytes == *text,
        }
    }
}

impl PartialEq for StoredKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for StoredKey {}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), f)
    }
}

/// Returns what a [`HashTable`](hashbrown::HashTable) takes as the hash of a key whose [`HashedKey::hash`] is `hash`.
///
/// Such a table takes its tag from the highest bits of 64 and its position from the lowest: a multiplication brings
/// all 32 bits to both.
#[must_use]
#[inline]
pub const fn table_hash(hash: u32) -> u64 {
    (hash as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_right(32)
}

/// With the length and the tag this makes 24 bytes, which is also what a `Box<[u8]>` and a tag take.
const INLINE: usize = 22;

/// Returns whether `text`, which is as long as the key in `stored`, is that key: by two loads of fixed width, which
/// overlap where the key does not fill them.
#[inline]
fn same_short(stored: &[u8; INLINE], text: &[u8]) -> bool {
    match text.len() {
        17.. => same_first::<16>(stored, text) && same_last::<8>(stored, text),
        8.. => same_first::<8>(stored, text) && same_last::<8>(stored, text),
        4.. => same_first::<4>(stored, text) && same_last::<4>(stored, text),
        2.. => same_first::<2>(stored, text) && same_last::<2>(stored, text),
        1 => same_first::<1>(stored, text),
        0 => true,
    }
}

/// Returns whether both start with the same `N` bytes.
#[inline]
fn same_first<const N: usize>(stored: &[u8], text: &[u8]) -> bool {
    let stored = stored.first_chunk::<N>();
    stored.is_some() && stored == text.first_chunk()
}

/// Returns whether `text` and as much of `stored` end with the same `N` bytes.
#[inline]
fn same_last<const N: usize>(stored: &[u8], text: &[u8]) -> bool {
    let stored = stored.get(..text.len()).and_then(<[u8]>::last_chunk::<N>);
    stored.is_some() && stored == text.last_chunk()
}

#[cfg(test)]
mod tests;
