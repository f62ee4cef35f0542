//! The tier: what a store has in its hands.

use std::fmt;
use std::sync::{Arc, Weak};

use cubbyhole_core::{
    CellListener, SharedTier, StoreListener, TierCell, TierDone, TierInvalidation, TierPlace,
    TierStatus,
};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::cell::RedisCell;
use crate::config::{RedisConfig, RedisConfigError};
use crate::invalidation::{self, keep_sending};
use crate::keeper::{Keeper, part};
use crate::node::Node;
use crate::renewal::keep_renewing;

/// A tier of values that the processes of a fleet share, over Redis or Valkey.
///
/// One tier belongs to one store. Its tasks run in the runtime that it was made in, and end when it is dropped.
///
/// # Limits on time
///
/// Every call ends within [`call_timeout`](RedisConfig::call_timeout), or twice that if it has to ask again. While the
/// tier is [away](cubbyhole_core::TierState::Away) a call fails at once. The connection is given up after
/// [`max_failures`](RedisConfig::max_failures) calls in a row that failed or were too slow, or when a heartbeat is not
/// answered; what this node has copied may then be stale for [`staleness`](RedisConfig::staleness) at most.
pub struct RedisTier {
    node: Arc<Node>,
    tasks: [AbortHandle; 3],
}

impl RedisTier {
    /// Makes a tier, and waits until it is connected, for up to [`connect_timeout`](RedisConfig::connect_timeout).
    ///
    /// If that is not enough the tier is returned all the same: it is [away](cubbyhole_core::TierState::Away), and keeps trying.
    ///
    /// # Errors
    ///
    /// [`RedisConfigError`] if the configuration is wrong.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the tier.
    pub async fn connect(config: RedisConfig) -> Result<Self, RedisConfigError> {
        let limit = config.connect_timeout;
        let tier = Self::connect_lazy(config)?;
        // Whether it is connected is in its status.
        let _ = tokio::time::timeout(limit, tier.node.health.connected()).await;
        Ok(tier)
    }

    /// Makes a tier that is [away](cubbyhole_core::TierState::Away), and connects in the background: a service starts without Redis.
    ///
    /// # Errors
    ///
    /// [`RedisConfigError`] if the configuration is wrong, the process has not chosen its cryptography and TLS is asked for,
    /// or there is no tokio runtime. The runtime needs its timers and
    /// its I/O.
    pub fn connect_lazy(config: RedisConfig) -> Result<Self, RedisConfigError> {
        let endpoint = config.endpoint()?;
        let runtime = Handle::try_current().map_err(|_missing| RedisConfigError::NoRuntime)?;
        #[cfg(feature = "tls")]
        crate::tls::check(&endpoint)?;
        let node = Arc::new(Node::new(config, &endpoint, runtime.clone()));
        let keeper = Keeper::new(Arc::clone(&node), endpoint);
        let tasks = [
            runtime.spawn(keeper.keep()).abort_handle(),
            runtime
                .spawn(keep_sending(Arc::clone(&node)))
                .abort_handle(),
            runtime
                .spawn(keep_renewing(Arc::clone(&node)))
                .abort_handle(),
        ];
        Ok(Self { node, tasks })
    }
}

impl SharedTier for RedisTier {
    fn attach(&self, store: Weak<dyn StoreListener>) {
        self.node.attach(store);
    }

    fn open(&self, place: TierPlace<'_>, listener: Weak<dyn CellListener>) -> Arc<dyn TierCell> {
        let name = Arc::new(self.node.names.cell(place));
        Arc::new(RedisCell {
            seat: self.node.audience.enter(&name, listener),
            node: Arc::clone(&self.node),
            name,
        })
    }

    fn invalidate(&self, what: TierInvalidation<'_>) -> TierDone {
        invalidation::put(&self.node, invalidation::order(&self.node, what))
    }

    fn status(&self) -> TierStatus {
        self.node.health.status(self.node.outbox.len())
    }
}

/// Ends the tasks. Cells that are still held find the tier away.
impl Drop for RedisTier {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        part(&self.node);
    }
}

/// Shows the prefix and the limits, and no address.
impl fmt::Debug for RedisTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTier")
            .field("config", &self.node.config)
            .field("state", &self.node.health.state())
            .finish_non_exhaustive()
    }
}
