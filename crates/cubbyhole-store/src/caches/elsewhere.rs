//! What other processes change, and what becomes of it here.

use std::sync::Arc;

use cubbyhole_core::{HashedKey, Removed};

use super::{Caches, Create, NodeRef};
use crate::cell::{Cell, CellCache};
use crate::error::Invalidation;
use crate::flight::{Flight, Kind};
use crate::node::ScopeNode;
use crate::panics::Panics;
use crate::removal::RemovedBy;

/// Removes what is under a key.
type Withdraw<'a, V> = dyn FnMut(&mut CellCache<V>, HashedKey<'_>, &mut Removed<V>) + 'a;

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Another process has changed a key: the copy here goes, and what is on its way is older than the change.
    ///
    /// A pinned copy stays if the key was deleted, as it does under a `delete` of this process.
    pub(crate) fn changed_elsewhere(&self, node: &Arc<ScopeNode>, key: &str, by: RemovedBy) {
        self.change(node, key, &mut |cache, key, removed| {
            cache.withdraw(key, by, removed);
        });
    }

    /// The tier has been told of a value that was set here. What was set stays; but if it had no room, or has left since,
    /// somebody may have read here what was in the tier before.
    pub(super) fn set_is_told(&self, node: &Arc<ScopeNode>, key: &str) {
        // If all that the scope had has left meanwhile, it is another node now.
        let found = self.world.directory.find(&node.scope());
        let node = found.as_ref().unwrap_or(node);
        self.change(node, key, &mut |cache, key, removed| {
            cache.withdraw_brought(key, RemovedBy::Replaced, removed);
        });
    }

    fn change(&self, node: &Arc<ScopeNode>, key: &str, withdraw: &mut Withdraw<'_, V>) {
        let key = HashedKey::new(key);
        let mut flight = None;
        let change = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, _: NodeRef<'_>| {
            if cell
                .flights
                .find(key)
                .is_some_and(|flight| is_older(flight))
            {
                flight = cell.flights.take(key);
            }
            withdraw(&mut cell.cache, key, removed);
        };
        // A value that panics when it is dropped is nobody's business here.
        Panics::default().hold(|| self.visit(NodeRef::Shared(node), &mut Create::No, change));
        drop(flight);
    }

    /// Another process has ended a scope: its cell here goes, with what is on its way.
    pub(crate) fn dropped_elsewhere(&self, node: &Arc<ScopeNode>, why: Invalidation) {
        let (cell, closed) = {
            let mut state = node.lock();
            let cell = state.remove(self.index);
            (cell, node.close_if_empty(&state))
        };
        if closed {
            self.world.directory.unlink(node);
        }
        Panics::default().hold(|| self.world.close_cells(cell, node.hash(), why));
    }

    /// It is not known any more whether the values of a scope are those of the fleet: they go. What is on its way stays,
    /// or everybody would compute everything while the tier is away.
    pub(super) fn distrust(&self, node: &Arc<ScopeNode>) {
        let mut gone = Removed::new();
        let clear = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
            // Nothing has to be waited for: there is no remote cache under a tier.
            drop(cell.cache.clear(Invalidation::Distrusted, &mut gone));
        };
        let mut panics = Panics::default();
        panics.hold(|| self.visit(NodeRef::Shared(node), &mut Create::No, clear));
        let by = Some(Invalidation::Distrusted);
        self.account_held(&mut gone, node.hash(), by, &mut panics);
        self.tell(&mut panics);
    }
}

/// Returns whether what a flight brings may be older than a change that is heard of now. A promise brings what is yet to
/// come, and who waits for another process has read nothing yet.
fn is_older<V>(flight: &Flight<V>) -> bool {
    flight.kind() != Kind::Promise && !flight.is_elsewhere()
}
