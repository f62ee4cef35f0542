//! A fleet of processes in one: what they share is in memory, and everything that can happen to it is up to a test.

mod calls;
mod cell;
mod memory;
mod messages;
mod names;
mod node;
mod port;
mod shared;
mod state;
mod tier;

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{Clock, TierPlace, TierValue};

pub use self::calls::{TierCall, TierFault};
pub use self::tier::ManualTier;

use self::names::{Place, Slot};
use self::node::Node;
use self::port::Port;
use self::shared::Shared;

/// How long a lease lasts whose holder gives no sign of life.
const LEASE: Duration = Duration::from_secs(10);

/// How often a node is reminded.
const REMINDER: Duration = Duration::from_secs(1);

/// A fleet whose nodes are simulated processes: one memory under all of them, and a [`ManualTier`] for each.
///
/// It keeps the contract of [`SharedTier`](cubbyhole_core::SharedTier), and nothing in it happens by itself: there is no
/// thread and no timer but alarms of the clock. A change is told to the other nodes by the task that made it, before its
/// call ends, unless the test holds messages back: of an invalidation when its future is polled or dropped, because it may
/// be called under a lock. So a test plays what takes a network a bad day: messages that come
/// late, nodes that are cut off, calls whose outcome is not known, values that are damaged. Clones are one fleet.
///
/// ```
/// use std::sync::{Arc, Mutex, Weak};
/// use cubbyhole_core::{CellEvent, CellListener, ManualClock, SharedTier, TierPlace, TierScope, TierValue};
/// use cubbyhole_policy::CacheType;
/// use cubbyhole_testkit::{ManualFleet, block_on};
///
/// /// Counts what it hears; a store drops what it has of the key.
/// #[derive(Default)]
/// struct Ears(Mutex<usize>);
/// impl CellListener for Ears {
///     fn hear(&self, _: CellEvent<'_>) {
///         *self.0.lock().unwrap() += 1;
///     }
/// }
///
/// let fleet = ManualFleet::new(ManualClock::new());
/// let (here, there) = (fleet.node(), fleet.node());
/// let scope = TierScope { cache_type: CacheType::User, id: "ada" };
/// let place = TierPlace { kind: "api", uid: "balance", scope };
/// let ears = Arc::new(Ears::default());
/// let listener: Weak<Ears> = Arc::downgrade(&ears);
/// let (here_cell, there_cell) = (here.open(place, listener.clone()), there.open(place, listener));
///
/// // `here` is told late of what `there` does.
/// here.hold_messages();
/// block_on(async {
///     let lease = there_cell.take_lease("eur").await.unwrap();
///     assert!(lease.publish(TierValue::new(vec![7])).await.unwrap());
/// });
/// assert_eq!(fleet.value(place, "eur").unwrap().bytes, [7]);
/// assert_eq!((here.messages(), *ears.0.lock().unwrap()), (1, 0));
/// assert!(here.deliver_one());
/// assert_eq!(*ears.0.lock().unwrap(), 1);
///
/// // Cut off, a node says so at once, and its invalidations go on when it is back.
/// here.disconnect();
/// assert!(block_on(here_cell.delete("eur")).is_err());
/// assert!(fleet.value(place, "eur").is_some());
/// here.reconnect();
/// assert!(fleet.value(place, "eur").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct ManualFleet {
    shared: Arc<Shared>,
}

impl ManualFleet {
    /// How long a lease lasts whose holder gives no sign of life: because it was cut off, or because the answer of the
    /// call that took the lease was lost.
    pub const LEASE: Duration = LEASE;

    /// How often a node that is cut off tells its store so, and how soon it tries again what it could not tell the fleet.
    pub const REMINDER: Duration = REMINDER;

    /// Makes a fleet without nodes that goes by this clock.
    #[must_use]
    pub fn new(clock: impl Clock + 'static) -> Self {
        Self {
            shared: Shared::new(Box::new(clock)),
        }
    }

    /// Adds a node, which is connected.
    #[must_use]
    pub fn node(&self) -> Arc<ManualTier> {
        let node = self.shared.step(|state| {
            state.nodes.push(Node::new(state.now));
            state.nodes.len() - 1
        });
        let shared = Arc::clone(&self.shared);
        Arc::new(ManualTier {
            port: Port { shared, node },
        })
    }

    /// Returns a value that is kept, with what is left of its lifetime.
    #[must_use]
    pub fn value(&self, place: TierPlace<'_>, key: &str) -> Option<TierValue> {
        let slot = slot(place, key);
        self.shared
            .step(|state| state.memory.value(&slot, state.now))
    }

    /// Returns all values that are kept, in the order of their places and keys.
    #[must_use]
    pub fn values(&self) -> Vec<TierValue> {
        self.shared.step(|state| state.memory.values(state.now))
    }

    /// Returns which node has the lease of a key, by its [number](ManualTier::number).
    #[must_use]
    pub fn lease_of(&self, place: TierPlace<'_>, key: &str) -> Option<usize> {
        let slot = slot(place, key);
        self.shared
            .step(|state| state.memory.lease(&slot).map(|lease| lease.node))
    }

    /// Takes the lease of a key from whoever has it, as if its holder had died long ago. Returns whether anybody had it.
    #[must_use = "a lease that nobody had was not lost"]
    pub fn lose_lease(&self, place: TierPlace<'_>, key: &str) -> bool {
        let slot = slot(place, key);
        self.shared.act(|state| state.lose_lease(&slot))
    }

    /// Replaces the bytes of a value, and tells nobody. Returns whether there is one.
    #[must_use = "a value that is not there was not replaced"]
    pub fn corrupt(&self, place: TierPlace<'_>, key: &str, bytes: &[u8]) -> bool {
        let slot = slot(place, key);
        self.shared.step(|state| state.memory.corrupt(&slot, bytes))
    }
}

fn slot(place: TierPlace<'_>, key: &str) -> Slot {
    Place::new(place).slot(key)
}
