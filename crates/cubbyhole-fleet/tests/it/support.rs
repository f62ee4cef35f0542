//! What a fleet plays: what it caches, who plays, what happened, and whether it may have happened.

pub(crate) mod catalogue;
pub(crate) mod change;
pub(crate) mod dice;
pub(crate) mod fleet;
pub(crate) mod history;
pub(crate) mod notes;
pub(crate) mod player;
pub(crate) mod source;
pub(crate) mod watched;

use std::time::Duration;

use cubbyhole::RedisConfig;
use cubbyhole_fleet::PATIENCE;

/// A configuration in which things go fast.
pub(crate) fn fast(url: &str) -> RedisConfig {
    let mut config = RedisConfig::from_url(url);
    config.heartbeat = Duration::from_millis(50);
    config.heartbeat_timeout = Duration::from_millis(500);
    config.trust_for = Duration::from_millis(500);
    config.lease = Duration::from_secs(1);
    config.longest_pause = Duration::from_millis(200);
    config
}

/// A configuration that is patient with a busy machine: whoever is too slow for the tier computes alone.
pub(crate) fn patient(url: &str) -> RedisConfig {
    let mut config = RedisConfig::from_url(url);
    config.call_timeout = PATIENCE;
    config.heartbeat = Duration::from_secs(1);
    config.heartbeat_timeout = PATIENCE;
    config.lease = Duration::from_secs(1);
    config
}

/// How long a copy may be stale where things go fast: what is documented, and what a busy machine adds.
pub(crate) fn bound() -> Duration {
    fast("").staleness() + Duration::from_millis(450)
}
