//! A string-keyed hash map whose entries are also in lists: what an eviction order is made of.

mod hit;
mod node;

use crate::chunked::ChunkedVec;
use crate::{GradualTable, HashedKey, RemovedKey, StoredKey};
use node::{Links, List, NONE, Node, known};

/// The place of an entry in a [`LinkedMap`]; good until the next entry is removed.
pub type Index = u32;

/// A hash map from strings to `V`, whose every entry stands in one of `LISTS` doubly linked lists.
///
/// An LRU keeps a list by recency, a TTL cache one by deadline; a second list holds what must not leave.
/// `M` is what the cache notes beside a value: a deadline, a flag.
///
/// Entries lie side by side in chunks and link by index, so there is nothing unsafe and nothing to leak. Removing
/// one moves the last entry into the gap; memory is given back when three quarters are unused. The invariants, which
/// [`check`](Self::check) verifies: the table and the lists know exactly the entries, no two of one key, each list walks to
/// the same entries in both directions, each entry is in the list that it names, and a list's length is the number of
/// its entries.
///
/// All operations are O(1) but for those that say otherwise, and none makes up for many: see [`GradualTable`]. Entries
/// of a large map stay where they are while it grows; up to a thousand of them are in one vector, which doubles.
#[derive(Debug)]
pub struct LinkedMap<V, M, const LISTS: usize> {
    table: GradualTable<Index>,
    nodes: ChunkedVec<Node<V, M>>,
    lists: [List; LISTS],
}

