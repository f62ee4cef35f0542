//! The contract of every cache.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_testkit::{Profile, conformance};
use cubbyhole_ttl::{TtlCache, TtlPolicy};

conformance!(ttl, Profile::ttl(TTL), |profile| {
    let policy = TtlPolicy::new(TTL).unwrap();
    Arc::new(TtlCache::with_clock(&policy, profile.clock().clone()))
});

// It expires nothing before the suite is done: it has to pass as a cache that keeps everything.
conformance!(ttl_of_ages, Profile::keep_all(), |profile| {
    let policy = TtlPolicy::new(Duration::MAX).unwrap();
    Arc::new(TtlCache::with_clock(&policy, profile.clock().clone()))
});

const TTL: Duration = Duration::from_secs(10);
