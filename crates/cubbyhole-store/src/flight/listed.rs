//! Where the flights of a cell are listed.

use std::sync::Arc;

use cubbyhole_core::{HashedKey, table_hash};
use hashbrown::HashTable;

use super::Flight;

/// The listed flights of a cell, by key. Empty, which it nearly always is, it is one null pointer.
pub(crate) struct Flights<V>(Option<Box<HashTable<Arc<Flight<V>>>>>);

impl<V> Flights<V> {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn find(&self, key: HashedKey<'_>) -> Option<&Arc<Flight<V>>> {
        self.0
            .as_ref()?
            .find(table_hash(key.hash()), |flight| *flight.key() == key)
    }

    /// Lists a flight; one of the same key, which is about to end, makes room.
    pub(crate) fn insert(&mut self, flight: Arc<Flight<V>>) {
        let (hash, key) = (table_hash(flight.hash()), flight.key().clone());
        let table = self.0.get_or_insert_default();
        match table.find_mut(hash, |other| *other.key() == key) {
            Some(other) => *other = flight,
            None => {
                table.insert_unique(hash, flight, |flight| table_hash(flight.hash()));
            }
        }
    }

    pub(crate) fn take(&mut self, key: HashedKey<'_>) -> Option<Arc<Flight<V>>> {
        self.take_if(key.hash(), |flight| *flight.key() == key)
    }

    /// Unlists this very flight; `false` if it is not listed.
    pub(crate) fn unlist(&mut self, flight: &Arc<Flight<V>>) -> bool {
        self.take_if(flight.hash(), |other| Arc::ptr_eq(other, flight))
            .is_some()
    }

    pub(crate) fn lists(&self, flight: &Arc<Flight<V>>) -> bool {
        self.0.as_ref().is_some_and(|table| {
            table
                .find(table_hash(flight.hash()), |other| {
                    Arc::ptr_eq(other, flight)
                })
                .is_some()
        })
    }

    pub(crate) fn take_all(&mut self) -> Vec<Arc<Flight<V>>> {
        self.0.take().into_iter().flat_map(|table| *table).collect()
    }

    fn take_if(
        &mut self,
        hash: u32,
        is: impl FnMut(&Arc<Flight<V>>) -> bool,
    ) -> Option<Arc<Flight<V>>> {
        let table = self.0.as_mut()?;
        let (flight, _) = table.find_entry(table_hash(hash), is).ok()?.remove();
        if table.is_empty() {
            self.0 = None;
        }
        Some(flight)
    }
}
