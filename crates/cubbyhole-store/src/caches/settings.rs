//! What the policy of a registry entry asks for, and how it is exchanged for another one.

use std::sync::Arc;

use cubbyhole_core::{CacheMap, MapEntry, RemovalCause, Removed, RemovedKey};
use cubbyhole_policy::{CachePolicy, PolicyOptions};
use tokio::sync::Semaphore;

use super::{Caches, Create, NodeRef};
use crate::cell::{Cell, CellCache};
use crate::error::CacheError;
use crate::limits::limit;
use crate::node::ScopeNode;
use crate::policies::PolicyMap;
use crate::terms::{Said, Site, Terms, TermsMap};

/// A policy, and what follows from it.
pub(crate) struct Settings {
    pub(crate) policy: CachePolicy,
    /// Whether the values have terms of their own from the beginning.
    keeps_terms: bool,
    /// What limits its computations.
    pub(crate) limit: Option<Arc<Semaphore>>,
}

impl Settings {
    pub(super) fn new(policy: CachePolicy, keeps_terms: bool) -> Arc<Self> {
        let keeps_terms = keeps_terms || needs_terms(&policy);
        let limit = policy.options().max_computations().map(limit);
        Arc::new(Self {
            policy,
            keeps_terms,
            limit,
        })
    }

    pub(crate) const fn options(&self) -> &PolicyOptions {
        self.policy.options()
    }
}

/// Returns whether a plain map cannot do what a policy asks for.
fn needs_terms(policy: &CachePolicy) -> bool {
    let options = policy.options();
    let durations = [
        options.ttl(),
        options.time_to_idle(),
        options.jitter(),
        options.refresh_after(),
        options.stale_if_error(),
        options.negative_ttl(),
    ];
    durations.iter().any(Option::is_some)
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read())
    }

    /// Makes the cache that the policy asks for.
    pub(super) fn make_cache(&self, node: NodeRef<'_>) -> CellCache<V> {
        let settings = self.settings();
        if settings.keeps_terms {
            let site = self.site(node);
            CellCache::Terms(Box::new(TermsMap::new(&settings.policy, site)))
        } else {
            CellCache::Policy(PolicyMap::new(&settings.policy))
        }
    }

    fn site(&self, node: NodeRef<'_>) -> Site<V> {
        Site {
            entry: self.index,
            node: Arc::downgrade(&node.to_arc()),
            removals: self.removals.clone(),
            seat: self.seat(&node.to_arc()),
        }
    }

    /// Lets the values of a cell have terms of their own from now on. O(n), once in the life of a cell.
    pub(super) fn keep_terms(
        &self,
        cell: &mut Cell<V>,
        node: NodeRef<'_>,
        removed: &mut Removed<V>,
    ) {
        if let CellCache::Policy(_) = cell.cache {
            let policy = &self.settings().policy;
            let map = TermsMap::new(policy, self.site(node));
            self.move_over(cell, policy, CellCache::Terms(Box::new(map)), removed);
        }
    }

    /// Puts another cache into a cell, with all that was in the one before and that its policy would keep.
    fn move_over(
        &self,
        cell: &mut Cell<V>,
        policy: &CachePolicy,
        cache: CellCache<V>,
        removed: &mut Removed<V>,
    ) {
        let clock = &*self.world.clock;
        let now = clock.now();
        let watch = cell.cache.watch();
        if watch != 0 {
            self.expiry.forget(watch);
        }
        let mut ttl = None;
        let entries: Vec<(MapEntry<V>, Option<Terms>)> =
            match std::mem::replace(&mut cell.cache, cache) {
                CellCache::Policy(mut map) => {
                    ttl = map.ttl();
                    let entries = map.take_entries().into_iter();
                    entries.map(|entry| (entry, None)).collect()
                }
                CellCache::Terms(mut map) => {
                    let entries = map.take_entries().into_iter();
                    entries.map(|(entry, terms)| (entry, Some(terms))).collect()
                }
                // They are as they are.
                other => {
                    cell.cache = other;
                    return;
                }
            };
        for (entry, terms) in entries {
            let key = entry.key.hashed();
            let draw = |most| self.world.draw(most);
            match &mut cell.cache {
                CellCache::Terms(map) => {
                    let terms = terms.map_or_else(
                        || {
                            let set_at = entry.expires_at.zip(ttl);
                            let set_at = set_at.map(|(at, ttl)| at.saturating_sub(ttl));
                            Terms::new(policy, &Said::nothing(0), set_at.unwrap_or(now), draw)
                        },
                        |terms| terms.under(policy, now, draw),
                    );
                    match terms {
                        Some(terms) => {
                            map.set(key, entry.value, entry.retention, terms, removed);
                        }
                        None => removed.push(
                            RemovalCause::Expired,
                            RemovedKey::from(&entry.key),
                            entry.value,
                        ),
                    }
                }
                CellCache::Policy(map) => {
                    map.set(key, entry.value, entry.retention, clock, removed);
                }
                CellCache::InProcess(_) | CellCache::Remote(_) => {}
            }
        }
    }

    /// Checks that another policy can take the place of this one.
    pub(super) fn check_exchange(&self, policy: &CachePolicy) -> Result<(), CacheError> {
        let (entry, given) = (self.key.clone(), policy.cache_type());
        if given != self.cache_type {
            return Err(CacheError::OtherCacheType {
                entry,
                cache_type: self.cache_type,
                given,
            });
        }
        self.check_own_make(policy)
    }

    /// Checks that a cache of another make is not asked for what only ours do.
    pub(crate) fn check_own_make(&self, policy: &CachePolicy) -> Result<(), CacheError> {
        let what = if self.tiered.is_some() {
            "shared tier"
        } else if needs_terms(policy) {
            "options of a policy that say how long a value is kept"
        } else if self.removals.is_some() {
            "listener"
        } else {
            return Ok(());
        };
        match self.factory {
            Some(_) => Err(self.unsupported(what)),
            None => Ok(()),
        }
    }

    pub(crate) fn unsupported(&self, what: &'static str) -> CacheError {
        let entry = self.key.clone();
        CacheError::Unsupported { entry, what }
    }

    /// Puts another policy in the place of this one. Caches made from now on are of the new one.
    pub(super) fn exchange(&self, policy: CachePolicy) {
        *self.settings.write() =
            Settings::new(policy, self.removals.is_some() || self.tiered.is_some());
    }

    /// Moves what a scope has over to a cache of the policy of now.
    pub(super) fn exchange_in(&self, node: &Arc<ScopeNode>) {
        let settings = self.settings();
        let move_over = &mut |cell: &mut Cell<V>, removed: &mut Removed<V>, node: NodeRef<'_>| {
            if let CellCache::Policy(_) | CellCache::Terms(_) = cell.cache {
                // Values that have times of their own keep them.
                let has_times = matches!(
                    cell.cache,
                    CellCache::Terms(_) | CellCache::Policy(PolicyMap::Ttl(_))
                );
                let cache = if has_times || settings.keeps_terms {
                    let map = TermsMap::new(&settings.policy, self.site(node));
                    CellCache::Terms(Box::new(map))
                } else {
                    CellCache::Policy(PolicyMap::new(&settings.policy))
                };
                self.move_over(cell, &settings.policy, cache, removed);
            }
        };
        let _ = self.visit(NodeRef::Shared(node), &mut Create::No, move_over);
    }
}
