//! Which slot was used when: a permutation of sixteen slots in one word.

use std::fmt;

/// The slots of a linear layout, most recently used first, then those that are free.
///
/// Position `p` is the nibble at bit `4 * p`. All sixteen slots are always there, so an order cannot point at
/// anything that does not exist, and taking a free slot is the same move as using one that is taken: to the front.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Order(u64);

impl Order {
    /// Every slot at its own position.
    pub(super) const START: Self = Self(0xFEDC_BA98_7654_3210);

    /// Returns the slot at a position.
    #[inline]
    pub(super) const fn at(self, position: usize) -> usize {
        (self.0 >> (4 * position)) as usize & 15
    }

    /// Moves a slot to the front; those that were before it move back by one. Changes nothing if it is there.
    #[inline]
    pub(super) const fn raise(&mut self, slot: usize) {
        if self.at(0) == slot {
            return;
        }
        // As differences from the slot, its own nibble is a zero: what a shift puts in front of those that move.
        let differs = self.differs(slot);
        let zero = zero_nibbles(differs);
        let through_slot = zero ^ (zero - 1);
        self.0 ^= (differs ^ (differs << 4)) & through_slot;
    }

    /// Moves a slot back to a position that is not before its own; those in between move to the front by one.
    pub(super) const fn lower(&mut self, slot: usize, position: usize) {
        let found = self.flag(slot);
        let before = (found >> 3) - 1;
        let through_slot = found | (found - 1);
        let through_position = u64::MAX >> (60 - 4 * position);
        let between = through_position & !through_slot;
        self.0 = (self.0 & before)
            | ((self.0 & between) >> 4)
            | ((slot as u64) << (4 * position))
            | (self.0 & !through_position);
    }

    /// Returns the highest bit of the nibble that names the slot.
    const fn flag(self, slot: usize) -> u64 {
        let zero = zero_nibbles(self.differs(slot));
        zero & zero.wrapping_neg()
    }

    /// Returns by which bits each nibble differs from the slot. Each slot is named once, so one nibble does not.
    #[inline]
    const fn differs(self, slot: usize) -> u64 {
        self.0 ^ (slot as u64 * LOWEST)
    }
}

/// Returns the highest bit of the lowest nibble that is zero, and perhaps of nibbles above it.
///
/// Subtracting one from every nibble borrows into its highest bit where it was zero. A borrow goes on only upwards
/// from there.
#[inline]
const fn zero_nibbles(nibbles: u64) -> u64 {
    nibbles.wrapping_sub(LOWEST) & !nibbles & HIGHEST
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries((0..16).map(|position| self.at(position)))
            .finish()
    }
}

/// The lowest bit of each nibble.
const LOWEST: u64 = 0x1111_1111_1111_1111;
/// The highest bit of each nibble.
const HIGHEST: u64 = 0x8888_8888_8888_8888;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(order: Order) -> Vec<usize> {
        (0..16).map(|position| order.at(position)).collect()
    }

    proptest! {
        #[test]
        fn an_order_moves_like_a_vector(moves in prop::collection::vec((0..16_usize, prop::option::of(0..16_usize)), 0..100)) {
            let mut order = Order::START;
            let mut model: Vec<usize> = (0..16).collect();
            for (slot, to) in moves {
                let from = model.iter().position(|&s| s == slot).unwrap();
                model.remove(from);
                match to {
                    Some(to) => {
                        let to = to.max(from);
                        order.lower(slot, to);
                        model.insert(to, slot);
                    }
                    None => {
                        order.raise(slot);
                        model.insert(0, slot);
                    }
                }
                prop_assert_eq!(listed(order), &model[..]);
            }
        }
    }

    #[test]
    fn moving_the_front_to_the_front_changes_nothing() {
        let mut order = Order::START;
        order.raise(9);
        let before = order;
        order.raise(9);
        assert_eq!(order, before);
    }
}
