//! The contract of every cache.

use std::sync::Arc;

use cubbyhole_keep_all::{KeepAllCache, KeepAllPolicy};
use cubbyhole_testkit::{Profile, conformance};

conformance!(keep_all, Profile::keep_all(), |_| {
    Arc::new(KeepAllCache::new(&KeepAllPolicy::new()))
});
