//! Time that all processes of a machine share.

use std::time::{Duration, SystemTime};

/// Returns the time since 1970. It is for judging what several processes have done; nothing may run by it.
#[must_use]
pub fn now() -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only clock that several processes share"
    )]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap()
}
