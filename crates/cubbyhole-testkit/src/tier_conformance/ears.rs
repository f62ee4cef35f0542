//! A listener that writes down what it hears.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cubbyhole_core::{CellEvent, CellListener, StoreEvent, StoreListener};

/// Hears, and remembers. Events are kept as `Debug` shows them.
#[derive(Default)]
pub(super) struct Ears(Mutex<Vec<String>>);

impl Ears {
    pub(super) fn for_a_store(self: &Arc<Self>) -> Weak<dyn StoreListener> {
        let weak: Weak<Self> = Arc::downgrade(self);
        weak
    }

    pub(super) fn for_a_cell(self: &Arc<Self>) -> Weak<dyn CellListener> {
        let weak: Weak<Self> = Arc::downgrade(self);
        weak
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CellListener for Ears {
    fn hear(&self, event: CellEvent<'_>) {
        self.lock().push(format!("{event:?}"));
    }
}

impl StoreListener for Ears {
    fn hear(&self, event: StoreEvent<'_>) {
        self.lock().push(format!("{event:?}"));
    }
}
