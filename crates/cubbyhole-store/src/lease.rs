//! The right to bring a value, for who computes it without handing the computation over.

use std::fmt;
use std::sync::Arc;

use cubbyhole_core::{HashedKey, Retention, SetOutcome, TierLease};

use crate::caches::{Asked, Begun, Caches, Wanted};
use crate::entry::StoreKey;
use crate::error::{CacheError, SharedError};
use crate::flight::{Lead, Waited};
use crate::loaded::Loaded;
use crate::runtime::Runtime;

/// What [`get_or_lease`](crate::CacheStore::get_or_lease) gives: the value, or the right to bring it.
#[derive(Debug)]
#[must_use = "dropping a lease passes it on"]
pub enum Leased<V> {
    /// The value: it was there, or somebody else has brought it.
    Value(V),
    /// The right to bring it; everybody else waits.
    Lease(Lease<V>),
}

/// The right, and the duty, to bring the value of a key. Everybody else who wants it waits.
///
/// Dropping it without a value passes it on to the one who has waited longest among those who can bring the value
/// themselves ([`get_or_lease`](crate::CacheStore::get_or_lease) and
/// [`get_or_compute`](crate::CacheStore::get_or_compute)). If there is none, those who only wait get
/// [`CacheError::Abandoned`].
#[must_use = "dropping a lease passes it on"]
pub struct Lease<V> {
    lead: Lead<V>,
    caches: Arc<Caches<V>>,
    /// The right to bring the value to all other processes, if it is shared with any.
    in_tier: Option<Box<dyn TierLease>>,
}

impl<V: Clone + Send + Sync + 'static> Lease<V> {
    /// Stores the value and wakes everybody who waits for it.
    ///
    /// If the key was invalidated since the lease was given (deleted, cleared, its scope dropped, or set by somebody
    /// else), the value goes to those who still wait for it and is not stored: `None` comes back.
    ///
    /// # Cancel safety
    ///
    /// With a cache of this process the first poll does it all. Otherwise, dropping the future passes the lease on.
    pub async fn publish(self, value: V) -> Option<SetOutcome> {
        self.publish_as(value, Retention::Evictable).await
    }

    /// Stores the value pinned, as [`publish`](Self::publish) does: it is neither evicted nor expired until it is read
    /// by [`get_unpin`](crate::CacheStore::get_unpin).
    ///
    /// # Cancel safety
    ///
    /// As [`publish`](Self::publish).
    pub async fn publish_pinned(self, value: V) -> Option<SetOutcome> {
        self.publish_as(value, Retention::Pinned).await
    }

    async fn publish_as(self, value: V, retention: Retention) -> Option<SetOutcome> {
        let flight = Arc::clone(self.lead.flight());
        let loaded = Loaded {
            retention,
            ..Loaded::new(value)
        };
        if let Some(lease) = self.in_tier {
            // Without the tier, the value is good enough for this process; an entry that cannot do without has failed when
            // the lease was asked for.
            let _ = self.caches.publish_in_tier(&flight, lease, &loaded).await;
        }
        let outcome = self.caches.publish(&flight, loaded).await;
        self.lead.done();
        outcome
    }

    /// Gives up with an error, which everybody who waits gets. Nothing is stored, and the key is free again.
    pub fn fail(self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) {
        let error = SharedError::new(error);
        if let (Some(lease), Some(runtime)) = (self.in_tier, Runtime::current()) {
            let message = error.to_string();
            runtime.spawn(async move { lease.fail(&message).await });
        }
        self.caches.fail_flight(self.lead.flight(), error);
        self.lead.done();
    }

    /// Returns the registry entry that the value belongs to.
    #[must_use]
    pub fn store_key(&self) -> &StoreKey {
        self.lead.flight().entry()
    }
}

impl<V> fmt::Debug for Lease<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("entry", self.lead.flight().entry())
            .finish_non_exhaustive()
    }
}

impl<V: Clone + Send + Sync + 'static> Caches<V> {
    /// Returns the value of `key`, or the right to bring it, whichever comes first.
    pub(crate) async fn get_or_lease(self: &Arc<Self>, key: &str) -> Result<Leased<V>, CacheError> {
        let key = HashedKey::new(key);
        let lead = loop {
            let begun = match self.begin_at_a_glance(key).await {
                Some(begun) => begun,
                None => self.begin(key, false).await?,
            };
            match begun {
                // Who asks for a lease may never use it: the value that is there is good enough.
                Begun::Found(value) | Begun::Refresh(value, _) => return Ok(Leased::Value(value)),
                Begun::Failed(error) => return Err(error),
                Begun::Lead(lead) => break lead,
                Begun::Join(wait) => match self.wait_out(self.expect(wait)?).await {
                    Waited::Ended(outcome) => return outcome.map(Leased::Value),
                    Waited::Lead(lead) => break lead,
                    Waited::Again => {}
                },
                // `begin` has asked.
                Begun::Ask(_) => return Err(self.abandoned()),
            }
        };
        let flight = Arc::clone(lead.flight());
        match self.ask_tier(&flight, Wanted::Missing).await? {
            Asked::Found(loaded) => {
                let value = loaded.value.clone();
                self.publish(&flight, loaded).await;
                lead.done();
                Ok(Leased::Value(value))
            }
            Asked::Lead(in_tier) => Ok(Leased::Lease(Lease {
                lead,
                caches: Arc::clone(self),
                in_tier,
            })),
        }
    }
}
