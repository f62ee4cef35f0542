//! The tiers under the caches of a store: telling them what concerns more than one key, and hearing from them.

use std::sync::{Arc, Weak};

use cubbyhole_core::{
    SharedTier, StoreEvent, StoreListener, TierDone, TierInvalidation, TierStatus,
};
use cubbyhole_scope::CacheScope;

use super::{AnyCaches, World};
use crate::entry::StoreKey;
use crate::error::Invalidation;
use crate::panics::Panics;
use crate::shared::tier_scope;
use crate::sync::Ordering;

/// A tier, and who hears from it, which the tier has weakly.
pub(super) struct Attached {
    tier: Arc<dyn SharedTier>,
    _ears: Arc<Ears>,
}

/// Hears from one tier.
struct Ears {
    world: Weak<World>,
    tier: Weak<dyn SharedTier>,
}

impl World {
    /// Has the store hear from a tier, unless it does already.
    pub(crate) fn attach(self: &Arc<Self>, tier: &Arc<dyn SharedTier>) {
        let ears = {
            let mut tiers = self.tiers.lock();
            if tiers.iter().any(|known| Arc::ptr_eq(&known.tier, tier)) {
                return;
            }
            let ears = Arc::new(Ears {
                world: Arc::downgrade(self),
                tier: Arc::downgrade(tier),
            });
            tiers.push(Attached {
                tier: Arc::clone(tier),
                _ears: Arc::clone(&ears),
            });
            self.has_tiers.store(true, Ordering::Release);
            ears
        };
        let heard_by: Weak<Ears> = Arc::downgrade(&ears);
        tier.attach(heard_by);
    }

    /// Tells every tier; who wants to know when the others have heard waits for all that comes back.
    pub(super) fn tell_tiers(&self, what: TierInvalidation<'_>) -> Vec<TierDone> {
        let tiers = self.all_tiers().into_iter();
        tiers.map(|tier| tier.invalidate(what)).collect()
    }

    /// Tells every tier that a scope has ended.
    pub(super) fn tell_tiers_of_scope(
        &self,
        scope: &CacheScope,
        why: Invalidation,
    ) -> Vec<TierDone> {
        let scope = tier_scope(scope);
        self.tell_tiers(match why {
            Invalidation::EpochBumped => TierInvalidation::Epoch(scope),
            _ => TierInvalidation::Scope(scope),
        })
    }

    /// Tells the tiers of all entries that have one that these entries are cleared.
    pub(super) fn tell_tiers_of_clear(&self) -> Vec<TierDone> {
        let entries = self.entries().into_iter();
        entries
            .filter_map(|caches| caches.clear_in_tier())
            .collect()
    }

    fn all_tiers(&self) -> Vec<Arc<dyn SharedTier>> {
        // Most stores have none, and need no lock to know.
        if !self.has_tiers.load(Ordering::Acquire) {
            return Vec::new();
        }
        let tiers = self.tiers.lock();
        tiers.iter().map(|known| Arc::clone(&known.tier)).collect()
    }

    /// Says how each tier is.
    pub(crate) fn tier_statuses(&self) -> Vec<TierStatus> {
        let tiers = self.all_tiers().into_iter();
        tiers.map(|tier| tier.status()).collect()
    }

    fn shared_by(&self, tier: &Weak<dyn SharedTier>) -> Vec<Arc<dyn AnyCaches>> {
        let entries = self.entries().into_iter();
        entries.filter(|caches| caches.is_shared_by(tier)).collect()
    }

    fn clear_here(&self, entries: &[Arc<dyn AnyCaches>], why: Invalidation) {
        for caches in entries {
            caches.raise_epoch();
        }
        self.sweep(why);
    }

    fn distrust(&self, entries: &[Arc<dyn AnyCaches>]) {
        for nodes in self.directory.all() {
            for node in nodes {
                for caches in entries {
                    caches.distrust_in(&node);
                }
            }
        }
        for caches in entries {
            caches.distrust_in(caches.global());
        }
    }
}

impl StoreListener for Ears {
    fn hear(&self, event: StoreEvent<'_>) {
        let Some(world) = self.world.upgrade() else {
            return;
        };
        // A value that panics when it is dropped is not the business of the tier.
        Panics::default().hold(|| match event {
            StoreEvent::TagInvalidated { tag } => world.invalidate_tag_here(None, tag),
            StoreEvent::EntryCleared { kind, uid } => {
                let cleared: Vec<_> = world.find(&StoreKey::new(kind, uid)).into_iter().collect();
                world.clear_here(&cleared, Invalidation::Cleared);
            }
            StoreEvent::Distrusted => world.distrust(&world.shared_by(&self.tier)),
            // What is not known is taken for a reason to begin anew.
            _ => world.clear_here(&world.shared_by(&self.tier), Invalidation::Distrusted),
        });
    }
}
