//! One check of one fleet: nodes, cells, and waits that end.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use cubbyhole_core::{
    CellListener, SharedTier, TierAnswer, TierCell, TierInvalidation, TierLease, TierPlace,
    TierValue, TierWait,
};

use super::ears::Ears;
use super::fleet::TierFleet;
use crate::Job;
use crate::conformance::{Failure, Trouble, watch};

/// How often a condition is looked at.
const TICK: Duration = Duration::from_millis(2);

/// A fleet under test. A check finds its nodes and cells through it.
pub struct Trial {
    pub(super) fleet: Box<dyn TierFleet>,
}

/// A check of the suite.
pub type Check = for<'a> fn(&'a Trial) -> Job<'a>;

/// Runs a check, and panics if the fleet does not pass it.
pub fn run<F: TierFleet + 'static>(check: Check, make: impl Fn() -> F) {
    outcome(check, make()).unwrap_or_else(Trouble::raise);
}

/// Runs a check, and tells whether the fleet passes it.
///
/// # Errors
///
/// Says what was wrong.
pub fn attempt<F: TierFleet + 'static>(
    name: &'static str,
    check: Check,
    make: impl Fn() -> F,
) -> Result<(), Failure> {
    outcome(check, make()).map_err(|trouble| trouble.failure(name))
}

fn outcome(check: Check, fleet: impl TierFleet + 'static) -> Result<(), Trouble> {
    let patience = fleet.patience();
    let fleet = Box::new(fleet);
    watch(patience, move || {
        let trial = Trial { fleet };
        trial.fleet.run(check(&trial));
    })
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").finish_non_exhaustive()
    }
}

impl Trial {
    /// Makes nodes, each with a store that listens.
    pub(super) async fn nodes<const N: usize>(&self) -> [Node; N] {
        let mut nodes = Vec::with_capacity(N);
        for _ in 0..N {
            nodes.push(Node::new(self.fleet.node().await));
        }
        #[expect(clippy::expect_used, reason = "there are as many as were made")]
        nodes.try_into().ok().expect("N nodes")
    }

    /// Makes two nodes with a cell open in the same place.
    pub(super) async fn pair(&self, place: TierPlace<'_>) -> (Seat, Seat) {
        let [one, other] = self.nodes().await;
        (one.open(place), other.open(place))
    }

    pub(super) async fn pass(&self, time: Duration) {
        self.fleet.pass(time).await;
    }

    /// Waits until a future has ended, and fails if that takes too long.
    pub(super) async fn soon<T: Send>(
        &self,
        what: &str,
        future: impl Future<Output = T> + Send,
    ) -> T {
        let mut future = pin!(future);
        let mut left = self.fleet.latency();
        loop {
            let mut tick = self.fleet.pass(TICK);
            let ended = poll_fn(|cx| match future.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => tick.as_mut().poll(cx).map(|()| None),
            });
            if let Some(output) = ended.await {
                return output;
            }
            assert!(!left.is_zero(), "{what}: not so in time");
            left = left.saturating_sub(TICK);
        }
    }

    /// Waits until a condition holds, and fails if that takes too long.
    pub(super) async fn eventually(&self, what: &str, holds: impl Fn() -> bool + Send + Sync) {
        self.soon(what, async {
            while !holds() {
                once_more().await;
            }
        })
        .await;
    }

    /// Waits until a cell has heard of an event, and returns what it had heard before.
    pub(super) async fn heard_before(&self, seat: &Seat, event: impl fmt::Debug) -> Vec<String> {
        before(self, &seat.ears, &format!("{event:?}")).await
    }

    /// Waits until the store of a node has heard of an event, and returns what others had done before as it had heard.
    pub(super) async fn told_before(&self, node: &Node, event: impl fmt::Debug) -> Vec<String> {
        let mut told = before(self, &node.ears, &format!("{event:?}")).await;
        told.retain(|event| event != "Distrusted" && event != "CaughtUp");
        told
    }
}

async fn before(trial: &Trial, ears: &Ears, event: &str) -> Vec<String> {
    let is_heard = || ears.heard().iter().any(|it| it == event);
    trial.eventually(event, is_heard).await;
    let mut heard = ears.heard();
    heard.truncate(heard.iter().position(|it| it == event).unwrap_or_default());
    heard
}

