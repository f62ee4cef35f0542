//! Values that several processes share: asking the tier before the loader. What it is told is in `telling.rs`.
//!
//! A flight is what fences here, too. What is read from the tier comes by a flight, so a change that is heard of while it
//! is on its way takes the flight off its list, and it is not stored. Nobody polls: who waits for another process is woken
//! by the tier.

use std::future::Future;
use std::sync::{Arc, Weak};

use cubbyhole_core::{
    HashedKey, Removed, TierAnswer, TierCell, TierError, TierLanding, TierLease, TierValue,
};

use super::pending::while_paused;
use super::{Caches, Create, NodeRef, Visit};
use crate::cell::Cell;
use crate::counters::Count;
use crate::error::{CacheError, SharedError};
use crate::flight::{Flight, Kind, Lead};
use crate::loaded::Loaded;
use crate::lookup::Asking;
use crate::misses::MissReason;
use crate::node::ScopeNode;
use crate::shared::{Ears, FailedElsewhere, Seat, Shared, SharedCounters};

/// The tier under the caches of an entry, and what is counted of it.
pub(crate) struct Tiered<V> {
    pub(super) shared: Shared<V>,
    pub(super) counters: Arc<SharedCounters>,
}

/// How a value is wanted of the tier.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Wanted {
    /// It is missing here: the tier may have it, or somebody else may bring it.
    Missing,
    /// It is here and aging: somebody is to bring a newer one.
    Newer,
    /// It is to be computed anew, whatever there is.
    Anew,
}

/// What the tier says to who would bring a value.
pub(crate) enum Asked<V> {
    Found(Loaded<V>),
    /// It is to be brought by whoever asked: with the right to do so, or, if the tier is away, without.
    Lead(Option<Box<dyn TierLease>>),
}

/// A read of the tier that is about to begin: from which cell, and with a lead if nobody brings the value already.
type Fetch<V> = (Arc<dyn TierCell>, Option<Lead<V>>);

impl<V> Tiered<V> {
    pub(super) fn new(shared: Shared<V>) -> Self {
        Self {
            shared,
            counters: Arc::default(),
        }
    }

    pub(super) fn encode(&self, value: &V) -> Option<Vec<u8>> {
        let bytes = self.shared.format.encode(value).ok();
        if bytes.is_none() {
            self.counters.count(|counters| &counters.unwritable);
        }
        bytes
    }

    fn decode(&self, bytes: &[u8]) -> Option<V> {
        let value = self.shared.format.decode(bytes).ok();
        self.counters.count(|counters| match value {
            Some(_) => &counters.hits,
            None => &counters.unreadable,
        });
        value
    }
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Opens the cell of a scope in the tier, if there is a tier. Called under the lock of the scope.
    pub(super) fn seat(&self, node: &Arc<ScopeNode>) -> Option<Seat> {
        let Tiered { shared, .. } = self.tiered.as_ref()?;
        let ears = Arc::new(Ears {
            caches: self.weak(),
            node: Arc::downgrade(node),
        });
        let heard_by: Weak<Ears<V>> = Arc::downgrade(&ears);
        let cell = shared.open(&self.key, node, heard_by);
        Some(Seat::new(cell, ears))
    }

