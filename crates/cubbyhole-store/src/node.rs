//! One scope: its caches, one a registry entry, behind one lock.

use std::any::Any;
use std::sync::Arc;

use cubbyhole_core::StoredKey;
use cubbyhole_policy::CacheType;
use cubbyhole_scope::CacheScope;

use crate::cell::{AnyCell, Cell};
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// The number of a registry entry within its store.
pub(crate) type EntryIndex = u32;

/// The caches of one scope.
///
/// One user's requests meet at this lock and nobody else's do. It also makes the end of a scope one step: whoever
/// holds the lock of a scope that was dropped finds it closed, and looks for the new one.
pub(crate) struct ScopeNode {
    name: ScopeName,
    /// No longer in the directory: nothing may be put here. Changes only under the lock.
    closed: AtomicBool,
    state: Mutex<NodeState>,
}

/// What a scope is called: a copy of the id, because an id that led to this scope remembers it, and a circle of the
/// two would never be freed.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct ScopeName {
    cache_type: CacheType,
    text: StoredKey,
    hash: u64,
}

pub(crate) struct NodeState {
    /// In the order of the entries.
    cells: Vec<(EntryIndex, Box<dyn AnyCell>)>,
}

impl ScopeNode {
    pub(crate) fn new(scope: &CacheScope) -> Arc<Self> {
        Arc::new(Self {
            name: ScopeName {
                cache_type: scope.cache_type(),
                text: StoredKey::new(scope.id().map_or("", |id| id.as_str())),
                hash: scope.hash64(),
            },
            closed: AtomicBool::new(false),
            state: Mutex::new(NodeState { cells: Vec::new() }),
        })
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.name.hash
    }

    /// Global caches are not in the directory, and stay.
    pub(crate) const fn is_global(&self) -> bool {
        matches!(self.name.cache_type, CacheType::Global)
    }

    pub(crate) fn is(&self, scope: &CacheScope) -> bool {
        self.name.hash == scope.hash64()
            && self.name.cache_type == scope.cache_type()
            && scope
                .id()
                .map_or(b"".as_slice(), |id| id.as_str().as_bytes())
                == self.name.text.as_bytes()
    }

    /// Returns whether the node is closed; who holds its lock knows that it stays so.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Closes the node, whose state the caller has locked.
    pub(crate) fn close(&self, _locked: &NodeState) {
        self.closed.store(true, Ordering::Release);
    }

    /// Closes the node if it holds nothing. Returns whether it has just been closed and has to be unlinked.
    pub(crate) fn close_if_empty(&self, locked: &NodeState) -> bool {
        let close = locked.cells.is_empty() && !self.is_global() && !self.is_closed();
        if close {
            self.close(locked);
        }
        close
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, NodeState> {
        self.state.lock()
    }
}

impl NodeState {
    #[inline]
    pub(crate) fn cell<V: Send + Sync + 'static>(
        &mut self,
        entry: EntryIndex,
    ) -> Option<&mut Cell<V>> {
        let at = self.find(entry)?;
        let cell: &mut dyn Any = &mut *self.cells[at].1;
        cell.downcast_mut()
    }

    /// Finds the cell of an entry. The cells are in the order of their entries, so it is never further back than its
    /// number says; in a scope that uses every entry it is just there.
    #[inline]
    fn find(&self, entry: EntryIndex) -> Option<usize> {
        let last = self.cells.len().checked_sub(1)?;
        let mut at = last.min(entry as usize);
        loop {
            let of = self.cells[at].0;
            if of <= entry {
                return (of == entry).then_some(at);
            }
            at = at.checked_sub(1)?;
        }
    }

    pub(crate) fn insert(&mut self, entry: EntryIndex, cell: Box<dyn AnyCell>) {
        let at = self.cells.partition_point(|(of, _)| *of < entry);
        self.cells.reserve_exact(1);
        self.cells.insert(at, (entry, cell));
    }

    pub(crate) fn remove(&mut self, entry: EntryIndex) -> Option<Box<dyn AnyCell>> {
        let at = self.find(entry)?;
        Some(self.cells.remove(at).1)
    }

    /// Takes out the cells that `is_stale` says are.
    pub(crate) fn take_stale(
        &mut self,
        is_stale: impl Fn(EntryIndex, &dyn AnyCell) -> bool,
    ) -> Vec<(EntryIndex, Box<dyn AnyCell>)> {
        self.cells
            .extract_if(.., |(entry, cell)| is_stale(*entry, &**cell))
            .collect()
    }

    pub(crate) fn take_all(&mut self) -> Vec<(EntryIndex, Box<dyn AnyCell>)> {
        std::mem::take(&mut self.cells)
    }
}
