//! Up to sixteen entries side by side: the layout of nearly every cache there is.

mod order;
mod tags;

use cubbyhole_core::{HashedKey, MapEntry, RemovedKey, Retention, StoredKey};

use crate::layout::Layout;
use order::Order;
use tags::Tags;

/// Up to sixteen entries in one allocation, found by their tags.
///
/// A hit reads this struct and one slot, and writes one word of this struct unless the entry is the most recent
/// already. Slots are never moved: what moves is their place in the order.
///
/// Invariants, which [`check`](Self::check) verifies: the first `len` slots of the order hold an entry each, with its
/// tag, and the others hold none; only taken slots are pinned; a slot that lies outside the allocation comes last in
/// the order, so that the next free slot is one inside as long as there is one.
pub(crate) struct SmallLru<V> {
    slots: Box<[Option<Slot<V>>]>,
    tags: Tags,
    order: Order,
    max_size: u32,
    /// The slots that are pinned, one bit each.
    pins: u16,
    len: u8,
    /// A byte that would be padding. As a `bool` it has values to spare, and an enum around this needs no tag.
    #[expect(dead_code, reason = "it is there for the values that it never has")]
    niche: bool,
}

struct Slot<V> {
    key: StoredKey,
    value: V,
}

impl<V> SmallLru<V> {
    /// Makes an empty layout. Allocates nothing.
    pub(crate) fn new(max_size: u32) -> Self {
        Self {
            slots: Box::default(),
            tags: Tags::FREE,
            order: Order::START,
            max_size,
            pins: 0,
            len: 0,
            niche: false,
        }
    }

    /// Returns the keys and their pins, most recently used first.
    #[cfg(test)]
    pub(crate) fn recency(&self) -> impl Iterator<Item = (&StoredKey, Retention)> {
        (0..self.len()).filter_map(|position| {
            let slot = self.order.at(position);
            Some((&self.slot(slot)?.key, self.retention(slot)))
        })
    }

    /// Returns for how many entries there is memory.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Verifies the invariants. O(n²).
    pub(crate) fn check(&self) -> Result<(), String> {
        let order: Vec<usize> = (0..SLOTS).map(|position| self.order.at(position)).collect();
        let (taken, free) = order.split_at(self.len());
        if (0..SLOTS).any(|slot| !order.contains(&slot)) {
            return Err(format!("the order is no permutation: {order:?}"));
        }
        for &slot in taken {
            let key = &self.slot(slot).ok_or("a taken slot is empty")?.key;
            if self.tags.get(slot) != Tags::of_hash(key.hash()) {
                return Err(format!("slot {slot} has the tag of another key"));
            }
            if self
                .slots
                .iter()
                .flatten()
                .filter(|other| other.key == *key)
                .count()
                > 1
            {
                return Err(format!("the key of slot {slot} is there twice"));
            }
        }
        for &slot in free {
            if self.slot(slot).is_some() || self.tags.get(slot) != 0 || self.is_pinned(slot) {
                return Err(format!("slot {slot} is not free"));
            }
        }
        let inside = self.slots.len();
        if order
            .get(inside..)
            .is_none_or(|outside| !outside.iter().copied().eq(inside..SLOTS))
        {
            return Err(format!(
                "slots outside the allocation do not come last: {order:?}"
            ));
        }
        if self.len == 0 && !self.slots.is_empty() {
            return Err("memory is kept for no entry".to_owned());
        }
        Ok(())
    }

    #[inline]
    fn slot(&self, slot: usize) -> Option<&Slot<V>> {
        self.slots.get(slot)?.as_ref()
    }

    fn retention(&self, slot: usize) -> Retention {
        if self.is_pinned(slot) {
            Retention::Pinned
        } else {
            Retention::Evictable
        }
    }

    fn set_pin(&mut self, slot: usize, retention: Retention) {
        let pin = 1 << slot;
        if retention.is_pinned() {
            self.pins |= pin;
        } else {
            self.pins &= !pin;
        }
    }

    /// Returns the slot for one more entry.
    #[inline]
    fn next_slot(&mut self) -> usize {
        let slot = self.order.at(self.len());
        if slot >= self.slots.len() {
            self.grow();
        }
        slot
    }

    /// Makes room for one more slot: 1, 2, 4, 6, 8, … up to what the policy allows, unless pins need more.
    #[cold]
    fn grow(&mut self) {
        let least = self.slots.len() + 1;
        let most = SLOTS.min(self.max_size as usize).max(least);
        let wanted = if least <= 2 { least } else { least + 1 };
        let len = wanted.min(most);
        let mut slots = std::mem::take(&mut self.slots).into_vec();
        slots.reserve_exact(len - slots.len());
        slots.resize_with(len, || None);
        self.slots = slots.into_boxed_slice();
    }
}

impl<V> Layout<V> for SmallLru<V> {
    type At = usize;

    #[inline]
    fn max_size(&self) -> u32 {
        self.max_size
    }

    #[inline]
    fn len(&self) -> usize {
        usize::from(self.len)
    }

    #[inline]
    fn pinned(&self) -> usize {
        self.pins.count_ones() as usize
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.len() == SLOTS
    }

    fn find(&self, key: HashedKey<'_>) -> Option<usize> {
        search(&self.slots, &self.tags, key).map(|(slot, _)| slot)
    }

    fn least_recent(&self) -> Option<usize> {
        (0..self.len())
            .rev()
            .map(|position| self.order.at(position))
            .find(|&slot| !self.is_pinned(slot))
    }

