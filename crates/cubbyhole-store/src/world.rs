//! What the caches of one store have in common.

mod tiers;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_core::{Clock, SharedTier, TierDone, TierInvalidation};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::CacheScope;
use hashbrown::HashMap;

use self::tiers::Attached;
use crate::caches::Caches;
use crate::cell::AnyCell;
use crate::directory::Directory;
use crate::entry::{CachedRegistryEntry, StoreKey};
use crate::error::{CacheError, Invalidation};
use crate::in_flight::InFlight;
use crate::limits::{Limits, MaxComputations};
use crate::load_graph::LoadGraph;
use crate::node::{CellOf, EntryIndex, Epoch, ScopeNode};
use crate::panics::Panics;
use crate::restores::Restores;
use crate::shared::tier_scope;
use crate::stats::EntryStats;
use crate::store::OnMissingScope;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, Mutex, Ordering, RwLock};
use crate::tags::{Tag, Tags};

/// What the caches of one store have in common: the scopes, the registry, the clock, the epoch.
pub(crate) struct World {
    /// A number that no other store of this process has, or ever had.
    pub(crate) id: u64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) on_missing_scope: OnMissingScope,
    pub(crate) directory: Directory,
    pub(crate) loads: Arc<LoadGraph>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) tags: Arc<Tags>,
    pub(crate) restores: Restores,
    /// Where the next random number comes from.
    seed: AtomicU64,
    /// Raised by `clear`: that is the moment at which all that was there is gone.
    epoch: AtomicU32,
    registry: RwLock<Registry>,
    /// The tiers under the caches of entries that are shared.
    tiers: Mutex<Vec<Attached>>,
    has_tiers: AtomicBool,
    /// Remote caches of cells that are gone, each until it has been cleared.
    clearings: Mutex<Vec<Clearing>>,
    /// They are cleared one by one: whoever waits for the last has waited for all.
    clearing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Registry {
    index: HashMap<StoreKey, EntryIndex>,
    entries: Vec<Arc<dyn AnyCaches>>,
}

/// The clearing of a remote cache, which has to be waited for. It can begin anew if whoever waited has given up.
pub(crate) type Clearing = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The caches of one registry entry, their type of value forgotten.
pub(crate) trait AnyCaches: Any + Send + Sync {
    fn value_type(&self) -> &'static str;
    fn epoch(&self) -> Epoch;
    fn global(&self) -> &Arc<ScopeNode>;
    fn stats(&self) -> EntryStats;
    fn store_key(&self) -> &StoreKey;
    fn policy(&self) -> CachePolicy;
    fn cache_type(&self) -> CacheType;
    /// Puts everything of this entry out of reach; a sweep takes it out.
    fn raise_epoch(&self);
    /// Returns a copy of a value in the scope of the running task, without counting that as use.
    fn peek(&self, key: &str) -> Option<Box<dyn Any + Send>>;
    /// Removes a value in the scope of the running task, and returns whether there was one.
    fn delete<'a>(&'a self, key: &'a str) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
    fn in_flight(&self) -> Vec<InFlight>;
    /// Takes out of a scope what has a tag that was invalidated, so many values at a time.
    fn remove_tagged(&self, node: &Arc<ScopeNode>, tag: &Arc<Tag>);
    /// Checks that another policy can take the place of this one.
    fn check_exchange(&self, policy: &CachePolicy) -> Result<(), CacheError>;
    /// Puts another policy in the place of this one, for caches that are made from now on.
    fn exchange(&self, policy: CachePolicy);
    /// Moves what a scope has over to a cache of the policy of now.
    fn exchange_in(&self, node: &Arc<ScopeNode>);
    /// Ends what is on its way to a cell that is out of its scope, whose hash is given, and drops what the cell held.
    fn close_cell(&self, cell: Box<dyn AnyCell>, scope: u64, why: Invalidation)
    -> Option<Clearing>;
    fn is_of_another_make(&self) -> bool;
    /// Tells the tier, if there is one, that the entry is cleared.
    fn clear_in_tier(&self) -> Option<TierDone>;
    fn is_shared_by(&self, tier: &Weak<dyn SharedTier>) -> bool;
    /// Drops the values of a scope, because they may not be those of the fleet any more.
    fn distrust_in(&self, node: &Arc<ScopeNode>);
    /// Clears the remote cache of a scope, whether or not there has been a cell for it: it may hold what other processes
    /// put there.
    fn forget_elsewhere(&self, scope: &CacheScope) -> Option<Clearing>;
}

