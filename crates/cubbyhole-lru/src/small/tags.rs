//! One byte of each key's hash, for sixteen slots side by side.

use cubbyhole_core::HashedKey;

/// The tags of sixteen slots: a slot whose tag is not that of a key does not hold this key, and is not looked at.
///
/// A free slot has the tag 0, which no key has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tags([u8; 16]);

impl Tags {
    /// No slot is taken.
    pub(super) const FREE: Self = Self([0; 16]);

    /// Returns the tag of a key.
    #[inline]
    pub(super) const fn of(key: HashedKey<'_>) -> u8 {
        Self::of_hash(key.hash())
    }

    /// Returns the tag of a key that has this hash.
    #[inline]
    pub(super) const fn of_hash(hash: u32) -> u8 {
        let [.., tag] = hash.to_le_bytes();
        if tag == 0 { 1 } else { tag }
    }

    /// Returns the slots with this tag, lowest first, and now and then one that has another.
    ///
    /// Compares all sixteen at once: subtracting one from every byte borrows into its highest bit where it was zero.
    /// The borrow may go on into the next byte if that is a one: that is the slot too many.
    #[inline]
    pub(super) const fn candidates(self, tag: u8) -> Candidates {
        let differs = u128::from_le_bytes(self.0) ^ (tag as u128 * LOWEST);
        Candidates(differs.wrapping_sub(LOWEST) & !differs & HIGHEST)
    }

    /// Returns the tag of a slot.
    pub(super) const fn get(self, slot: usize) -> u8 {
        self.0[slot]
    }

    /// Gives a slot a tag.
    #[inline]
    pub(super) const fn set(&mut self, slot: usize, tag: u8) {
        self.0[slot] = tag;
    }

    /// Marks a slot as free.
    pub(super) const fn free(&mut self, slot: usize) {
        self.0[slot] = 0;
    }
}

/// Slots that may hold a key: the highest bit of each one's byte.
pub(super) struct Candidates(u128);

impl Iterator for Candidates {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() / 8;
        self.0 &= self.0 - 1;
        Some(slot as usize)
    }
}

/// The lowest bit of each byte.
const LOWEST: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHEST: u128 = LOWEST << 7;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn candidates_are_the_slots_with_the_tag(
            tags in prop::array::uniform16(prop_oneof![0..4_u8, any::<u8>()]),
            tag in prop_oneof![1..4_u8, 1..=u8::MAX],
        ) {
            let found: Vec<usize> = Tags(tags).candidates(tag).collect();
            prop_assert!(found.is_sorted());
            for (slot, &other) in tags.iter().enumerate() {
                if other == tag {
                    prop_assert!(found.contains(&slot));
                } else if found.contains(&slot) {
                    prop_assert_eq!(other ^ tag, 1);
                    prop_assert!(found.contains(&(slot - 1)));
                }
            }
        }

        #[test]
        fn no_key_has_the_tag_of_a_free_slot(hash: u32) {
            prop_assert_ne!(Tags::of_hash(hash), 0);
            prop_assert_ne!(Tags::of_hash(hash & 0x00FF_FFFF), 0);
        }
    }
}
