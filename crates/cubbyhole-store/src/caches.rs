//! The caches of one registry entry, one for each scope, and every operation on them.
//!
//! An operation finds the node of its scope ([`Caches::here`]), locks it, and does all that it does to the cache and
//! to the flights of the scope in one go ([`Caches::visit`]). What it removed is dropped, and who waits is woken, after
//! the lock is free.

mod operations;
mod pending;
mod upkeep;

use std::sync::{Arc, Weak};

use cubbyhole_core::Removed;
use cubbyhole_policy::CachePolicy;
use cubbyhole_scope::{CacheScope, ScopeContext};

use crate::cell::{AnyCell, Cell, CellCache};
use crate::counters::{Count, Counters};
use crate::entry::{CachedRegistryEntry, Factory, StoreKey};
use crate::error::{CacheError, Invalidation};
use crate::expiry::{ExpiryQueue, Watch};
use crate::node::{EntryIndex, NodeState, ScopeNode};
use crate::policies::PolicyMap;
use crate::store::OnMissingScope;
use crate::sync::{AtomicU64, Ordering};
use crate::world::World;

pub(crate) use self::pending::Begun;

/// The caches of one registry entry, one for each scope.
pub(crate) struct Caches<V> {
    this: Weak<Self>,
    index: EntryIndex,
    key: StoreKey,
    policy: CachePolicy,
    factory: Option<Factory<V>>,
    world: Arc<World>,
    /// The node of the global scope; each entry has its own, so that two hot entries do not meet at one lock.
    global: Arc<ScopeNode>,
    /// Raised when this entry alone is cleared.
    epoch: AtomicU64,
    counters: Counters,
    expiry: ExpiryQueue,
}

/// A node as it was found; counting a reference costs something, and few operations need one of their own.
#[derive(Clone, Copy)]
pub(crate) enum NodeRef<'a> {
    Shared(&'a Arc<ScopeNode>),
    Remembered(&'a ScopeNode, &'a Arc<dyn std::any::Any + Send + Sync>),
}

