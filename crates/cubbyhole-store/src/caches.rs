//! The caches of one registry entry, one for each scope, and every operation on them.
//!
//! An operation finds the node of its scope ([`Caches::here`]), locks it, and does all that it does to the cache and
//! to the flights of the scope in one go ([`Caches::visit`]). What it removed is dropped, and who waits is woken, after
//! the lock is free.

mod computations;
mod elsewhere;
mod export;
mod operations;
mod pending;
mod publishing;
mod settings;
mod shared;
mod telling;
mod upkeep;

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use cubbyhole_core::Removed;
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{CacheScope, ScopeContext, ScopeMemo};

use crate::cell::{Cell, CellCache};
use crate::counters::{Count, Counters};
use crate::deadlines::Deadlines;
use crate::entry::{CachedRegistryEntry, Factory, StoreKey};
use crate::error::CacheError;
use crate::expiry::ExpiryQueue;
use crate::in_flight::Airborne;
use crate::load_times::LoadTimer;
use crate::misses::Departed;
use crate::node::{CellOf, EntryIndex, Epoch, NodeState, ScopeNode};
use crate::panics::Panics;
use crate::removal::{Listener, Removals};
use crate::runtime::with_current;
use crate::shared::Shared;
use crate::store::OnMissingScope;
use crate::sync::{AtomicU32, Ordering, RwLock};
use crate::world::World;

pub(crate) use self::export::Begun as RestoreBegun;
pub(crate) use self::pending::Begun;
use self::settings::Settings;
use self::shared::Tiered;
pub(crate) use self::shared::{Asked, Wanted};

/// The caches of one registry entry, one for each scope.
pub(crate) struct Caches<V> {
    this: Weak<Self>,
    index: EntryIndex,
    key: StoreKey,
    /// The policy that the entry was registered with.
    declared: CachePolicy,
    /// The policy of now.
    settings: RwLock<Arc<Settings>>,
    /// That of either policy, at hand.
    cache_type: CacheType,
    factory: Option<Factory<V>>,
    listener: Option<Listener<V>>,
    removals: Option<Arc<Removals<V>>>,
    tiered: Option<Tiered<V>>,
    world: Arc<World>,
    /// The node of the global scope; each entry has its own, so that two hot entries do not meet at one lock.
    global: Arc<ScopeNode>,
    /// Raised when this entry alone is cleared.
    epoch: AtomicU32,
    counters: Counters,
    departed: Departed,
    load_timer: LoadTimer,
    airborne: Arc<Airborne<V>>,
    expiry: ExpiryQueue,
    deadlines: OnceLock<Arc<Deadlines<V>>>,
}

/// A node as it was found; counting a reference costs something, and few operations need one of their own.
#[derive(Clone, Copy)]
pub(crate) enum NodeRef<'a> {
    Shared(&'a Arc<ScopeNode>),
    Remembered(&'a ScopeNode, &'a Remembered),
}

/// A node, as an id remembers it.
type Remembered = Arc<dyn std::any::Any + Send + Sync>;

/// Whether an operation makes the cell that it does not find.
enum Create<V> {
    No,
    Yes,
    /// Of another make: made beforehand, because that runs code which is not ours.
    With(Box<CellCache<V>>),
}

/// What came of a visit to a node.
enum Visit<R> {
    /// It found the cell.
    Done(R),
    /// There is no cell.
    Absent,
    /// The node is closed: there is another by now, or none.
    Closed,
}

