//! What nodes are told, in which order, and by whom: by the task that made the change, or by the test.

use std::sync::Weak;

use cubbyhole_core::{CellEvent, CellListener, StoreEvent, StoreListener, TierLanding};

use super::names::{Invalidated, Place, Slot};
use super::node::{Node, Wait};

/// What a node is to be told.
#[derive(Clone)]
pub(super) struct Message {
    /// The number of the change that it is about.
    pub(super) number: u64,
    pub(super) news: News,
}

#[derive(Clone)]
pub(super) enum News {
    Set(Slot),
    Invalidated(Invalidated),
    /// A lease has ended: nobody hears of it but who waits for it.
    Ended(Slot, TierLanding),
    Distrusted,
    CaughtUp,
}

/// A message on its way to listeners, with no lock held.
pub(super) struct Delivery {
    pub(super) node: usize,
    pub(super) message: Message,
    store: Option<Weak<dyn StoreListener>>,
    cells: Vec<Weak<dyn CellListener>>,
}

impl Message {
    /// Returns whether the node found out by itself.
    pub(super) const fn is_local(&self) -> bool {
        matches!(self.news, News::Distrusted | News::CaughtUp)
    }

    /// Returns whether no listener hears of it.
    pub(super) const fn is_quiet(&self) -> bool {
        matches!(self.news, News::Ended(..))
    }

    /// Returns how a wait ends when this is told, if it does: news from before it began is no news.
    pub(super) fn lands(&self, wait: &Wait) -> Option<TierLanding> {
        let is_news = self.number > wait.since;
        is_news.then(|| self.news.lands(wait)).flatten()
    }
}

impl News {
    fn concerns(&self, place: &Place) -> bool {
        match self {
            Self::Set(slot) | Self::Invalidated(Invalidated::Key(slot)) => slot.place == *place,
            Self::Invalidated(
                Invalidated::Scope(scope)
                | Invalidated::Epoch(scope)
                | Invalidated::Tag(Some(scope), _),
            ) => place.scope == *scope,
            _ => false,
        }
    }

    fn for_cells(&self) -> Option<CellEvent<'_>> {
        Some(match self {
            Self::Set(slot) => CellEvent::Set { key: &slot.key },
            Self::Invalidated(Invalidated::Key(slot)) => CellEvent::Deleted { key: &slot.key },
            Self::Invalidated(Invalidated::Tag(Some(_), tag)) => CellEvent::TagInvalidated { tag },
            Self::Invalidated(Invalidated::Scope(_)) => CellEvent::ScopeDropped,
            Self::Invalidated(Invalidated::Epoch(_)) => CellEvent::EpochBumped,
            _ => return None,
        })
    }

    fn for_the_store(&self) -> Option<StoreEvent<'_>> {
        Some(match self {
            Self::Invalidated(Invalidated::Tag(None, tag)) => StoreEvent::TagInvalidated { tag },
            Self::Invalidated(Invalidated::Entry(entry)) => StoreEvent::EntryCleared {
                kind: &entry.kind,
                uid: &entry.uid,
            },
            Self::Distrusted => StoreEvent::Distrusted,
            Self::CaughtUp => StoreEvent::CaughtUp,
            _ => return None,
        })
    }

    /// Returns whether it is told to a node: what concerns nobody but who waits is not told where nobody does.
    pub(super) fn is_for(&self, node: &Node) -> bool {
        match self {
            Self::Ended(slot, _) => node.waits_for(slot),
            _ => true,
        }
    }

    fn lands(&self, wait: &Wait) -> Option<TierLanding> {
        match self {
            Self::Ended(slot, landing) => (*slot == wait.slot).then(|| landing.clone()),
            Self::Set(slot) => (*slot == wait.slot).then_some(TierLanding::AskAgain),
            Self::Invalidated(what) => what
                .covers_slot(&wait.slot)
                .then_some(TierLanding::AskAgain),
            Self::Distrusted | Self::CaughtUp => None,
        }
    }
}

impl Delivery {
    /// Takes the first message of a node.
    pub(super) fn take(number: usize, node: &mut Node) -> Option<Self> {
        let message = node.inbox.pop_front()?;
        node.is_being_told = true;
        let concerned = node.cells.iter();
        let concerned = concerned.filter(|cell| message.news.concerns(&cell.place));
        Some(Self {
            node: number,
            cells: concerned.map(|cell| Weak::clone(&cell.listener)).collect(),
            store: node.store.clone(),
            message,
        })
    }

    pub(super) fn tell(&self) {
        if let Some(event) = self.message.news.for_cells() {
            let listeners = self.cells.iter().filter_map(Weak::upgrade);
            listeners.for_each(|listener| listener.hear(event));
        }
        let store = self.store.as_ref().and_then(Weak::upgrade);
        if let (Some(store), Some(event)) = (store, self.message.news.for_the_store()) {
            store.hear(event);
        }
    }
}
