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
///
/// There may be millions of these, so every word counts; that is why the name is not a struct of its own.
pub(crate) struct ScopeNode {
    /// The text of the id, copied: an id that led to this scope remembers it, and a circle of the two would never be
    /// freed.
    text: StoredKey,
    hash: u64,
    cache_type: CacheType,
    /// No longer in the directory: nothing may be put here. Changes only under the lock.
    closed: AtomicBool,
    state: Mutex<NodeState>,
}

pub(crate) struct NodeState {
    cells: Cells,
}

/// Cells in the order of their entries. Many a scope has one, which then needs no vector.
enum Cells {
    One(CellOf),
    Any(Vec<CellOf>),
}

/// The cell of a registry entry.
pub(crate) struct CellOf {
    pub(crate) entry: EntryIndex,
    /// The epoch in which the cell was made: once a later one has begun, nothing in it counts any more.
    pub(crate) epoch: Epoch,
    pub(crate) cell: Box<dyn AnyCell>,
}

/// A number that is raised when caches are cleared.
///
/// It begins anew after four thousand million clearings. Each of them sweeps all that is of an earlier epoch, so nothing
/// is there that could be taken for new.
pub(crate) type Epoch = u32;

impl ScopeNode {
    pub(crate) fn new(scope: &CacheScope) -> Arc<Self> {
        Arc::new(Self {
            text: StoredKey::new(scope.id().map_or("", |id| id.as_str())),
            hash: scope.hash64(),
            cache_type: scope.cache_type(),
            closed: AtomicBool::new(false),
            state: Mutex::new(NodeState { cells: Cells::NONE }),
        })
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    /// Calls `f` with the cache type and the id of the scope; the id is empty for the global one.
    pub(crate) fn with_scope<R>(&self, f: impl FnOnce(CacheType, &str) -> R) -> R {
        f(self.cache_type, &self.text.to_text())
    }

    /// Returns the scope. O(length of its id).
    pub(crate) fn scope(&self) -> CacheScope {
        self.with_scope(|cache_type, id| match cache_type {
            CacheType::Global => CacheScope::Global,
            CacheType::Session => CacheScope::session(id),
            CacheType::User => CacheScope::user(id),
        })
    }

    /// Global caches are not in the directory, and stay.
    pub(crate) const fn is_global(&self) -> bool {
        matches!(self.cache_type, CacheType::Global)
    }

    pub(crate) fn is(&self, scope: &CacheScope) -> bool {
        self.hash == scope.hash64()
            && self.cache_type == scope.cache_type()
            && scope
                .id()
                .map_or(b"".as_slice(), |id| id.as_str().as_bytes())
                == self.text.as_bytes()
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
        let close = locked.cells().is_empty() && !self.is_global() && !self.is_closed();
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
    /// Returns the cell of an entry, if it is of this epoch.
    #[inline]
    pub(crate) fn cell<V: Send + Sync + 'static>(
        &mut self,
        entry: EntryIndex,
        epoch: Epoch,
    ) -> Option<&mut Cell<V>> {
        self.cell_at(self.find(entry, epoch)?)
    }

    /// Finds the place of the cell of an entry, if it is of this epoch.
    #[inline]
    pub(crate) fn find(&self, entry: EntryIndex, epoch: Epoch) -> Option<usize> {
        let at = self.place(entry)?;
        (self.cells()[at].epoch == epoch).then_some(at)
    }

    /// Returns the cell at a place that was just found.
    #[inline]
    pub(crate) fn cell_at<V: Send + Sync + 'static>(&mut self, at: usize) -> Option<&mut Cell<V>> {
        let cell: &mut dyn Any = &mut *self.cells_mut()[at].cell;
        cell.downcast_mut()
    }

    /// Finds the place of the cell of an entry. The cells are in the order of their entries, so it is never further back
    /// than its number says; in a scope that uses every entry it is just there.
    #[inline]
    fn place(&self, entry: EntryIndex) -> Option<usize> {
        let cells = self.cells();
        let mut at = cells.len().checked_sub(1)?.min(entry as usize);
        loop {
            let of = cells[at].entry;
            if of <= entry {
                return (of == entry).then_some(at);
            }
            at = at.checked_sub(1)?;
        }
    }

    pub(crate) fn insert(&mut self, cell: CellOf) {
        self.cells = match std::mem::replace(&mut self.cells, Cells::NONE) {
            Cells::Any(cells) if cells.is_empty() => Cells::One(cell),
            Cells::Any(mut cells) => {
                let at = cells.partition_point(|other| other.entry < cell.entry);
                if cells.len() == cells.capacity() {
                    cells.reserve_exact(cells.len() / 4 + 1);
                }
                cells.insert(at, cell);
                Cells::Any(cells)
            }
            Cells::One(other) if other.entry < cell.entry => Cells::Any(vec![other, cell]),
            Cells::One(other) => Cells::Any(vec![cell, other]),
        };
    }

    pub(crate) fn remove(&mut self, entry: EntryIndex) -> Option<CellOf> {
        let at = self.place(entry)?;
        match std::mem::replace(&mut self.cells, Cells::NONE) {
            Cells::One(cell) => Some(cell),
            Cells::Any(mut cells) => {
                let cell = cells.remove(at);
                self.cells = Cells::Any(cells);
                Some(cell)
            }
        }
    }

    /// Takes out the cells that `is_stale` says are.
    pub(crate) fn take_stale(&mut self, is_stale: impl Fn(&CellOf) -> bool) -> Vec<CellOf> {
        match &mut self.cells {
            Cells::Any(cells) => cells.extract_if(.., |cell| is_stale(cell)).collect(),
            Cells::One(cell) if is_stale(cell) => self.take_all(),
            Cells::One(_) => Vec::new(),
        }
    }

    pub(crate) fn take_all(&mut self) -> Vec<CellOf> {
        match std::mem::replace(&mut self.cells, Cells::NONE) {
            Cells::One(cell) => vec![cell],
            Cells::Any(cells) => cells,
        }
    }

    #[inline]
    fn cells(&self) -> &[CellOf] {
        match &self.cells {
            Cells::One(cell) => std::slice::from_ref(cell),
            Cells::Any(cells) => cells,
        }
    }

    #[inline]
    fn cells_mut(&mut self) -> &mut [CellOf] {
        match &mut self.cells {
            Cells::One(cell) => std::slice::from_mut(cell),
            Cells::Any(cells) => cells,
        }
    }
}

impl Cells {
    const NONE: Self = Self::Any(Vec::new());
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn a_scope_takes_few_bytes() {
        assert_eq!(size_of::<CellOf>(), 24);
        assert_eq!(size_of::<Cell<u64>>(), 56);
        assert_eq!(size_of::<ScopeNode>(), 80);
    }
}
