//! What all nodes of a fleet share: values, and who has the right to bring which.
//!
//! Every change has a number. An invalidation takes the leases that it covers with it, except one by tag, of which it is
//! known only at publish whether it covers: those are kept with their numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use cubbyhole_core::TierValue;

use super::names::{Invalidated, Slot};

#[derive(Default)]
pub(super) struct Memory {
    values: BTreeMap<Slot, Stored>,
    leases: BTreeMap<Slot, Lease>,
    tags: Vec<(u64, Invalidated)>,
    /// The number of the last change.
    pub(super) last: u64,
}

struct Stored {
    value: TierValue,
    expires: Option<Duration>,
}

pub(super) struct Lease {
    pub(super) node: usize,
    /// The number of the change that gave it.
    pub(super) token: u64,
    /// When it is lost, unless its holder says before that it lives.
    pub(super) runs_out: Option<Duration>,
}

/// What is there for who would bring a value.
pub(super) enum Sight {
    Value(TierValue),
    Lease(u64),
    Nothing,
}

impl Memory {
    pub(super) fn value(&self, slot: &Slot, now: Duration) -> Option<TierValue> {
        self.values.get(slot).and_then(|stored| stored.at(now))
    }

    /// Returns what has not expired, in the order of places and keys.
    pub(super) fn values(&self, now: Duration) -> Vec<TierValue> {
        self.values
            .values()
            .filter_map(|stored| stored.at(now))
            .collect()
    }

    pub(super) fn sight(&self, slot: &Slot, now: Duration) -> Sight {
        match (self.value(slot, now), self.leases.get(slot)) {
            (Some(value), _) => Sight::Value(value),
            (None, Some(lease)) => Sight::Lease(lease.token),
            (None, None) => Sight::Nothing,
        }
    }

    pub(super) fn lease(&self, slot: &Slot) -> Option<&Lease> {
        self.leases.get(slot)
    }

    /// Gives the lease to a node, whoever had it. It runs out unless it is [kept](Self::keep).
    pub(super) fn give(&mut self, slot: &Slot, node: usize, runs_out: Duration) -> u64 {
        let token = self.next();
        let lease = Lease {
            node,
            token,
            runs_out: Some(runs_out),
        };
        self.leases.insert(slot.clone(), lease);
        token
    }

    /// Says that the holder of a lease lives.
    pub(super) fn keep(&mut self, slot: &Slot, token: u64) {
        if let Some(lease) = self.leases.get_mut(slot).filter(|it| it.token == token) {
            lease.runs_out = None;
        }
    }

    /// Lets the leases of a node run out that it has kept until now.
    pub(super) fn orphan(&mut self, node: usize, runs_out: Duration) {
        for lease in self.leases.values_mut().filter(|it| it.node == node) {
            lease.runs_out.get_or_insert(runs_out);
        }
    }

    /// Returns whether the lease had not been lost.
    pub(super) fn give_back(&mut self, slot: &Slot, token: u64) -> bool {
        let had = self.leases.get(slot).is_some_and(|it| it.token == token);
        if had {
            self.take_away(slot);
        }
        had
    }

    /// Returns whether anybody had the lease.
    pub(super) fn take_away(&mut self, slot: &Slot) -> bool {
        self.next();
        self.leases.remove(slot).is_some()
    }

    /// Takes the leases away whose time is up.
    pub(super) fn run_out(&mut self, now: Duration) -> Vec<Slot> {
        let is_due = |lease: &Lease| lease.runs_out.is_some_and(|at| at <= now);
        let due = self.leases.iter().filter(|(_, lease)| is_due(lease));
        let due: Vec<_> = due.map(|(slot, _)| slot.clone()).collect();
        for slot in &due {
            self.take_away(slot);
        }
        due
    }

    /// Stores a value and ends the lease. Returns whether it had not been lost, or else nothing is stored.
    pub(super) fn publish(
        &mut self,
        slot: &Slot,
        token: u64,
        value: &TierValue,
        now: Duration,
    ) -> bool {
        if !self.give_back(slot, token) || self.is_covered_since(token, slot, value) {
            return false;
        }
        let expires = value.lifetime.map(|it| now.saturating_add(it));
        let value = value.clone();
        self.values.insert(slot.clone(), Stored { value, expires });
        true
    }

    fn is_covered_since(&self, token: u64, slot: &Slot, value: &TierValue) -> bool {
        let since = self.tags.iter().filter(|(number, _)| *number > token);
        since
            .into_iter()
            .any(|(_, tag)| tag.covers(slot, &value.tags))
    }

    pub(super) fn invalidate(&mut self, what: &Invalidated) {
        let number = self.next();
        self.values
            .retain(|slot, stored| !what.covers(slot, &stored.value.tags));
        self.leases.retain(|slot, _| !what.covers_slot(slot));
        if let Invalidated::Tag(..) = what {
            self.tags.push((number, what.clone()));
        }
    }

    /// Replaces the bytes of a value. Returns whether it is there.
    pub(super) fn corrupt(&mut self, slot: &Slot, bytes: &[u8]) -> bool {
        let stored = self.values.get_mut(slot);
        stored
            .map(|stored| bytes.clone_into(&mut stored.value.bytes))
            .is_some()
    }

    const fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Stored {
    /// Returns the value with what is left of its lifetime, if any is.
    fn at(&self, now: Duration) -> Option<TierValue> {
        let lifetime = self.expires.map(|at| at.saturating_sub(now));
        if lifetime == Some(Duration::ZERO) {
            return None;
        }
        let mut value = self.value.clone();
        value.lifetime = lifetime;
        Some(value)
    }
}
