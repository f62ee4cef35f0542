//! The suite for tiers, on the fleet in memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{ManualClock, SharedTier};
use cubbyhole_testkit::{ManualFleet, ManualTier, TierFleet};
use cubbyhole_testkit::{tier_conformance, tier_outage_conformance};

struct Manual {
    clock: ManualClock,
    fleet: ManualFleet,
    nodes: Mutex<Vec<Arc<ManualTier>>>,
    /// Messages arrive one by one as time passes, as they do over a network.
    is_late: bool,
}

impl Manual {
    fn node(&self, number: usize) -> Arc<ManualTier> {
        Arc::clone(&self.nodes.lock().unwrap_or_else(PoisonError::into_inner)[number])
    }
}

#[async_trait]
impl TierFleet for Manual {
    async fn node(&self) -> Arc<dyn SharedTier> {
        let node = self.fleet.node();
        if self.is_late {
            node.hold_messages();
        }
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.push(Arc::clone(&node));
        node
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        if self.is_late {
            let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
            let delivered = nodes.iter().filter(|node| node.deliver_one());
            delivered.for_each(drop);
        }
    }

    async fn cut(&self, node: usize) {
        self.node(node).disconnect();
    }

    async fn mend(&self, node: usize) {
        self.node(node).reconnect();
    }
}

fn manual() -> Manual {
    let clock = ManualClock::new();
    let fleet = ManualFleet::new(clock.clone());
    let nodes = Mutex::default();
    Manual {
        clock,
        fleet,
        nodes,
        is_late: false,
    }
}

fn late() -> Manual {
    Manual {
        is_late: true,
        ..manual()
    }
}

tier_conformance!(manual_fleet, manual);
tier_conformance!(manual_fleet_with_late_messages, late);
tier_outage_conformance!(manual_fleet_cut_off, manual);
tier_outage_conformance!(manual_fleet_cut_off_with_late_messages, late);
