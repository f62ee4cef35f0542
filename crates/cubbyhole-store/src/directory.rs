//! Which scopes have anything in the store.

use std::sync::Arc;

use cubbyhole_scope::CacheScope;
use hashbrown::HashTable;

use crate::node::ScopeNode;
use crate::sync::Mutex;

/// The scopes of users and sessions that have something in the store, by name.
///
/// In shards, so that two tasks seldom meet at one lock, and so that a table that grows is a small one.
/// A node is in its shard from its first use to the moment it is closed; a closed node that is still found is replaced.
/// No other lock is taken under the lock of a shard, nor that under the lock of a node.
pub(crate) struct Directory {
    shards: Box<[Mutex<HashTable<Arc<ScopeNode>>>]>,
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(HashTable::new())).collect(),
        }
    }

    pub(crate) fn find(&self, scope: &CacheScope) -> Option<Arc<ScopeNode>> {
        let hash = scope.hash64();
        let shard = self.shard(hash).lock();
        shard.find(hash, |node| node.is(scope)).map(Arc::clone)
    }

    /// Finds the open node of a scope, or makes one.
    pub(crate) fn find_or_make(&self, scope: &CacheScope) -> Arc<ScopeNode> {
        let hash = scope.hash64();
        let mut shard = self.shard(hash).lock();
        let place = shard.find_mut(hash, |node| node.is(scope));
        match place {
            Some(node) if !node.is_closed() => Arc::clone(node),
            Some(node) => {
                *node = ScopeNode::new(scope);
                Arc::clone(node)
            }
            None => {
                let node = ScopeNode::new(scope);
                shard.insert_unique(hash, Arc::clone(&node), |node| node.hash());
                node
            }
        }
    }

    /// Takes a closed node out, unless another has its place already.
    pub(crate) fn unlink(&self, closed: &Arc<ScopeNode>) {
        let mut shard = self.shard(closed.hash()).lock();
        if let Ok(entry) = shard.find_entry(closed.hash(), |node| Arc::ptr_eq(node, closed)) {
            entry.remove();
        }
        if shard.is_empty() || shard.len() < shard.capacity() / 8 {
            let len = shard.len() * 2;
            shard.shrink_to(len, |node| node.hash());
        }
    }

    /// Returns all nodes, a shard at a time.
    pub(crate) fn all(&self) -> impl Iterator<Item = Vec<Arc<ScopeNode>>> {
        self.shards
            .iter()
            .map(|shard| shard.lock().iter().map(Arc::clone).collect())
    }

    fn shard(&self, hash: u64) -> &Mutex<HashTable<Arc<ScopeNode>>> {
        // The table of a shard takes its positions from the lowest bits and its tags from the highest.
        &self.shards[(hash >> 40) as usize % SHARDS]
    }
}

const SHARDS: usize = 256;
