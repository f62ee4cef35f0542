//! What the suite needs to know of the tiers under test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::SharedTier;

use crate::{Job, block_on};

/// A fleet of tiers under test: how to make a node of it, and how time passes.
///
/// Two fleets share nothing, whatever server they use: the suite makes one for each check, and runs several at once. A
/// fleet that needs a runtime and real time says so like this:
///
/// ```
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use cubbyhole_core::{ManualClock, SharedTier};
/// use async_trait::async_trait;
/// use cubbyhole_testkit::{Job, TierFleet};
/// # use cubbyhole_testkit::ManualFleet as Server;
///
/// struct MyFleet {
///     runtime: tokio::runtime::Runtime,
///     server: Server,
/// }
///
/// #[async_trait]
/// impl TierFleet for MyFleet {
///     async fn node(&self) -> Arc<dyn SharedTier> {
///         self.server.node()
///     }
///     async fn pass(&self, time: Duration) {
///         tokio::time::sleep(time).await;
///     }
///     fn run(&self, job: Job<'_>) {
///         self.runtime.block_on(job);
///     }
///     fn lease_time(&self) -> Duration {
///         Duration::from_secs(4)
///     }
/// }
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # let fleet = MyFleet { runtime, server: Server::new(ManualClock::new()) };
/// # fleet.run(Box::pin(fleet.pass(Duration::ZERO)));
/// ```
#[async_trait]
pub trait TierFleet: Send + Sync {
    /// Adds a node, and waits until it is connected.
    async fn node(&self) -> Arc<dyn SharedTier>;

    /// Lets time pass: it moves a clock by hand, or sleeps.
    async fn pass(&self, time: Duration);

    /// Cuts a node off from the others, by its number in the order in which they were added. For
    /// [`tier_outage_conformance!`](crate::tier_outage_conformance) alone.
    ///
    /// # Panics
    ///
    /// Unless it is overridden.
    #[expect(clippy::panic, reason = "this is how a check fails")]
    async fn cut(&self, node: usize) {
        panic!("node {node} is to be cut off, but `TierFleet::cut` is not implemented");
    }

    /// Lets a node that was cut off reach the others again. It need not wait until it has.
    ///
    /// # Panics
    ///
    /// Unless it is overridden.
    #[expect(clippy::panic, reason = "this is how a check fails")]
    async fn mend(&self, node: usize) {
        panic!("node {node} is to be mended, but `TierFleet::mend` is not implemented");
    }

    /// Runs a check to its end. As it is, on this thread, without a runtime.
    fn run(&self, job: Job<'_>) {
        block_on(job);
    }

    /// Returns how long a lease lasts whose holder gives no sign of life: ten seconds, unless said otherwise.
    ///
    /// It should be longer than the [latency](Self::latency): a wait that ends with the lease alone is then found out.
    fn lease_time(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Returns how long it may take until what one node does has reached another, or until a node that is cut off has found
    /// out and says so again: three seconds, unless said otherwise.
    fn latency(&self) -> Duration {
        Duration::from_secs(3)
    }

    /// Returns the time after which a check that is not finished counts as hung: one minute, unless said otherwise.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}
