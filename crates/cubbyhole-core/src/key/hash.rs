//! The hash of a key, seeded at random once in the life of the process.

use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

use hashbrown::DefaultHashBuilder;

use super::INLINE;

static HASHER: OnceLock<DefaultHashBuilder> = OnceLock::new();

/// Hashes the text of a key. O(length of the key).
#[inline]
pub(super) fn hash_of(text: &[u8]) -> u32 {
    match HASHER.get() {
        Some(builder) => hash_with(builder, text),
        None => hash_first(text),
    }
}

#[cold]
#[inline(never)]
fn hash_first(text: &[u8]) -> u32 {
    hash_with(HASHER.get_or_init(DefaultHashBuilder::default), text)
}

/// Hashes a short key by two or three loads, which overlap where it does not fill them. The hasher would read one of
/// up to 16 bytes in the same way, but makes a call for a longer one.
#[inline]
fn hash_with(builder: &DefaultHashBuilder, text: &[u8]) -> u32 {
    let mut hasher = builder.build_hasher();
    if text.len() <= 16 {
        hasher.write(text); // Alone, so without the length that sets it apart from what is hashed next.
    } else if text.len() <= INLINE
        && let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk())
    {
        hasher.write_u128(u128::from_le_bytes(*first));
        hasher.write_u64(u64::from_le_bytes(*last));
        hasher.write_usize(text.len()); // Tells how far they overlap.
    } else {
        return hash_long(builder, text);
    }
    half(hasher.finish())
}

/// Hashes a key of any length. Out of line, so that short keys do not carry the code along.
#[inline(never)]
fn hash_long(builder: &DefaultHashBuilder, text: &[u8]) -> u32 {
    let mut hasher = builder.build_hasher();
    hasher.write(text);
    half(hasher.finish())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half of a hash is as good as the upper"
)]
const fn half(hash: u64) -> u32 {
    hash as u32
}
