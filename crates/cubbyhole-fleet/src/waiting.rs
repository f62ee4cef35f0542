//! Waiting for what happens elsewhere, and not for ever.

use std::time::Duration;

/// How long something is waited for that has to happen: far longer than it takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something is so, for [`PATIENCE`] at most.
///
/// # Panics
///
/// If it is not so in time, with `what`.
///
/// # Cancellation
///
/// Dropping the future ends the waiting.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}