/// Whether an operation makes the cell that it does not find.
enum Create<V> {
    No,
    Yes,
    /// Of another make: made beforehand, because that runs code which is not ours.
    With(CellCache<V>),
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    pub(crate) fn new(
        entry: &CachedRegistryEntry<V>,
        index: EntryIndex,
        world: Arc<World>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            index,
            key: entry.store_key().clone(),
            policy: entry.policy().clone(),
            factory: entry.factory().cloned(),
            world,
            global: ScopeNode::new(&CacheScope::Global),
            epoch: AtomicU64::new(0),
            counters: Counters::new(),
            expiry: ExpiryQueue::new(),
        })
    }

    /// Checks that an entry with this key asks for what is here.
    pub(crate) fn check_agrees(&self, entry: &CachedRegistryEntry<V>) -> Result<(), CacheError> {
        if self.policy != *entry.policy() {
            return Err(CacheError::PolicyConflict {
                entry: self.key.clone(),
                registered: Box::new(self.policy.clone()),
                given: Box::new(entry.policy().clone()),
            });
        }
        let code = |factory: Option<&Factory<V>>| factory.map(|factory| factory.code);
        if code(self.factory.as_ref()) != code(entry.factory()) {
            let entry = self.key.clone();
            return Err(CacheError::CacheConflict { entry });
        }
        Ok(())
    }

    /// Runs `f` on the cell of the scope of the running task, under its lock; `None` if there is no cell.
    #[inline]
    fn here<R>(
        &self,
        f: impl FnOnce(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<Option<R>, CacheError> {
        ScopeContext::with_current(|context| Ok(self.at(self.scope(context)?, Create::No, f)))
    }

    /// Runs `f` as [`here`](Self::here) does, and makes the cell if there is none.
    fn here_made<R>(
        &self,
        f: impl FnOnce(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<R, CacheError> {
        let mut f = Some(f);
        let mut once = |cell: &mut Cell<V>, removed: &mut Removed<V>, node: NodeRef<'_>| {
            f.take().map(|f| f(cell, removed, node))
        };
        let done = match &self.factory {
            None => ScopeContext::with_current(|context| {
                Ok(self.at(self.scope(context)?, Create::Yes, once))
            })?,
            Some(factory) => match self.here(&mut once)? {
                Some(done) => Some(done),
                None => {
                    let scope = ScopeContext::with_current(|context| self.scope(context).cloned())?;
                    let cache = CellCache::of((factory.make)(&scope));
                    self.at(&scope, Create::With(cache), once)
                }
            },
        };
        // A cell is made where there is none, so `f` has run.
        done.flatten().ok_or_else(|| CacheError::Abandoned {
            entry: self.key.clone(),
        })
    }

    /// Returns the scope that the running task's values of this entry live in.
    #[inline]
    fn scope<'a>(&self, context: &'a ScopeContext) -> Result<&'a CacheScope, CacheError> {
        let cache_type = self.policy.cache_type();
        match context.resolve_ref(cache_type) {
            Ok(scope) => Ok(scope),
            Err(_) if self.world.on_missing_scope == OnMissingScope::UseGlobal => {
                Ok(&CacheScope::Global)
            }
            Err(_) => Err(CacheError::MissingScope {
                entry: self.key.clone(),
                cache_type,
            }),
        }
    }

    /// Runs `f` on the cell of a scope, under its lock; `None` if there is no cell.
    #[inline]
    fn at<R>(
        &self,
        scope: &CacheScope,
        create: Create<V>,
        f: impl FnOnce(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Option<R> {
        let mut attempt = (create, f);
        let Some(memo) = scope.memo() else {
            let global = NodeRef::Shared(&self.global);
            return self.visit(global, attempt).unwrap_or_default();
        };
        if let Some(any) = memo.get(self.world.id)
            && let Some(node) = any.downcast_ref()
        {
            match self.visit(NodeRef::Remembered(node, any), attempt) {
                Ok(result) => return result,
                Err(again) => attempt = again,
            }
        }
        self.look_up(scope, attempt)
    }

    /// As [`at`](Self::at), for a scope whose id remembers no node, or one that is closed.
    #[cold]
    fn look_up<R, F>(&self, scope: &CacheScope, mut attempt: (Create<V>, F)) -> Option<R>
    where
        F: FnOnce(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    {
        loop {
            let node = match attempt.0 {
                Create::No => self.world.directory.find(scope)?,
                Create::Yes | Create::With(_) => self.world.directory.find_or_make(scope),
            };
            if let Some(memo) = scope.memo() {
                memo.set(self.world.id, Arc::<ScopeNode>::clone(&node));
            }
            match self.visit(NodeRef::Shared(&node), attempt) {
                Ok(result) => return result,
                Err(again) => attempt = again,
            }
            if matches!(attempt.0, Create::No) {
                return None; // It was closed while we looked: there is nothing in this scope now.
            }
        }
    }

    /// Runs `f` on the cell of a node, under its lock; `Ok(None)` if there is no cell. A closed node gives the attempt
    /// back.
    #[inline]
    fn visit<R, F>(
        &self,
        node: NodeRef<'_>,
        (mut create, f): (Create<V>, F),
    ) -> Result<Option<R>, (Create<V>, F)>
    where
        F: FnOnce(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    {
        let mut removed = Removed::new();
        let mut gone = None;
        let (result, watch, closed) = {
            let mut state = node.lock();
            if node.is_closed() {
                return Err((create, f));
            }
            let epoch = self.epoch();
            let cell = match state.cell::<V>(self.index) {
                Some(cell) if cell.epoch == epoch => Some(cell),
                stale => {
                    let stale = stale.is_some();
                    gone = stale.then(|| state.remove(self.index)).flatten();
                    self.make(&mut state, &mut create, epoch)
                }
            };
            match cell {
                None => (None, None, node.close_if_empty(&state)),
                Some(cell) => {
                    let result = Some(f(cell, &mut removed, node));
                    if cell.is_idle() {
                        // A vacant cache of ours drops nothing; one of another make goes when the lock is free.
                        gone = state.remove(self.index);
                        (result, None, node.close_if_empty(&state))
                    } else {
                        (result, self.new_watch(cell), false)
                    }
                }
            }
        };
        if let Some((at, id)) = watch {
            let node = Arc::downgrade(&node.to_arc());
            self.watch(Watch { at, id, node });
        }
        if closed {
            self.world.directory.unlink(&node.to_arc());
        }
        if !removed.is_empty() {
            self.account(&removed);
        }
        if let Some(cell) = gone {
            let cells = vec![(self.index, cell)];
            self.world.close_cells(cells, Invalidation::Cleared);
        }
        Ok(result)
    }

    /// Makes the cell that is not there, if it is to be made.
    #[cold]
    fn make<'a>(
        &self,
        state: &'a mut NodeState,
        create: &mut Create<V>,
        epoch: u64,
    ) -> Option<&'a mut Cell<V>> {
        let cache = match std::mem::replace(create, Create::No) {
            Create::No => return None,
            Create::Yes => CellCache::Policy(PolicyMap::new(&self.policy)),
            Create::With(cache) => cache,
        };
        let cell: Box<dyn AnyCell> = Box::new(Cell::new(cache, epoch));
        state.insert(self.index, cell);
        self.counters.increment(Count::Scopes);
        state.cell(self.index)
    }

    /// Returns the epoch of what is put into a cell now. A sum of two counters that only rise is equal to an earlier
    /// one if and only if neither has risen.
    #[inline]
    pub(crate) fn epoch(&self) -> u64 {
        self.world.epoch() + self.epoch.load(Ordering::Acquire)
    }
}

impl<V> Caches<V> {
    pub(crate) const fn key(&self) -> &StoreKey {
        &self.key
    }

    pub(crate) const fn policy(&self) -> &CachePolicy {
        &self.policy
    }

    pub(crate) const fn world(&self) -> &Arc<World> {
        &self.world
    }

    pub(crate) fn weak(&self) -> Weak<Self> {
        Weak::clone(&self.this)
    }
}

impl NodeRef<'_> {
    pub(crate) fn to_arc(self) -> Arc<ScopeNode> {
        match self {
            Self::Shared(node) => Arc::clone(node),
            // It was downcast before; a node that cannot be told from nothing is nothing.
            Self::Remembered(_, any) => Arc::clone(any)
                .downcast()
                .unwrap_or_else(|_| ScopeNode::new(&CacheScope::Global)),
        }
    }
}

impl std::ops::Deref for NodeRef<'_> {
    type Target = ScopeNode;

    #[inline]
    fn deref(&self) -> &ScopeNode {
        match self {
            Self::Shared(node) => node,
            Self::Remembered(node, _) => node,
        }
    }
}