    /// Returns the cell of a scope in the tier, even if the scope has none here any more.
    fn tier_cell(&self, shared: &Shared<V>, node: &Arc<ScopeNode>) -> Arc<dyn TierCell> {
        let find = &mut |cell: &mut Cell<V>, _: &mut Removed<V>, _: NodeRef<'_>| {
            cell.cache.tier_cell().map(Arc::clone)
        };
        match self.visit(NodeRef::Shared(node), &mut Create::No, find) {
            Visit::Done(Some(cell)) => cell,
            _ => shared.open(&self.key, node, Weak::<Ears<V>>::new()),
        }
    }

    /// Brings the value of a flight from the tier, or from the loader: of all processes, one computes.
    pub(super) async fn through_tier<L, F, Fut, E>(
        &self,
        flight: &Arc<Flight<V>>,
        loader: F,
        wanted: Wanted,
    ) -> Result<Loaded<V>, CacheError>
    where
        L: Into<Loaded<V>>,
        F: FnOnce() -> Fut + Send,
        Fut: Future<Output = Result<L, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let lease = match self.ask_tier(flight, wanted).await? {
            Asked::Found(loaded) => return Ok(loaded),
            Asked::Lead(lease) => lease,
        };
        flight.begin_at(self.world.tags.now());
        let brought = self.load(loader).await;
        match (lease, &brought) {
            (Some(lease), Ok(loaded)) => self.publish_in_tier(flight, lease, loaded).await?,
            // Dropped, it goes to somebody who may have more luck.
            (Some(lease), Err(CacheError::Panicked { .. })) => drop(lease),
            (Some(lease), Err(error)) => lease.fail(&text(error)).await,
            (None, _) => {}
        }
        brought
    }

    /// Runs the loader, and counts it by itself: not the time in which the tier was asked, and not if it is given up.
    async fn load<L, F, Fut, E>(&self, loader: F) -> Result<Loaded<V>, CacheError>
    where
        L: Into<Loaded<V>>,
        F: FnOnce() -> Fut + Send,
        Fut: Future<Output = Result<L, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.counters.increment(Count::Computations);
        let began = self.world.clock.now();
        let loading = async { self.loaded(loader().await) };
        let loaded = self.catch_panic(loading).await;
        let took = self.world.clock.now().saturating_sub(began);
        self.count_load(took, loaded.as_ref().err());
        loaded
    }

    /// Asks the tier for the value of a flight, and waits for whoever brings it elsewhere.
    pub(crate) async fn ask_tier(
        &self,
        flight: &Flight<V>,
        wanted: Wanted,
    ) -> Result<Asked<V>, CacheError> {
        let Some(tiered) = &self.tiered else {
            return Ok(Asked::Lead(None));
        };
        let cell = self.tier_cell(&tiered.shared, flight.node());
        let key = flight.key().to_text();
        match wanted {
            Wanted::Missing => {}
            Wanted::Anew => return self.led_by(cell.take_lease(&key).await.map(Some)),
            Wanted::Newer => match cell.try_lease(&key).await {
                Ok(None) => {} // Somebody else is at it; until then, what there is will do.
                lease => return self.led_by(lease),
            },
        }
        loop {
            flight.begin_at(self.world.tags.now());
            match cell.get_or_lease(&key).await {
                Ok(TierAnswer::Found(value)) => match self.read(tiered, value) {
                    Some(loaded) => return Ok(Asked::Found(loaded)),
                    None => return self.led_by(cell.take_lease(&key).await.map(Some)),
                },
                Ok(TierAnswer::Leased(lease)) => {
                    tiered.counters.count(|counters| &counters.misses);
                    return Ok(Asked::Lead(Some(lease)));
                }
                Ok(TierAnswer::Busy(wait)) => {
                    let landing = flight.while_elsewhere(while_paused(wait)).await;
                    if let TierLanding::Failed(message) = landing {
                        let error = SharedError::new(FailedElsewhere::new(message));
                        return Err(self.failed(error));
                    }
                }
                Err(error) => return self.led_by(Err(error)),
            }
        }
    }

    /// Returns the lead of who was given a lease, or of who goes on without the tier.
    fn led_by(
        &self,
        lease: Result<Option<Box<dyn TierLease>>, TierError>,
    ) -> Result<Asked<V>, CacheError> {
        match lease {
            Ok(lease) => Ok(Asked::Lead(lease)),
            Err(error) => self.without_tier(error).map(|()| Asked::Lead(None)),
        }
    }

    /// Counts that the tier failed: an error for who cannot do without it.
    pub(super) fn without_tier(&self, error: TierError) -> Result<(), CacheError> {
        let Some(tiered) = &self.tiered else {
            return Ok(());
        };
        tiered.counters.count(|counters| &counters.failures);
        if tiered.shared.is_required {
            let entry = self.key.clone();
            return Err(CacheError::SharedTier { entry, error });
        }
        Ok(())
    }

    /// Reads a value of the tier; `None` if it cannot be read.
    fn read(&self, tiered: &Tiered<V>, value: TierValue) -> Option<Loaded<V>> {
        let mut loaded = Loaded::new(tiered.decode(&value.bytes)?);
        // It goes on being kept for what is left of its time, under the policy of this process.
        loaded.ttl = match (value.lifetime, self.settings().policy.time_to_live()) {
            (Some(left), Some(ttl)) if !value.is_negative => Some(left.min(ttl)),
            (left, _) => left,
        };
        loaded.tags = value.tags;
        loaded.is_negative = value.is_negative;
        Some(loaded)
    }

    /// Reads a value of the tier for a lookup that found none here, and keeps it unless it has changed meanwhile.
    ///
    /// `lead` fences it; without one, somebody else brings the value already, and this one is not kept.
    pub(super) fn fetch<'a>(
        &self,
        key: HashedKey<'a>,
        cell: Arc<dyn TierCell>,
        lead: Option<Lead<V>>,
        why: Option<MissReason>,
    ) -> Asking<'a, V> {
        let this = self.weak();
        Box::pin(async move {
            let answer = cell.get(key.as_str()).await;
            let Some(this) = this.upgrade() else {
                return Ok(None);
            };
            let fetched = match answer {
                Ok(value) => value,
                Err(error) => {
                    this.without_tier(error)?;
                    None
                }
            };
            let fetched = this.tiered.as_ref().zip(fetched);
            let Some(loaded) = fetched.and_then(|(tiered, value)| this.read(tiered, value)) else {
                return Ok(this.counted(None, key, why));
            };
            let value = loaded.value.clone();
            if let Some(lead) = lead {
                this.publish(lead.flight(), loaded).await;
                lead.done();
            }
            Ok(this.counted(Some(value), key, None))
        })
    }

    /// Begins to read a value of the tier.
    pub(super) fn begin_fetch(
        &self,
        cell: &mut Cell<V>,
        node: NodeRef<'_>,
        key: HashedKey<'_>,
    ) -> Option<Fetch<V>> {
        let tier_cell = cell.cache.tier_cell().map(Arc::clone)?;
        let is_free = cell.flights.find(key).is_none();
        let lead = is_free.then(|| Lead::new(self.list(cell, Kind::Fetch, node, key)));
        Some((tier_cell, lead))
    }

    /// Refuses to wait on a thread for what other processes have.
    pub(crate) fn check_not_shared(&self) -> Result<(), CacheError> {
        match self.tiered {
            Some(_) => Err(CacheError::SharedBlocking {
                entry: self.key.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// Returns what others are told of an error.
fn text(error: &CacheError) -> String {
    match error {
        CacheError::Failed { error, .. } => error.to_string(),
        error => error.to_string(),
    }
}