impl<V, M, const LISTS: usize> LinkedMap<V, M, LISTS> {
    /// Makes an empty map. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            table: GradualTable::new(),
            nodes: ChunkedVec::new(),
            lists: [List::EMPTY; LISTS],
        }
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 0
    }

    /// Returns whether another entry would have no index.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.nodes.len() >= NONE as usize
    }

    /// Returns the number of entries in a list.
    #[must_use]
    pub const fn list_len(&self, list: u8) -> usize {
        self.lists[list as usize].len as usize
    }

    /// Finds an entry by its key.
    #[must_use]
    #[inline]
    pub fn find(&self, key: HashedKey<'_>) -> Option<Index> {
        self.find_node(key).map(|(at, _)| at)
    }

    /// Finds the value and the note of a key.
    #[must_use]
    #[inline]
    pub fn get(&self, key: HashedKey<'_>) -> Option<(&V, &M)> {
        self.find_node(key)
            .map(|(_, node)| (&node.value, &node.note))
    }

    /// Finds an entry by its key, moves it to the front of its list and returns its value: a hit of an LRU.
    #[inline]
    pub fn find_to_front(&mut self, key: HashedKey<'_>) -> Option<&V> {
        let (table, lists) = (&self.table, &mut self.lists);
        match &mut self.nodes {
            ChunkedVec::One(nodes) => hit::find_to_front(table, &mut **nodes, lists, key),
            ChunkedVec::Many(nodes) => hit::find_to_front(table, nodes.slices_mut(), lists, key),
        }
    }

    /// Adds an entry at the front of a list. The key MUST NOT be there yet, and the map MUST NOT be full.
    pub fn push_front(&mut self, key: HashedKey<'_>, value: V, note: M, list: u8) -> Index {
        self.push_stored(key.into(), key.hash(), value, note, list)
    }

    /// Adds an entry as [`push_front`](Self::push_front) does, with a key that is stored already.
    pub fn push_stored(&mut self, key: StoredKey, hash: u32, value: V, note: M, list: u8) -> Index {
        let at = self.add(key, hash, value, note, list);
        self.link_front(at, list);
        at
    }

    /// Adds an entry at the back of a list, as [`push_stored`](Self::push_stored) does at the front.
    pub fn push_stored_back(
        &mut self,
        key: StoredKey,
        hash: u32,
        value: V,
        note: M,
        list: u8,
    ) -> Index {
        let at = self.add(key, hash, value, note, list);
        let lists = &mut self.lists;
        match &mut self.nodes {
            ChunkedVec::One(nodes) => hit::link_back(&mut **nodes, lists, at, list),
            ChunkedVec::Many(nodes) => hit::link_back(nodes.slices_mut(), lists, at, list),
        }
        at
    }

    /// Adds an entry that is yet to be linked into its list.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the map is not full, so the index fits"
    )]
    fn add(&mut self, key: StoredKey, hash: u32, value: V, note: M, list: u8) -> Index {
        let at = self.nodes.len() as Index;
        self.nodes.push(Node {
            key,
            value,
            note,
            hash,
            links: Links {
                before: NONE,
                after: NONE,
                list,
            },
        });
        let nodes = &self.nodes;
        self.table
            .insert_unique(hash, at, |&other| nodes[other as usize].hash);
        at
    }

    /// Removes an entry and returns its key, value and note. The entry that was last takes its index.
    pub fn remove(&mut self, at: Index) -> (StoredKey, V, M) {
        let Node { links, hash, .. } = self.nodes[at as usize];
        self.unlink(links);
        let nodes = &self.nodes;
        let hash_of = |&other: &Index| nodes[other as usize].hash;
        self.table.remove(hash, |&other| other == at, hash_of);
        let node = self.nodes.swap_remove(at as usize);
        self.rename(self.nodes.len(), at);
        (node.key, node.value, node.note)
    }

    /// Removes the entry at the back of a list, and returns it as [`remove`](Self::remove) does.
    pub fn pop_back(&mut self, list: u8) -> Option<(StoredKey, V, M)> {
        self.back(list).map(|at| self.remove(at))
    }

    /// Moves an entry to the front of a list, from wherever it is.
    #[inline]
    pub fn move_to_front(&mut self, at: Index, list: u8) {
        let (links, lists) = (self.nodes[at as usize].links, &mut self.lists);
        match &mut self.nodes {
            ChunkedVec::One(nodes) => hit::raise(&mut **nodes, lists, at, links, list),
            ChunkedVec::Many(nodes) => hit::raise(nodes.slices_mut(), lists, at, links, list),
        };
    }

    /// Returns the entry at the front of a list.
    #[must_use]
    pub const fn front(&self, list: u8) -> Option<Index> {
        self.lists[list as usize].front()
    }

    /// Returns the entry at the back of a list.
    #[must_use]
    pub const fn back(&self, list: u8) -> Option<Index> {
        self.lists[list as usize].back()
    }

    /// Returns the entry before this one: one step from the back of its list to the front.
    #[must_use]
    pub fn before(&self, at: Index) -> Option<Index> {
        known(self.nodes[at as usize].links.before)
    }

    /// Returns which list an entry is in.
    #[must_use]
    pub fn list_of(&self, at: Index) -> u8 {
        self.nodes[at as usize].links.list
    }

    /// Returns the key of an entry.
    #[must_use]
    pub fn key(&self, at: Index) -> &StoredKey {
        &self.nodes[at as usize].key
    }

    /// Returns what [`Removed`](crate::Removed) is told of the key of an entry that is about to be removed.
    #[must_use]
    pub fn removed_key(&self, at: Index) -> RemovedKey {
        let node = &self.nodes[at as usize];
        RemovedKey {
            bytes: node.key.as_bytes().len(),
            hash: node.hash,
        }
    }

    /// Returns the value of an entry.
    #[must_use]
    #[inline]
    pub fn value(&self, at: Index) -> &V {
        &self.nodes[at as usize].value
    }

    /// Returns the value of an entry, to be replaced.
    #[must_use]
    pub fn value_mut(&mut self, at: Index) -> &mut V {
        &mut self.nodes[at as usize].value
    }

    /// Returns the note of an entry.
    #[must_use]
    pub fn note(&self, at: Index) -> &M {
        &self.nodes[at as usize].note
    }

    /// Returns the note of an entry, to be changed.
    #[must_use]
    pub fn note_mut(&mut self, at: Index) -> &mut M {
        &mut self.nodes[at as usize].note
    }

    /// Returns all entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&StoredKey, &V, &M)> {
        self.nodes
            .iter()
            .map(|node| (&node.key, &node.value, &node.note))
    }

    /// Returns the entries of a list from front to back.
    pub fn walk(&self, list: u8) -> impl Iterator<Item = Index> {
        std::iter::successors(self.front(list), |&at| {
            known(self.nodes[at as usize].links.after)
        })
    }

    /// Returns the entries of a list from back to front.
    pub fn walk_back(&self, list: u8) -> impl Iterator<Item = Index> {
        std::iter::successors(self.back(list), |&at| self.before(at))
    }

    /// Removes all entries and returns them, in no particular order. O(n) to consume.
    pub fn drain(&mut self) -> impl Iterator<Item = (StoredKey, V, M)> + use<V, M, LISTS> {
        std::mem::take(self)
            .nodes
            .into_elements()
            .map(|node| (node.key, node.value, node.note))
    }

    /// Verifies the invariants, for tests of caches that are made of this. O(n).
    ///
    /// # Errors
    ///
    /// Says which invariant does not hold.
    pub fn check(&self) -> Result<(), String> {
        if self.table.len() != self.nodes.len() {
            return Err("the table and the vector differ in length".to_owned());
        }
        self.nodes.check()?;
        self.table.check(|&at| self.nodes[at as usize].hash)?;
        let mut listed = 0;
        for list in 0..LISTS {
            listed += self.check_list(list)?;
        }
        if listed != self.nodes.len() {
            return Err("an entry is in no list".to_owned());
        }
        for (at, node) in self.nodes.iter().enumerate() {
            let found = self.table.find(node.hash, |&other| {
                self.nodes[other as usize].key == node.key
            });
            if found.is_none_or(|&found| found as usize != at) || node.hash != node.key.hash() {
                return Err(format!(
                    "the table does not know entry {at}, or two of its key"
                ));
            }
        }
        Ok(())
    }

    fn check_list(&self, list: usize) -> Result<usize, String> {
        let (mut seen, mut before, mut at) = (0, NONE, self.lists[list].front);
        while at != NONE {
            let node = &self.nodes[at as usize];
            if node.links.before != before || usize::from(node.links.list) != list {
                return Err(format!("entry {at} of list {list} is linked wrongly"));
            }
            seen += 1;
            if seen > self.nodes.len() {
                return Err(format!("list {list} goes in a circle"));
            }
            (before, at) = (at, node.links.after);
        }
        if self.lists[list].back != before || self.lists[list].len as usize != seen {
            return Err(format!("list {list} has the wrong back or length"));
        }
        Ok(seen)
    }

    #[inline(always)] // As in the module `hit`.
    fn find_node(&self, key: HashedKey<'_>) -> Option<(Index, &Node<V, M>)> {
        match &self.nodes {
            ChunkedVec::One(nodes) => hit::find(&self.table, &**nodes, key),
            ChunkedVec::Many(nodes) => hit::find(&self.table, nodes.slices(), key),
        }
    }

    fn link_front(&mut self, at: Index, list: u8) {
        let lists = &mut self.lists;
        match &mut self.nodes {
            ChunkedVec::One(nodes) => hit::link_front(&mut **nodes, lists, at, list),
            ChunkedVec::Many(nodes) => hit::link_front(nodes.slices_mut(), lists, at, list),
        };
    }

    fn unlink(&mut self, links: Links) {
        let lists = &mut self.lists;
        match &mut self.nodes {
            ChunkedVec::One(nodes) => hit::unlink(&mut **nodes, lists, links),
            ChunkedVec::Many(nodes) => hit::unlink(nodes.slices_mut(), lists, links),
        }
    }

    /// Tells everybody who knows an entry as `old` (the former length) that it is now at `new`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was the index of an entry"
    )]
    fn rename(&mut self, old: usize, new: Index) {
        let lists = &mut self.lists;
        let hash = match &mut self.nodes {
            ChunkedVec::One(nodes) => hit::relocate(&mut **nodes, lists, new),
            ChunkedVec::Many(nodes) => hit::relocate(nodes.slices_mut(), lists, new),
        };
        let Some(hash) = hash else {
            return; // The removed entry was the last one: nothing moved.
        };
        let slot = self.table.find_mut(hash, |&other| other == old as Index);
        if let Some(slot) = slot {
            *slot = new;
        }
    }
}

impl<V, M, const LISTS: usize> Default for LinkedMap<V, M, LISTS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
