//! The suite for tiers, on the fleet in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{ManualClock, SharedTier};
use cubbyhole_testkit::{ManualFleet, TierFleet, tier_conformance};

struct Manual {
    clock: ManualClock,
    fleet: ManualFleet,
}

#[async_trait]
impl TierFleet for Manual {
    async fn node(&self) -> Arc<dyn SharedTier> {
        self.fleet.node()
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

fn manual() -> Manual {
    let clock = ManualClock::new();
    let fleet = ManualFleet::new(clock.clone());
    Manual { clock, fleet }
}

tier_conformance!(manual_fleet, manual);
