//! A key on its way in, hashed once, and a key at rest.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

use hashbrown::DefaultHashBuilder;

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
        self.as_bytes() == other.text.as_bytes()
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

#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper half of a hash is as good as the lower"
)]
fn hash_of(bytes: &[u8]) -> u32 {
    static HASHER: OnceLock<DefaultHashBuilder> = OnceLock::new();
    let mut hasher = HASHER
        .get_or_init(DefaultHashBuilder::default)
        .build_hasher();
    hasher.write(bytes); // Alone, so without the length that sets it apart from what is hashed next.
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stored_key_takes_24_bytes() {
        assert_eq!(size_of::<StoredKey>(), 24);
    }

    proptest! {
        #[test]
        fn a_stored_key_is_the_key(text in ".{0,40}", other in ".{0,40}") {
            let stored = StoredKey::new(&text);
            prop_assert_eq!(stored.as_bytes(), text.as_bytes());
            prop_assert_eq!(stored.to_text(), text.clone());
            prop_assert_eq!(stored.hash(), HashedKey::new(&text).hash());
            prop_assert!(stored == HashedKey::new(&text));
            prop_assert_eq!(stored == HashedKey::new(&other), text == other);
            prop_assert_eq!(stored == StoredKey::new(&other), text == other);
        }
    }
}
