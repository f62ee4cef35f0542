//! Chance, the same for each seed.

use super::catalogue::{KEYS, Place};

/// Numbers without a pattern.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(crate) fn place(&mut self) -> Place {
        let number = self.throw(Place::each().count());
        Place::each().nth(number).unwrap()
    }

    /// A place that is changed often, or seldom one of the others.
    pub(crate) fn place_to_change(&mut self) -> Place {
        let (often, seldom) = KEYS.split_at(2);
        let keys = match self.throw(16) {
            0 => seldom,
            _ => often,
        };
        Place {
            key: keys[self.throw(keys.len())],
            ..self.place()
        }
    }
}
