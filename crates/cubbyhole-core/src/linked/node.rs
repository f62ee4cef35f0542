//! An entry and its place in a list.

use super::Index;
use crate::StoredKey;

#[derive(Debug)]
pub(super) struct Node<V, M> {
    pub(super) key: StoredKey,
    pub(super) value: V,
    pub(super) note: M,
    pub(super) hash: u32,
    pub(super) links: Links,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    /// The neighbour nearer to the front of the list, or [`NONE`].
    pub(super) before: Index,
    /// The neighbour nearer to the back of the list, or [`NONE`].
    pub(super) after: Index,
    pub(super) list: u8,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) front: Index,
    pub(super) back: Index,
    pub(super) len: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self {
        front: NONE,
        back: NONE,
        len: 0,
    };

    pub(super) const fn front(self) -> Option<Index> {
        known(self.front)
    }

    pub(super) const fn back(self) -> Option<Index> {
        known(self.back)
    }
}

pub(super) const fn known(at: Index) -> Option<Index> {
    if at == NONE { None } else { Some(at) }
}

/// The index of no entry; also beyond every vector, so that looking it up finds nothing.
pub(super) const NONE: Index = Index::MAX;