/// What a visit leaves to be seen to when the lock is free.
#[derive(Default)]
struct After {
    /// The cell holds nothing, or is not there.
    idle: bool,
    /// The node was closed and has to be unlinked.
    closed: bool,
    /// When the cell has something to expire, and under which number it waits for that.
    watch: Option<(Duration, u64)>,
    /// Cells that were taken out.
    gone: Vec<CellOf>,
    /// The visit ended in a panic of code that is not ours.
    panics: Panics,
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
            declared: entry.policy().clone(),
            settings: RwLock::new(Settings::new(
                entry.policy().clone(),
                entry.listener().is_some() || entry.shared().is_some(),
            )),
            cache_type: entry.policy().cache_type(),
            factory: entry.factory().cloned(),
            listener: entry.listener().cloned(),
            removals: entry.listener().cloned().map(Removals::new),
            tiered: entry.shared().cloned().map(Tiered::new),
            world,
            global: ScopeNode::new(&CacheScope::Global),
            epoch: AtomicU32::new(0),
            counters: Counters::new(),
            departed: Departed::default(),
            load_timer: LoadTimer::new(),
            airborne: Airborne::new(),
            expiry: ExpiryQueue::new(),
            deadlines: OnceLock::new(),
        })
    }

    /// Checks that an entry with this key asks for what is here.
    pub(crate) fn check_agrees(&self, entry: &CachedRegistryEntry<V>) -> Result<(), CacheError> {
        if self.declared != *entry.policy() {
            return Err(CacheError::PolicyConflict {
                entry: self.key.clone(),
                registered: Box::new(self.declared.clone()),
                given: Box::new(entry.policy().clone()),
            });
        }
        let code = |factory: Option<&Factory<V>>| factory.map(|factory| factory.code);
        let heard_by = |listener: Option<&Listener<V>>| listener.map(|listener| listener.code);
        if code(self.factory.as_ref()) != code(entry.factory())
            || heard_by(self.listener.as_ref()) != heard_by(entry.listener())
            || !self.is_shared_as(entry.shared())
        {
            let entry = self.key.clone();
            return Err(CacheError::CacheConflict { entry });
        }
        self.check_own_make(entry.policy())
    }

    /// Returns whether the values are shared in this way.
    fn is_shared_as(&self, shared: Option<&Shared<V>>) -> bool {
        match (&self.tiered, shared) {
            (None, None) => true,
            (Some(ours), Some(other)) => ours.shared.agrees(other),
            _ => false,
        }
    }

    /// Runs `f` on the cell of the scope of the running task, under its lock, if the way there needs no detour: the hot
    /// path of the hot path.
    ///
    /// `None` says nothing: the scope may be missing, or not remembered, or it has no cell, or `f` could not do with it.
    /// What `f` does MUST leave nothing to be seen to afterwards, as [`visit`](Self::visit) does.
    #[inline]
    fn at_once<R>(&self, f: impl FnOnce(&mut Cell<V>) -> Option<R>) -> Option<R> {
        with_current(|context| {
            let scope = context.resolve_ref(self.cache_type).ok()?;
            let mut state = self.remembered(scope)?.lock();
            // A node that is closed has no cells.
            f(state.cell(self.index, self.epoch())?)
        })
    }

    /// Returns the node of a scope that has one, if its id remembers it, or does from now on.
    #[inline]
    fn remembered<'a>(&'a self, scope: &'a CacheScope) -> Option<&'a ScopeNode> {
        let Some(memo) = scope.memo() else {
            return Some(&self.global);
        };
        match memo.get(self.world.id) {
            Some(node) => node.downcast_ref(),
            None => self.remember(scope, memo)?.downcast_ref(),
        }
    }

    /// Looks for the node of a scope, and lets its id remember it.
    #[cold]
    fn remember<'a>(&self, scope: &CacheScope, memo: &'a ScopeMemo) -> Option<&'a Remembered> {
        self.keep_in(memo, &self.world.directory.find(scope)?);
        memo.get(self.world.id)
    }

    /// Lets an id remember a node, which it does for ever: not one that is closed already.
    fn keep_in(&self, memo: &ScopeMemo, node: &Arc<ScopeNode>) {
        if !node.is_closed() {
            memo.set(self.world.id, Arc::<ScopeNode>::clone(node));
        }
    }

    /// Runs `f` on the cell of the scope of the running task, under its lock; `None` if there is no cell.
    #[inline]
    fn here<R>(
        &self,
        mut f: impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<Option<R>, CacheError> {
        with_current(|context| {
            let scope = self.scope(context)?;
            Ok(self.at(scope, &mut Create::No, &mut f))
        })
    }

    /// Runs `f` as [`here`](Self::here) does, and makes the cell if there is none.
    #[inline]
    fn here_made<R>(
        &self,
        mut f: impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<R, CacheError> {
        let done = match &self.factory {
            None => with_current(|context| {
                let scope = self.scope(context)?;
                Ok(self.at(scope, &mut Create::Yes, &mut f))
            })?,
            Some(factory) => self.here_made_by(factory, &mut f)?,
        };
        // A cell is made where there is none.
        done.ok_or_else(|| CacheError::Abandoned {
            entry: self.key.clone(),
        })
    }

    /// Makes a cell of another make outside of any lock, if there is none.
    #[cold]
    fn here_made_by<R>(
        &self,
        factory: &Factory<V>,
        f: &mut impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Result<Option<R>, CacheError> {
        let scope = with_current(|context| self.scope(context).cloned())?;
        if let Some(done) = self.at(&scope, &mut Create::No, f) {
            return Ok(Some(done));
        }
        let cache = CellCache::of((factory.make)(&scope));
        Ok(self.at(&scope, &mut Create::With(Box::new(cache)), f))
    }

    /// Returns the scope that the running task's values of this entry live in.
    #[inline]
    fn scope<'a>(&self, context: &'a ScopeContext) -> Result<&'a CacheScope, CacheError> {
        let cache_type = self.cache_type;
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
        create: &mut Create<V>,
        f: &mut impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Option<R> {
        let Some(memo) = scope.memo() else {
            return self.visit(NodeRef::Shared(&self.global), create, f).done();
        };
        if let Some(any) = memo.get(self.world.id)
            && let Some(node) = any.downcast_ref()
        {
            match self.visit(NodeRef::Remembered(node, any), create, f) {
                Visit::Done(result) => return Some(result),
                Visit::Absent => return None,
                Visit::Closed => {}
            }
        }
        self.look_up(scope, create, f)
    }

    /// As [`at`](Self::at), for a scope whose id remembers no node, or one that is closed.
    #[cold]
    fn look_up<R>(
        &self,
        scope: &CacheScope,
        create: &mut Create<V>,
        f: &mut impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Option<R> {
        loop {
            let reads = matches!(create, Create::No);
            let node = if reads {
                self.world.directory.find(scope)?
            } else {
                self.world.directory.find_or_make(scope)
            };
            if let Some(memo) = scope.memo() {
                self.keep_in(memo, &node);
            }
            match self.visit(NodeRef::Shared(&node), create, f) {
                Visit::Done(result) => return Some(result),
                Visit::Absent => return None,
                // It was closed while we looked: there was nothing in this scope then.
                Visit::Closed if reads => return None,
                Visit::Closed => {}
            }
        }
    }

    /// Runs `f`, once, on the cell of a node, under its lock.
    #[inline]
    fn visit<R>(
        &self,
        node: NodeRef<'_>,
        create: &mut Create<V>,
        f: &mut impl FnMut(&mut Cell<V>, &mut Removed<V>, NodeRef<'_>) -> R,
    ) -> Visit<R> {
        let mut removed = Removed::new();
        let mut after = After::default();
        let result = {
            let mut state = node.lock();
            if node.is_closed() {
                return Visit::Closed;
            }
            let epoch = self.epoch();
            let cell = match state.find(self.index, epoch) {
                Some(at) => state.cell_at(at),
                None => self.renew(&mut state, create, epoch, node, &mut after),
            };
            let result = match cell {
                Some(cell) => {
                    let result = after.panics.hold(|| f(cell, &mut removed, node));
                    after.idle = cell.is_idle();
                    after.watch = self.new_watch(cell);
                    result.map_or(Visit::Absent, Visit::Done)
                }
                None => {
                    after.idle = true;
                    Visit::Absent
                }
            };
            if after.idle {
                after.gone.extend(state.remove(self.index));
                after.closed = node.close_if_empty(&state);
            }
            result
        };
        if after.is_due() || !removed.is_empty() {
            self.see_to(node, after, &mut removed);
        }
        result
    }

    /// Takes a cell of an earlier epoch out, and makes the cell that is not there, if it is to be made.
    #[cold]
    fn renew<'a>(
        &self,
        state: &'a mut NodeState,
        create: &mut Create<V>,
        epoch: Epoch,
        node: NodeRef<'_>,
        after: &mut After,
    ) -> Option<&'a mut Cell<V>> {
        after.gone.extend(state.remove(self.index));
        let cache = match std::mem::replace(create, Create::No) {
            Create::No => return None,
            Create::Yes => self.make_cache(node),
            Create::With(cache) => *cache,
        };
        state.insert(CellOf {
            entry: self.index,
            epoch,
            cell: Box::new(Cell::new(cache)),
        });
        self.counters.increment(Count::Scopes);
        state.cell(self.index, epoch)
    }

    /// Returns the epoch of what is put into a cell now. A sum of two counters that only rise is equal to an earlier
    /// one if and only if neither has risen.
    #[inline]
    pub(crate) fn epoch(&self) -> Epoch {
        let own = self.epoch.load(Ordering::Acquire);
        self.world.epoch().wrapping_add(own)
    }
}

impl<V> Caches<V> {
    pub(crate) const fn key(&self) -> &StoreKey {
        &self.key
    }

    /// Returns the policy that the entry was registered with.
    pub(crate) const fn declared(&self) -> &CachePolicy {
        &self.declared
    }

    pub(crate) const fn world(&self) -> &Arc<World> {
        &self.world
    }

    pub(crate) fn weak(&self) -> Weak<Self> {
        Weak::clone(&self.this)
    }
}

impl<R> Visit<R> {
    fn done(self) -> Option<R> {
        match self {
            Self::Done(result) => Some(result),
            Self::Absent | Self::Closed => None,
        }
    }
}

impl After {
    #[inline]
    const fn is_due(&self) -> bool {
        self.idle || self.watch.is_some() || !self.gone.is_empty() || !self.panics.is_empty()
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
