//! The naive cache passes.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_testkit::{Profile, conformance};

use crate::naive::Naive;

conformance!(naive_keep_all, Profile::keep_all(), |profile| Arc::new(
    Naive::new(profile)
));
conformance!(naive_lru_of_1, Profile::lru(1), |profile| Arc::new(
    Naive::new(profile)
));
conformance!(naive_lru_of_2, Profile::lru(2), |profile| Arc::new(
    Naive::new(profile)
));
conformance!(naive_lru_of_10, Profile::lru(10), |profile| Arc::new(
    Naive::new(profile)
));
conformance!(
    naive_ttl,
    Profile::ttl(Duration::from_secs(10)),
    |profile| { Arc::new(Naive::new(profile)) }
);