/// Is pending once: whoever polls again does so when its own time has come.
pub(super) async fn once_more() {
    let mut is_first = true;
    poll_fn(|_| {
        if std::mem::take(&mut is_first) {
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// A node of the fleet, and what its store was told.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) tier: Arc<dyn SharedTier>,
    pub(super) ears: Arc<Ears>,
}

impl Node {
    fn new(tier: Arc<dyn SharedTier>) -> Self {
        let ears = Arc::new(Ears::default());
        tier.attach(ears.for_a_store());
        Self { tier, ears }
    }

    pub(super) fn open(&self, place: TierPlace<'_>) -> Seat {
        let ears = Arc::new(Ears::default());
        let cell = self.tier.open(place, ears.for_a_cell());
        Seat {
            node: self.clone(),
            cell,
            ears,
        }
    }

    pub(super) fn open_with(
        &self,
        place: TierPlace<'_>,
        listener: &Arc<impl CellListener + 'static>,
    ) -> Arc<dyn TierCell> {
        let weak = Arc::downgrade(listener);
        self.tier.open(place, weak)
    }

    pub(super) async fn invalidate(&self, what: TierInvalidation<'_>) {
        let done = self.tier.invalidate(what).await;
        assert!(done.is_ok(), "{what:?}: {done:?}");
    }
}

/// A cell that a node has open, and what it has heard.
pub(super) struct Seat {
    pub(super) node: Node,
    pub(super) cell: Arc<dyn TierCell>,
    pub(super) ears: Arc<Ears>,
}

#[expect(clippy::unwrap_used, reason = "a tier that is connected does not fail")]
impl Seat {
    pub(super) async fn get(&self, key: &str) -> Option<TierValue> {
        self.cell.get(key).await.unwrap()
    }

    pub(super) async fn has(&self, key: &str) -> bool {
        self.get(key).await.is_some()
    }

    pub(super) async fn ask(&self, key: &str) -> TierAnswer {
        self.cell.get_or_lease(key).await.unwrap()
    }

    /// Returns a lease, which has to be there for the asking.
    pub(super) async fn lease(&self, key: &str) -> Box<dyn TierLease> {
        match self.ask(key).await {
            TierAnswer::Leased(lease) => lease,
            #[expect(clippy::panic, reason = "this is how a check fails")]
            other => panic!("nobody has the lease of {key:.30?}, but it is {other:?}"),
        }
    }

    /// Returns a wait, because another has the lease.
    pub(super) async fn wait(&self, key: &str) -> TierWait {
        match self.ask(key).await {
            TierAnswer::Busy(wait) => wait,
            #[expect(clippy::panic, reason = "this is how a check fails")]
            other => panic!("somebody has the lease of {key:.30?}, but it is {other:?}"),
        }
    }

    pub(super) async fn try_lease(&self, key: &str) -> Option<Box<dyn TierLease>> {
        self.cell.try_lease(key).await.unwrap()
    }

    pub(super) async fn take_lease(&self, key: &str) -> Box<dyn TierLease> {
        self.cell.take_lease(key).await.unwrap()
    }

    /// Stores a value, whatever was there.
    pub(super) async fn put(&self, key: &str, value: TierValue) {
        let lease = self.take_lease(key).await;
        assert!(publish(lease, value).await, "the lease was not lost");
    }

    pub(super) async fn delete(&self, key: &str) {
        self.cell.delete(key).await.unwrap();
    }

    pub(super) async fn invalidate(&self, what: TierInvalidation<'_>) {
        self.node.invalidate(what).await;
    }
}

/// Publishes, and returns whether the value was stored.
pub(super) async fn publish(lease: Box<dyn TierLease>, value: TierValue) -> bool {
    let published = lease.publish(value).await;
    assert!(published.is_ok(), "{published:?}");
    published.unwrap_or_default()
}

/// Lets futures go on beside each other until each has ended.
pub(super) async fn join<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut going: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs = Vec::new();
    poll_fn(|cx| {
        going.retain_mut(|future| match future.as_mut().poll(cx) {
            Poll::Ready(output) => {
                outputs.push(output);
                false
            }
            Poll::Pending => true,
        });
        if going.is_empty() {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
    outputs
}
