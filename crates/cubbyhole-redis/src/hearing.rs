//! Messages of other nodes, and who is told.

use cubbyhole_core::{CellEvent, StoreEvent, TierLanding};

use crate::message::{KeyEvent, Message, Says, Why};
use crate::node::Node;
use crate::outbox::Order;
use crate::place::Digest;
use crate::stored::Stamp;
use crate::thing::Thing;

impl Node {
    /// Hears a message. What is no message is passed over: somebody else may use the channel.
    pub(crate) fn hear(&self, bytes: &[u8]) {
        let Some(message) = Message::read(bytes) else {
            return;
        };
        let is_own = message.from.node == self.tokens.node();
        match message.says {
            Says::Key { cell, key, what } => {
                if self.recent.is_new(message.from) {
                    self.hear_key(cell, key, what, is_own);
                }
            }
            Says::Marked {
                thing,
                why,
                era,
                seq,
            } => self.hear_mark(&thing, why, Stamp { era, seq }, is_own),
            Says::Reset { era } => self.hear_era(era),
        }
    }

    /// Who waits here for a key is woken whoever has changed it; the listeners know what this node did.
    fn hear_key(&self, cell: Digest, key: &str, what: KeyEvent<'_>, is_own: bool) {
        let (event, landing) = match what {
            KeyEvent::Set => (Some(CellEvent::Set { key }), TierLanding::AskAgain),
            KeyEvent::Deleted => (Some(CellEvent::Deleted { key }), TierLanding::AskAgain),
            KeyEvent::Released => (None, TierLanding::AskAgain),
            KeyEvent::Failed(why) => (None, TierLanding::Failed(why.to_owned())),
        };
        if let Some(event) = event
            && !is_own
        {
            for listener in self.audience.of_cell(cell) {
                listener.hear(event);
            }
        }
        // Last: whoever is woken asks again, and what is heard after that would count against what comes.
        self.waiters.wake(cell, key, &landing);
    }

    fn hear_mark(&self, thing: &Thing, why: Why, at: Stamp, is_own: bool) {
        self.hear_era(at.era);
        let is_new = self.marks.write().hear(thing.clone(), at.seq);
        if is_new
            && why == Why::Dropped
            && let Thing::Scope(scope) = thing
        {
            self.erase_open_cells(*scope, at);
        }
        if is_new && !is_own {
            self.tell_mark(thing, why);
        }
        self.heard.notify_waiters();
    }

    /// A value that was on its way when the scope was dropped may have been stored after it was emptied.
    fn erase_open_cells(&self, scope: Digest, before: Stamp) {
        for cell in self.audience.cells_of(scope) {
            self.outbox.put(Order::Erase { cell, before }, None);
        }
    }

    fn tell_mark(&self, thing: &Thing, why: Why) {
        match thing {
            Thing::Everything => self.tell_store(StoreEvent::CaughtUp),
            Thing::Entry(entry) => self.tell_store(StoreEvent::EntryCleared {
                kind: &entry.kind,
                uid: &entry.uid,
            }),
            Thing::Tag(tag) => self.tell_store(StoreEvent::TagInvalidated { tag }),
            Thing::ScopedTag(scope, tag) => {
                self.tell_scope(*scope, CellEvent::TagInvalidated { tag });
            }
            Thing::Scope(scope) if why == Why::Epoch => {
                self.tell_scope(*scope, CellEvent::EpochBumped);
            }
            Thing::Scope(scope) => self.tell_scope(*scope, CellEvent::ScopeDropped),
        }
    }

    fn tell_scope(&self, scope: Digest, event: CellEvent<'_>) {
        for listener in self.audience.of_scope(scope) {
            listener.hear(event);
        }
    }

    /// In another era nothing that is known here counts: the connection is made anew, and all of it is asked for.
    fn hear_era(&self, era: u64) {
        if era != self.marks.read().era() {
            self.health.tripped.notify_one();
        }
    }
}