    #[inline]
    fn is_pinned(&self, slot: usize) -> bool {
        self.pins & (1 << slot) != 0
    }

    #[inline]
    fn value(&self, slot: usize) -> Option<&V> {
        self.slot(slot).map(|slot| &slot.value)
    }

    #[inline]
    fn value_mut(&mut self, slot: usize) -> Option<&mut V> {
        let slot = self.slots.get_mut(slot)?.as_mut()?;
        Some(&mut slot.value)
    }

    #[inline]
    fn touch(&mut self, slot: usize) {
        self.order.raise(slot);
    }

    #[inline(always)] // Looks long, because keys are compared by length; a hit goes through one branch of that.
    fn get(&mut self, key: HashedKey<'_>) -> Option<&V> {
        let Self {
            slots, tags, order, ..
        } = self;
        let slot = tags.first_candidate(Tags::of(key))?;
        let (slot, found) = match entry(slots, slot, key) {
            Some(found) => found,
            None => search(slots, tags, key)?,
        };
        order.raise(slot);
        Some(&found.value)
    }

    #[inline]
    fn set_retention(&mut self, slot: usize, retention: Retention) {
        self.set_pin(slot, retention);
        self.touch(slot);
    }

    fn push(&mut self, key: HashedKey<'_>, value: V, retention: Retention) {
        let slot = self.next_slot();
        self.slots[slot] = Some(Slot {
            key: key.into(),
            value,
        });
        self.tags.set(slot, Tags::of(key));
        self.order.raise(slot);
        self.set_pin(slot, retention);
        self.len += 1;
    }

    fn push_back(&mut self, key: StoredKey, value: V, retention: Retention) {
        // The first free slot in the order is the one behind all that are taken.
        let slot = self.next_slot();
        self.tags.set(slot, Tags::of_hash(key.hash()));
        self.slots[slot] = Some(Slot { key, value });
        self.set_pin(slot, retention);
        self.len += 1;
    }

    fn keys_by_age(&self) -> Vec<StoredKey> {
        let slots = (0..self.len())
            .rev()
            .map(|position| self.order.at(position));
        let (pinned, evictable): (Vec<_>, Vec<_>) = slots.partition(|&slot| self.is_pinned(slot));
        let slots = evictable.into_iter().chain(pinned);
        slots
            .filter_map(|slot| Some(self.slot(slot)?.key.clone()))
            .collect()
    }

    fn exchange(
        &mut self,
        slot: usize,
        key: HashedKey<'_>,
        value: V,
        retention: Retention,
    ) -> Option<(RemovedKey, V)> {
        let new = Slot {
            key: key.into(),
            value,
        };
        let old = self.slots[slot].replace(new);
        self.tags.set(slot, Tags::of(key));
        self.order.raise(slot);
        self.set_pin(slot, retention);
        old.map(|old| (RemovedKey::from(&old.key), old.value))
    }

    fn take(&mut self, slot: usize) -> Option<V> {
        let Slot { value, .. } = self.slots.get_mut(slot)?.take()?;
        self.len -= 1;
        self.tags.free(slot);
        self.order.lower(slot, self.len());
        self.set_pin(slot, Retention::Evictable);
        Some(value)
    }

    fn values<'a>(&'a self) -> impl Iterator<Item = &'a V>
    where
        V: 'a,
    {
        self.slots.iter().flatten().map(|slot| &slot.value)
    }

    fn drain(&mut self) -> impl Iterator<Item = (StoredKey, V)> {
        let drained = std::mem::replace(self, Self::new(self.max_size));
        drained
            .slots
            .into_iter()
            .flatten()
            .map(|slot| (slot.key, slot.value))
    }

    fn drain_by_age(&mut self) -> impl Iterator<Item = MapEntry<V>> {
        let mut drained = std::mem::replace(self, Self::new(self.max_size));
        let positions = (0..drained.len()).rev();
        [Retention::Evictable, Retention::Pinned]
            .into_iter()
            .flat_map(move |retention| positions.clone().map(move |at| (at, retention)))
            .filter_map(move |(position, retention)| {
                let slot = drained.order.at(position);
                if drained.retention(slot) != retention {
                    return None;
                }
                let Slot { key, value } = drained.slots.get_mut(slot)?.take()?;
                Some(MapEntry {
                    key,
                    value,
                    retention,
                    expires_at: None,
                })
            })
    }
}

/// Finds the entry of a key. Out of line, because nearly every hit is the first candidate.
#[inline(never)]
fn search<'a, V>(
    slots: &'a [Option<Slot<V>>],
    tags: &Tags,
    key: HashedKey<'_>,
) -> Option<(usize, &'a Slot<V>)> {
    tags.candidates(Tags::of(key))
        .find_map(|slot| entry(slots, slot, key))
}

/// Returns a slot and its entry, if it is that of the key.
#[inline(always)]
fn entry<'a, V>(
    slots: &'a [Option<Slot<V>>],
    slot: usize,
    key: HashedKey<'_>,
) -> Option<(usize, &'a Slot<V>)> {
    let entry = slots.get(slot)?.as_ref()?;
    (entry.key == key).then_some((slot, entry))
}

/// As many as have their order in one word.
const SLOTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_slot_is_marked_in_its_key() {
        assert_eq!(size_of::<Option<Slot<u64>>>(), 24 + 8);
        assert_eq!(size_of::<Option<Slot<()>>>(), 24);
    }
}
