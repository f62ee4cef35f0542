//! Servers, nodes, and ears.

#[cfg(feature = "cluster")]
pub(crate) mod cluster;
pub(crate) mod history;
pub(crate) mod node;
pub(crate) mod player;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod source;
pub(crate) mod worker;

use std::time::Duration;

/// How long something is waited for that has to happen: far longer than it takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}
