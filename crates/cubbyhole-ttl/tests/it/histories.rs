//! Random histories, with a look inside after every step.

use std::time::Duration;

use cubbyhole_testkit::{Profile, check_history, ops};
use cubbyhole_ttl::{Clock, TtlCache, TtlPolicy};
use proptest::prelude::*;

use crate::clocks::Silent;

const TTL: Duration = Duration::from_secs(10);

fn check(
    clock: impl Clock + 'static,
    profile: &Profile,
    history: &[ops::Op],
) -> Result<(), String> {
    let policy = TtlPolicy::new(TTL).map_err(|error| error.to_string())?;
    let cache = TtlCache::with_clock(&policy, clock);
    check_history(profile, &cache, history, || cache.check_invariants())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn history_agrees_with_the_model(history in ops::histories(&Profile::ttl(TTL))) {
        let profile = Profile::ttl(TTL);
        let clock = profile.clock().clone();
        check(clock, &profile, &history).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn history_without_alarms_agrees_with_the_model(history in ops::histories(&Profile::ttl(TTL))) {
        let profile = Profile::ttl(TTL);
        let clock = Silent(profile.clock().clone());
        check(clock, &profile, &history).map_err(TestCaseError::fail)?;
    }
}
