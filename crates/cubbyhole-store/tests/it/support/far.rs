//! A store with one entry whose values are elsewhere, as Ada uses it.

use std::convert::Infallible;

use cubbyhole_scope::{CacheScope, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};

use super::{Elsewhere, Gate, Hand, by_user, keep_all, user};

/// A store with one entry whose values are elsewhere.
pub(crate) struct Far {
    pub(crate) store: CacheStore,
    pub(crate) entry: CachedRegistryEntry<u32>,
    pub(crate) elsewhere: Elsewhere<u32>,
}

/// An operation by Ada.
pub(crate) type Asked<'a, T> = Hand<'a, Result<T, CacheError>>;

impl Far {
    pub(crate) fn new() -> Self {
        let elsewhere = Elsewhere::new();
        let there = elsewhere.clone();
        let entry = CachedRegistryEntry::new("far", by_user(keep_all()));
        Self {
            store: CacheStore::new(),
            entry: entry.with_cache(move |scope| there.cache(scope)),
            elsewhere,
        }
    }

    /// As [`new`](Self::new), with computations that finish in the background.
    pub(crate) fn in_background() -> Self {
        let far = Self::new();
        Self {
            entry: far.entry.finish_in_background(),
            ..far
        }
    }

    pub(crate) fn get(&self) -> Asked<'_, Option<u32>> {
        Hand::new(self.store.get(&self.entry, "k").in_scope(user("ada")))
    }

    pub(crate) fn set(&self, value: u32) -> Asked<'_, cubbyhole_core::SetOutcome> {
        Hand::new(
            self.store
                .set(&self.entry, "k", value)
                .in_scope(user("ada")),
        )
    }

    pub(crate) fn delete(&self) -> Asked<'_, Option<u32>> {
        Hand::new(self.store.delete(&self.entry, "k").in_scope(user("ada")))
    }

    pub(crate) fn wait(&self) -> Asked<'_, Option<u32>> {
        Hand::new(
            self.store
                .get_or_wait(&self.entry, "k")
                .in_scope(user("ada")),
        )
    }

    pub(crate) fn compute(&self, gate: &Gate, value: u32) -> Asked<'_, u32> {
        let gate = gate.clone();
        let loader = move || async move {
            gate.pass().await;
            Ok::<_, Infallible>(value)
        };
        let asking = self.store.get_or_compute(&self.entry, "k", loader);
        Hand::new(asking.in_scope(user("ada")))
    }

    pub(crate) fn clear(&self) -> Hand<'_, ()> {
        Hand::new(self.store.clear())
    }

    pub(crate) fn drop_scope(&self) -> Hand<'_, ()> {
        Hand::new(async { self.store.drop_scope(&CacheScope::user("ada")).await })
    }

    /// What is there, without asking the store.
    pub(crate) fn there(&self) -> Option<u32> {
        self.elsewhere.peek(&CacheScope::user("ada"), "k")
    }
}

pub(crate) fn waiting<T>(mut hand: Hand<'_, T>) -> Hand<'_, T> {
    assert!(hand.poll().is_pending(), "it should wait");
    hand
}
