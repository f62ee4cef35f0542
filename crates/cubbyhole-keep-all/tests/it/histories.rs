//! Random histories, with a look inside after every step.

use cubbyhole_keep_all::{KeepAllCache, KeepAllPolicy};
use cubbyhole_testkit::{Profile, check_history, ops};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn history_agrees_with_the_model(history in ops::histories(&Profile::keep_all())) {
        let cache = KeepAllCache::new(&KeepAllPolicy::new());
        check_history(&Profile::keep_all(), &cache, &history, || cache.check_invariants())
            .map_err(TestCaseError::fail)?;
    }
}
