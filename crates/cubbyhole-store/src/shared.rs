//! Values that several processes share: what an entry was declared with, who hears what others change, what is counted.

use std::any::TypeId;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Weak};

use cubbyhole_core::{
    CellEvent, CellListener, SharedTier, TierCell, TierPlace, TierScope, ValueFormat,
};
use cubbyhole_scope::CacheScope;

use crate::caches::Caches;
use crate::entry::StoreKey;
use crate::error::Invalidation;
use crate::node::ScopeNode;
use crate::removal::RemovedBy;
use crate::sync::{AtomicU64, Ordering};

/// The tier under the caches of a registry entry.
pub(crate) struct Shared<V> {
    pub(crate) tier: Arc<dyn SharedTier>,
    pub(crate) format: Arc<dyn ValueFormat<V>>,
    /// Two formats of one type are taken for the same.
    format_type: TypeId,
    /// Whether an operation fails that the tier cannot take part in.
    pub(crate) is_required: bool,
}

impl<V> Shared<V> {
    pub(crate) fn new<F>(tier: Arc<dyn SharedTier>, format: F) -> Self
    where
        F: ValueFormat<V> + 'static,
    {
        Self {
            tier,
            format: Arc::new(format),
            format_type: TypeId::of::<F>(),
            is_required: false,
        }
    }

    /// Returns whether both are one tier, used in one way.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tier, &other.tier)
            && self.format_type == other.format_type
            && self.is_required == other.is_required
    }

    /// Opens the cell of a scope. Nobody hears of it but for `ears`.
    pub(crate) fn open(
        &self,
        entry: &StoreKey,
        node: &ScopeNode,
        ears: Weak<dyn CellListener>,
    ) -> Arc<dyn TierCell> {
        node.with_scope(|cache_type, id| {
            let place = TierPlace {
                kind: entry.kind(),
                uid: entry.uid(),
                scope: TierScope { cache_type, id },
            };
            self.tier.open(place, ears)
        })
    }
}

impl<V> Clone for Shared<V> {
    fn clone(&self) -> Self {
        Self {
            tier: Arc::clone(&self.tier),
            format: Arc::clone(&self.format),
            format_type: self.format_type,
            is_required: self.is_required,
        }
    }
}

/// A scope, as a tier knows it.
pub(crate) fn tier_scope(scope: &CacheScope) -> TierScope<'_> {
    TierScope {
        cache_type: scope.cache_type(),
        id: scope.id().map_or("", |id| id.as_str()),
    }
}

/// The place of a cell in the tier, held for as long as the cell is there.
pub(crate) struct Seat {
    pub(crate) cell: Arc<dyn TierCell>,
    /// The tier has it weakly.
    _ears: Arc<dyn CellListener>,
}

impl Seat {
    pub(crate) fn new(cell: Arc<dyn TierCell>, ears: Arc<dyn CellListener>) -> Self {
        Self { cell, _ears: ears }
    }
}

/// Hears what other nodes change in a cell.
pub(crate) struct Ears<V> {
    pub(crate) caches: Weak<Caches<V>>,
    pub(crate) node: Weak<ScopeNode>,
}

impl<V: Clone + Send + Sync + 'static> CellListener for Ears<V> {
    fn hear(&self, event: CellEvent<'_>) {
        let (Some(caches), Some(node)) = (self.caches.upgrade(), self.node.upgrade()) else {
            return;
        };
        match event {
            CellEvent::Set { key } => caches.changed_elsewhere(&node, key, RemovedBy::Replaced),
            CellEvent::Deleted { key } => {
                let by = RemovedBy::Invalidated(Invalidation::Deleted);
                caches.changed_elsewhere(&node, key, by);
            }
            CellEvent::TagInvalidated { tag } => {
                let scope = node.scope();
                caches.world().invalidate_tag_here(Some(&scope), tag);
            }
            CellEvent::EpochBumped => caches.dropped_elsewhere(&node, Invalidation::EpochBumped),
            // What is not known is taken for the whole of the cell: in doubt, it goes.
            _ => caches.dropped_elsewhere(&node, Invalidation::ScopeDropped),
        }
    }
}

/// A computation of this value failed in another process.
///
/// It is the error in [`CacheError::Failed`](crate::CacheError::Failed) of everybody who waited for that computation
/// here. All that came over of the error is its message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailedElsewhere {
    message: Box<str>,
}

impl FailedElsewhere {
    pub(crate) fn new(message: String) -> Self {
        let message = message.into();
        Self { message }
    }

    /// Returns the message of the error that the loader returned there.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for FailedElsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "computed in another process, which failed: {}",
            self.message
        )
    }
}

impl Error for FailedElsewhere {}

/// What one registry entry had to do with its tier.
#[derive(Default)]
pub(crate) struct SharedCounters {
    pub(crate) hits: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) published: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unreadable: AtomicU64,
    pub(crate) unwritable: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl SharedCounters {
    pub(crate) fn count(&self, counter: impl FnOnce(&Self) -> &AtomicU64) {
        counter(self).fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> SharedStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SharedStats {
            hits: read(&self.hits),
            misses: read(&self.misses),
            published: read(&self.published),
            refused: read(&self.refused),
            unreadable: read(&self.unreadable),
            unwritable: read(&self.unwritable),
            failures: read(&self.failures),
        }
    }
}

/// What one registry entry had to do with its [shared tier](crate::CachedRegistryEntry::with_shared_tier).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SharedStats {
    /// Values that the tier had and this process had not.
    pub hits: u64,
    /// Values that neither had.
    pub misses: u64,
    /// Values that were given to the tier.
    pub published: u64,
    /// Values that the tier did not take, because something newer had happened elsewhere.
    pub refused: u64,
    /// Values of the tier that could not be read, and count as if they were not there: of another version, of another
    /// program, damaged.
    pub unreadable: u64,
    /// Values that could not be written, and stayed in this process.
    pub unwritable: u64,
    /// Calls of the tier that failed.
    pub failures: u64,
}