impl World {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        on_missing_scope: OnMissingScope,
        max: MaxComputations,
        seed: Option<u64>,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: next_id(),
            clock,
            on_missing_scope,
            directory: Directory::new(),
            loads: LoadGraph::new(),
            limits: Arc::new(Limits::new(max)),
            tags: Tags::new(),
            restores: Restores::new(),
            seed: AtomicU64::new(seed.unwrap_or_else(any_seed)),
            epoch: AtomicU32::new(0),
            registry: RwLock::default(),
            tiers: Mutex::new(Vec::new()),
            has_tiers: AtomicBool::new(false),
            clearings: Mutex::new(Vec::new()),
            clearing: tokio::sync::Mutex::default(),
        })
    }

    /// Draws a duration up to another one, evenly.
    pub(crate) fn draw(&self, most: Duration) -> Duration {
        // SplitMix64, by Steele, Lea and Flood: "Fast splittable pseudorandom number generators", 2014.
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let state = self
            .seed
            .fetch_add(STEP, Ordering::Relaxed)
            .wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let number = mixed ^ (mixed >> 31);
        let part = (u128::from(number) * (most.as_nanos() + 1)) >> 64;
        let seconds = u64::try_from(part / 1_000_000_000).unwrap_or(u64::MAX);
        let nanoseconds = u32::try_from(part % 1_000_000_000).unwrap_or_default();
        Duration::new(seconds, nanoseconds)
    }

    /// Invalidates what has a tag, in one scope or everywhere, and takes it out.
    pub(crate) fn invalidate_tag(&self, scope: Option<&CacheScope>, tag: &str) {
        let told = self.tell_tiers(TierInvalidation::Tag {
            scope: scope.map(tier_scope),
            tag,
        });
        self.invalidate_tag_here(scope, tag);
        // The others hear of it whether or not anybody waits for that.
        drop(told);
    }

    /// Invalidates what has a tag in this process.
    pub(crate) fn invalidate_tag_here(&self, scope: Option<&CacheScope>, tag: &str) {
        let Some(tag) = self.tags.invalidate(scope, tag) else {
            return;
        };
        let mut panics = Panics::default();
        for (entry, node) in tag.members() {
            let caches = {
                let registry = self.registry.read();
                registry.entries.get(entry as usize).map(Arc::clone)
            };
            if let Some((caches, node)) = caches.zip(node.upgrade()) {
                panics.hold(|| caches.remove_tagged(&node, &tag));
            }
        }
        panics.release();
    }

    /// Puts other policies in the place of those that entries have, all or none, and moves what they hold over.
    pub(crate) fn exchange(
        &self,
        policies: Vec<(Arc<dyn AnyCaches>, CachePolicy)>,
    ) -> Result<(), CacheError> {
        for (caches, policy) in &policies {
            caches.check_exchange(policy)?;
        }
        let mut panics = Panics::default();
        let mut exchanged = Vec::with_capacity(policies.len());
        for (caches, policy) in policies {
            caches.exchange(policy);
            let global = Arc::clone(caches.global());
            panics.hold(|| caches.exchange_in(&global));
            exchanged.push(caches);
        }
        for nodes in self.directory.all() {
            for node in nodes {
                for caches in &exchanged {
                    panics.hold(|| caches.exchange_in(&node));
                }
            }
        }
        panics.release();
        Ok(())
    }

    #[inline]
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch.load(Ordering::Acquire)
    }

    /// Finds the caches of an entry, or registers it.
    pub(crate) fn register<V>(
        self: &Arc<Self>,
        entry: &CachedRegistryEntry<V>,
    ) -> Result<Arc<Caches<V>>, CacheError>
    where
        V: Clone + Send + Sync + 'static,
    {
        if let Some(known) = self.find(entry.store_key()) {
            return agree(&known, entry);
        }
        // First, so that nothing is missed that others change.
        if let Some(shared) = entry.shared() {
            self.attach(&shared.tier);
        }
        let mut registry = self.registry.write();
        let entries = registry.entries.len();
        if let Some(&index) = registry.index.get(entry.store_key()) {
            return agree(&registry.entries[index as usize], entry);
        }
        // More than four thousand million cached functions do not fit into memory.
        let index = EntryIndex::try_from(entries).unwrap_or(EntryIndex::MAX);
        let caches = Caches::new(entry, index, Arc::clone(self));
        caches.check_own_make(entry.policy())?;
        registry.index.insert(entry.store_key().clone(), index);
        registry.entries.push(Arc::<Caches<V>>::clone(&caches));
        Ok(caches)
    }

    pub(crate) fn find(&self, key: &StoreKey) -> Option<Arc<dyn AnyCaches>> {
        let registry = self.registry.read();
        let index = *registry.index.get(key)?;
        registry.entries.get(index as usize).map(Arc::clone)
    }

    /// Returns the caches of all entries, in the order in which they were registered.
    pub(crate) fn entries(&self) -> Vec<Arc<dyn AnyCaches>> {
        let registry = self.registry.read();
        registry.entries.clone()
    }

    /// Returns the caches of the entries with caches of another make, but for those given.
    fn entries_elsewhere(&self, but: &[EntryIndex]) -> Vec<Arc<dyn AnyCaches>> {
        let registry = self.registry.read();
        let entries = (0..).zip(&registry.entries);
        entries
            .filter(|(index, caches)| caches.is_of_another_make() && !but.contains(index))
            .map(|(_, caches)| Arc::clone(caches))
            .collect()
    }

    /// Empties the store. Whatever was there when the epoch rose is out of reach from then on; then it is taken out,
    /// a scope at a time.
    pub(crate) async fn clear(&self) {
        let told = self.tell_tiers_of_clear();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.clear_stale().await;
        all_told(told).await;
    }

    /// Empties the caches of one entry, in all scopes.
    pub(crate) async fn clear_entry(&self, caches: &dyn AnyCaches) {
        let told = caches.clear_in_tier();
        caches.raise_epoch();
        self.clear_stale().await;
        all_told(told).await;
    }

    /// Takes out all that is of an earlier epoch, and waits until remote caches that were let go are cleared.
    pub(crate) async fn clear_stale(&self) {
        let mut panics = Panics::default();
        panics.hold(|| self.sweep(Invalidation::Cleared));
        self.finish_clearings().await;
        panics.release();
    }

    /// Takes out all that is of an earlier epoch.
    fn sweep(&self, why: Invalidation) {
        let entries = self.entries();
        let epochs: Vec<_> = entries.iter().map(|caches| caches.epoch()).collect();
        // An entry that was registered since has nothing of an earlier epoch.
        let is_stale = |cell: &CellOf| {
            let epoch = epochs.get(cell.entry as usize);
            epoch.is_some_and(|&epoch| cell.epoch.wrapping_sub(epoch).cast_signed() < 0)
        };
        let mut panics = Panics::default();
        for nodes in self.directory.all() {
            for node in nodes {
                panics.hold(|| self.sweep_node(&node, &is_stale, why));
            }
        }
        for caches in &entries {
            panics.hold(|| self.sweep_node(caches.global(), &is_stale, why));
        }
        panics.release();
    }

    fn sweep_node(
        &self,
        node: &Arc<ScopeNode>,
        is_stale: &impl Fn(&CellOf) -> bool,
        why: Invalidation,
    ) {
        let (cells, closed) = {
            let mut state = node.lock();
            let cells = state.take_stale(is_stale);
            (cells, node.close_if_empty(&state))
        };
        if closed {
            self.directory.unlink(node);
        }
        self.close_cells(cells, node.hash(), why);
    }

    /// Forgets a scope. From the moment its node is closed, nothing of it is in reach.
    pub(crate) async fn drop_scope(&self, scope: &CacheScope, why: Invalidation) {
        let told = self.tell_tiers_of_scope(scope, why);
        self.restores.note_scope(scope.hash64());
        let mut panics = Panics::default();
        let mut closed = Vec::new();
        if matches!(scope, CacheScope::Global) {
            for caches in self.entries() {
                let cells = caches.global().lock().take_all();
                closed.extend(cells.iter().map(|cell| cell.entry));
                panics.hold(|| self.close_cells(cells, scope.hash64(), why));
            }
        } else if let Some(node) = self.directory.find(scope) {
            // Closed first: were there another node while some still write to this one, they would not see each other.
            let cells = {
                let mut state = node.lock();
                node.close(&state);
                state.take_all()
            };
            self.directory.unlink(&node);
            closed.extend(cells.iter().map(|cell| cell.entry));
            panics.hold(|| self.close_cells(cells, scope.hash64(), why));
        }
        for caches in self.entries_elsewhere(&closed) {
            if let Some(clearing) = panics.hold(|| caches.forget_elsewhere(scope)).flatten() {
                self.clearings.lock().push(clearing);
            }
        }
        self.finish_clearings().await;
        all_told(told).await;
        panics.release();
    }

    /// Ends the store: nobody has a handle to it any more.
    pub(crate) fn close(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        let mut panics = Panics::default();
        panics.hold(|| self.sweep(Invalidation::StoreDropped));
        // What a remote cache holds outlives the store.
        drop(std::mem::take(&mut *self.clearings.lock()));
        let mut registry = self.registry.write();
        let entries = std::mem::take(&mut *registry);
        drop(registry);
        drop(entries);
        let tiers = std::mem::take(&mut *self.tiers.lock());
        drop(tiers);
        panics.release();
    }

    /// Closes cells that have been taken out of their scope. Locks nothing while values are dropped.
    pub(crate) fn close_cells(
        &self,
        cells: impl IntoIterator<Item = CellOf>,
        scope: u64,
        why: Invalidation,
    ) {
        let mut panics = Panics::default();
        for CellOf { entry, cell, .. } in cells {
            let caches = {
                let registry = self.registry.read();
                registry.entries.get(entry as usize).map(Arc::clone)
            };
            let close = || caches.and_then(|caches| caches.close_cell(cell, scope, why));
            if let Some(clearing) = panics.hold(close).flatten() {
                self.clearings.lock().push(clearing);
            }
        }
        panics.release();
    }

    /// Waits until the remote caches that were let go are cleared, whoever let them go.
    async fn finish_clearings(&self) {
        if self.clearings.lock().is_empty() {
            return;
        }
        let _turn = self.clearing.lock().await;
        loop {
            let Some(clearing) = self.clearings.lock().last().map(Arc::clone) else {
                return;
            };
            clearing().await;
            // It stays until it is done: dropped before, it is left to the next.
            let mut clearings = self.clearings.lock();
            clearings.retain(|other| !Arc::ptr_eq(other, &clearing));
        }
    }
}

/// Waits until the tiers have told all others, or will make up for it.
async fn all_told(told: impl IntoIterator<Item = TierDone>) {
    for done in told {
        // What could not be done now is made up for, and the status of the tier says so.
        let _ = done.await;
    }
}

/// Returns the registered caches as those of `entry`, if the two agree.
fn agree<V>(
    known: &Arc<dyn AnyCaches>,
    entry: &CachedRegistryEntry<V>,
) -> Result<Arc<Caches<V>>, CacheError>
where
    V: Clone + Send + Sync + 'static,
{
    let any: Arc<dyn Any + Send + Sync> = Arc::<dyn AnyCaches>::clone(known);
    let Ok(caches) = any.downcast::<Caches<V>>() else {
        return Err(CacheError::TypeConflict {
            entry: entry.store_key().clone(),
            registered: known.value_type(),
            given: std::any::type_name::<V>(),
        });
    };
    caches.check_agrees(entry)?;
    Ok(caches)
}

fn next_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns a seed that no other store has, if the operating system can help it.
fn any_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(next_id())
}
