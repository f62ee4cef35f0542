//! Which scopes have anything in the store.

use std::sync::Arc;

use cubbyhole_core::GradualTable;
use cubbyhole_scope::CacheScope;

use crate::node::ScopeNode;
use crate::sync::Mutex;

/// The scopes of users and sessions that have something in the store, by name.
///
/// In shards, so that two tasks seldom meet at one lock. A table grows and shrinks a few nodes at a time, because to
/// move a node it is asked for its hash, and it is seldom in a cache of the processor.
/// A node is in its shard from its first use to the moment it is closed; a closed node that is still found is replaced.
/// No other lock is taken under the lock of a shard, nor that under the lock of a node.
pub(crate) struct Directory {
    shards: Box<[Mutex<Nodes>]>,
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(Nodes::new())).collect(),
        }
    }

    pub(crate) fn find(&self, scope: &CacheScope) -> Option<Arc<ScopeNode>> {
        let hash = scope.hash64();
        let shard = self.shard(hash).lock();
        let node = shard.find(table_hash(hash), |node| node.is(scope));
        node.map(Arc::clone)
    }

    /// Finds the open node of a scope, or makes one.
    pub(crate) fn find_or_make(&self, scope: &CacheScope) -> Arc<ScopeNode> {
        let hash = scope.hash64();
        let mut shard = self.shard(hash).lock();
        let place = shard.find_mut(table_hash(hash), |node| node.is(scope));
        match place {
            Some(node) if !node.is_closed() => Arc::clone(node),
            Some(node) => {
                *node = ScopeNode::new(scope);
                Arc::clone(node)
            }
            None => {
                let node = ScopeNode::new(scope);
                shard.insert_unique(table_hash(hash), Arc::clone(&node), hash_of);
                node
            }
        }
    }

    /// Takes a closed node out, unless another has its place already.
    pub(crate) fn unlink(&self, closed: &Arc<ScopeNode>) {
        let mut shard = self.shard(closed.hash()).lock();
        let hash = table_hash(closed.hash());
        let removed = shard.remove(hash, |node| Arc::ptr_eq(node, closed), hash_of);
        drop(shard);
        drop(removed);
    }

    /// Returns all nodes, a shard at a time.
    pub(crate) fn all(&self) -> impl Iterator<Item = Vec<Arc<ScopeNode>>> {
        self.shards
            .iter()
            .map(|shard| shard.lock().iter().map(Arc::clone).collect())
    }

    fn shard(&self, hash: u64) -> &Mutex<Nodes> {
        &self.shards[(hash >> 40) as usize % SHARDS]
    }
}

type Nodes = GradualTable<Arc<ScopeNode>>;

/// The lower half of the hash of a scope; the shard comes from the upper one.
#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
const fn table_hash(hash: u64) -> u32 {
    hash as u32
}

fn hash_of(node: &Arc<ScopeNode>) -> u32 {
    table_hash(node.hash())
}

const SHARDS: usize = 256;
