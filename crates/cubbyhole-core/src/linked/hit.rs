//! What a hit does: written once for entries in one vector and for entries in chunks.
//!
//! Which of the two it is, is asked once in an operation and not at each of the five entries that it looks at. These
//! functions are always in line: a call and its registers would be a tenth of the whole.

use super::Index;
use super::node::{Links, List, NONE, Node};
use crate::chunked::Places;
use crate::{GradualTable, HashedKey};

#[inline(always)]
pub(super) fn find<'a, V, M>(
    table: &GradualTable<Index>,
    nodes: &'a (impl Places<Node<V, M>> + ?Sized),
    key: HashedKey<'_>,
) -> Option<(Index, &'a Node<V, M>)> {
    let hash = key.hash();
    // The loop over the candidates compares hashes, and so is short; only one key is ever compared, or hardly ever two.
    let is = |&at: &Index| nodes.at(at as usize).is_some_and(|node| node.hash == hash);
    let at = *table.find(hash, is)?;
    match nodes.at(at as usize) {
        Some(node) if node.key == key => Some((at, node)),
        _ => find_colliding(table, nodes, key),
    }
}

/// Finds an entry although another one has the same hash.
#[cold]
fn find_colliding<'a, V, M>(
    table: &GradualTable<Index>,
    nodes: &'a (impl Places<Node<V, M>> + ?Sized),
    key: HashedKey<'_>,
) -> Option<(Index, &'a Node<V, M>)> {
    let is = |&at: &Index| nodes.at(at as usize).is_some_and(|node| node.key == key);
    let at = *table.find(key.hash(), is)?;
    Some((at, nodes.at(at as usize)?))
}

#[inline(always)]
pub(super) fn find_to_front<'a, V, M: 'a>(
    table: &GradualTable<Index>,
    nodes: &'a mut (impl Places<Node<V, M>> + ?Sized),
    lists: &mut [List],
    key: HashedKey<'_>,
) -> Option<&'a V> {
    let (at, node) = find(table, nodes, key)?;
    let (links, list) = (node.links, node.links.list);
    let node = raise(nodes, lists, at, links, list)?;
    Some(&node.value)
}

/// Moves an entry from where these links say it is to the front of a list, and returns it.
#[inline(always)]
pub(super) fn raise<'a, V, M>(
    nodes: &'a mut (impl Places<Node<V, M>> + ?Sized),
    lists: &mut [List],
    at: Index,
    links: Links,
    list: u8,
) -> Option<&'a mut Node<V, M>> {
    if lists[usize::from(list)].front == at {
        return nodes.at_mut(at as usize);
    }
    unlink(nodes, lists, links);
    link_front(nodes, lists, at, list)
}

/// Takes the entry of these links out of its list.
#[inline(always)]
pub(super) fn unlink<V, M>(
    nodes: &mut (impl Places<Node<V, M>> + ?Sized),
    lists: &mut [List],
    links: Links,
) {
    let ends = &mut lists[usize::from(links.list)];
    ends.len -= 1;
    match nodes.at_mut(links.before as usize) {
        Some(before) => before.links.after = links.after,
        None => ends.front = links.after,
    }
    match nodes.at_mut(links.after as usize) {
        Some(after) => after.links.before = links.before,
        None => ends.back = links.before,
    }
}

/// Puts an entry that is in no list at the front of one, and returns it.
#[inline(always)]
pub(super) fn link_front<'a, V, M>(
    nodes: &'a mut (impl Places<Node<V, M>> + ?Sized),
    lists: &mut [List],
    at: Index,
    list: u8,
) -> Option<&'a mut Node<V, M>> {
    let ends = &mut lists[usize::from(list)];
    let front = std::mem::replace(&mut ends.front, at);
    ends.len += 1;
    match nodes.at_mut(front as usize) {
        Some(front) => front.links.before = at,
        None => ends.back = at,
    }
    let node = nodes.at_mut(at as usize)?;
    node.links = Links {
        before: NONE,
        after: front,
        list,
    };
    Some(node)
}

/// Puts an entry that is in no list at the back of one.
pub(super) fn link_back<V, M>(
    nodes: &mut (impl Places<Node<V, M>> + ?Sized),
    lists: &mut [List],
    at: Index,
    list: u8,
) {
    let ends = &mut lists[usize::from(list)];
    let back = std::mem::replace(&mut ends.back, at);
    ends.len += 1;
    match nodes.at_mut(back as usize) {
        Some(back) => back.links.after = at,
        None => ends.front = at,
    }
    if let Some(node) = nodes.at_mut(at as usize) {
        node.links = Links {
            before: back,
            after: NONE,
            list,
        };
    }
}

/// Tells the neighbours of an entry that it is at `at` now. Returns the hash of its key.
#[inline(always)]
pub(super) fn relocate<V, M>(
    nodes: &mut (impl Places<Node<V, M>> + ?Sized),
    lists: &mut [List],
    at: Index,
) -> Option<u32> {
    let node = nodes.at(at as usize)?;
    let (links, hash) = (node.links, node.hash);
    let ends = &mut lists[usize::from(links.list)];
    match nodes.at_mut(links.before as usize) {
        Some(before) => before.links.after = at,
        None => ends.front = at,
    }
    match nodes.at_mut(links.after as usize) {
        Some(after) => after.links.before = at,
        None => ends.back = at,
    }
    Some(hash)
}
