//! Seven bits of each key's hash, for sixteen slots side by side.

use cubbyhole_core::HashedKey;

/// The tags of sixteen slots: a slot whose tag is not that of a key does not hold this key, and is not looked at.
///
/// A free slot has the tag 0, and so may a key: one that looks at a free slot finds that it is free. A tag has seven
/// bits, which leaves one to find equal tags by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tags([[u8; 8]; 2]);

impl Tags {
    /// No slot is taken.
    pub(super) const FREE: Self = Self([[0; 8]; 2]);

    /// Returns the tag of a key.
    #[inline]
    pub(super) const fn of(key: HashedKey<'_>) -> u8 {
        Self::of_hash(key.hash())
    }

    /// Returns the tag of a key that has this hash.
    #[inline]
    pub(super) const fn of_hash(hash: u32) -> u8 {
        let [.., highest] = hash.to_le_bytes();
        highest >> 1
    }

    /// Returns the lowest of the slots with this tag.
    #[inline]
    pub(super) const fn first_candidate(&self, tag: u8) -> Option<usize> {
        let [lower, upper] = self.0;
        let bits = equal_bytes(lower, tag);
        if bits != 0 {
            return Some(lowest(bits));
        }
        let bits = equal_bytes(upper, tag);
        if bits != 0 {
            Some(8 + lowest(bits))
        } else {
            None
        }
    }

    /// Returns the slots with this tag, lowest first, and now and then one that has another.
    #[inline]
    pub(super) const fn candidates(&self, tag: u8) -> Candidates {
        let [lower, upper] = self.0;
        Candidates {
            lower: equal_bytes(lower, tag),
            upper: equal_bytes(upper, tag),
        }
    }

    /// Returns the tag of a slot.
    pub(super) const fn get(self, slot: usize) -> u8 {
        self.0[slot / 8][slot % 8]
    }

    /// Gives a slot a tag.
    #[inline]
    pub(super) const fn set(&mut self, slot: usize, tag: u8) {
        self.0[slot / 8][slot % 8] = tag;
    }

    /// Marks a slot as free.
    pub(super) const fn free(&mut self, slot: usize) {
        self.0[slot / 8][slot % 8] = 0;
    }
}

/// Slots that may hold a key: the highest bit of each one's byte.
///
/// Two words with a branch between them: most caches have no more than eight entries, and always go one way.
pub(super) struct Candidates {
    lower: u64,
    upper: u64,
}

impl Iterator for Candidates {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.lower != 0 {
            Some(take_lowest(&mut self.lower))
        } else if self.upper != 0 {
            Some(8 + take_lowest(&mut self.upper))
        } else {
            None
        }
    }
}

/// Clears the lowest bit of a word that has one, and returns which byte it was in.
#[inline]
const fn take_lowest(bits: &mut u64) -> usize {
    let byte = lowest(*bits);
    *bits &= *bits - 1;
    byte
}

/// Returns which byte the lowest bit of a word is in.
#[inline]
const fn lowest(bits: u64) -> usize {
    (bits.trailing_zeros() / 8) as usize
}

/// Returns the highest bit of each byte that is the tag, and now and then of the byte after it.
///
/// Subtracting one from every byte borrows into its highest bit where it was zero; no tag has that bit itself. The
/// borrow goes on into the next byte if that is a one, hence the byte too many.
#[inline]
const fn equal_bytes(bytes: [u8; 8], tag: u8) -> u64 {
    let differs = u64::from_le_bytes(bytes) ^ (tag as u64 * LOWEST);
    differs.wrapping_sub(LOWEST) & HIGHEST
}

/// The lowest bit of each byte.
const LOWEST: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHEST: u64 = LOWEST << 7;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn candidates_are_the_slots_with_the_tag(
            tags in prop::array::uniform2(prop::array::uniform8(prop_oneof![0..4_u8, 0..128_u8])),
            tag in prop_oneof![0..4_u8, 0..128_u8],
        ) {
            let found: Vec<usize> = Tags(tags).candidates(tag).collect();
            prop_assert!(found.is_sorted());
            let first = tags.as_flattened().iter().position(|&other| other == tag);
            prop_assert_eq!(Tags(tags).first_candidate(tag), first);
            for (slot, &other) in tags.as_flattened().iter().enumerate() {
                if other == tag {
                    prop_assert!(found.contains(&slot));
                } else if found.contains(&slot) {
                    prop_assert_eq!(other ^ tag, 1);
                    prop_assert!(found.contains(&(slot - 1)));
                }
            }
        }

        #[test]
        fn a_tag_leaves_the_highest_bit_free(hash: u32) {
            prop_assert!(Tags::of_hash(hash) < 128);
        }
    }
}
