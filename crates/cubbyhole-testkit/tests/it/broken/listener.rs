//! Listeners that hear what a flaw makes of what is told.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};

use cubbyhole_core::{CellEvent, CellListener, StoreEvent, StoreListener};

use super::{Common, Flaw, Shared};

/// Stands between a node and a listener.
pub(crate) struct Bent<L: ?Sized> {
    shared: Arc<Shared>,
    common: Weak<Common>,
    listener: Weak<L>,
}

impl<L: ?Sized> Bent<L> {
    pub(super) fn new(listener: Weak<L>, shared: &Arc<Shared>, common: &Arc<Common>) -> Arc<Self> {
        Arc::new(Self {
            shared: Arc::clone(shared),
            common: Arc::downgrade(common),
            listener,
        })
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.shared.has(flaw)
    }

    #[expect(clippy::panic, reason = "this is the flaw")]
    fn listener(&self) -> Option<Arc<L>> {
        let listener = self.listener.upgrade();
        if listener.is_none() && self.has(Flaw::MissesTheListener) {
            panic!("nobody listens");
        }
        listener
    }
}

impl CellListener for Bent<dyn CellListener> {
    fn hear(&self, event: CellEvent<'_>) {
        let (Some(common), listener) = (self.common.upgrade(), self.listener()) else {
            return;
        };
        if self.has(Flaw::IsDeafAfterwards) && common.was_distrusted.load(Ordering::Relaxed) {
            return;
        }
        let event = match event {
            CellEvent::Set { key } if self.has(Flaw::TrimsWhatItTells) => {
                CellEvent::Set { key: key.trim() }
            }
            event => event,
        };
        if self.has(Flaw::TellsEveryCell) {
            let cells = common
                .cells
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let cells = cells.iter().filter_map(Weak::upgrade);
            return cells.into_iter().for_each(|listener| listener.hear(event));
        }
        let lock = self.has(Flaw::TellsUnderALock);
        let _lock = lock.then(|| common.lock.lock().unwrap_or_else(PoisonError::into_inner));
        for _ in 0..=u8::from(self.has(Flaw::TellsTwice)) {
            if let Some(listener) = &listener {
                listener.hear(event);
            }
        }
    }
}

impl StoreListener for Bent<dyn StoreListener> {
    fn hear(&self, event: StoreEvent<'_>) {
        let (Some(common), Some(listener)) = (self.common.upgrade(), self.listener()) else {
            return;
        };
        if event == StoreEvent::Distrusted {
            let again = common.was_distrusted.swap(true, Ordering::Relaxed);
            if again && self.has(Flaw::TellsOfDistrustOnce) {
                return;
            }
        }
        listener.hear(event);
        if self.has(Flaw::TrimsWhatItTells) {
            listener.hear(event);
        }
    }
}
