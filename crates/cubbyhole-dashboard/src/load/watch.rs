//! What the dashboard uses while it is loaded.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::LoadError;
use crate::client::{Client, ClientError};

/// What it uses at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) at: Duration,
    pub(super) resident_bytes: f64,
    pub(super) open_files: f64,
    pub(super) entries: f64,
    pub(super) scopes: f64,
}

/// Looks every few seconds.
#[derive(Debug)]
pub(super) struct Watch {
    stop: oneshot::Sender<()>,
    looks: JoinHandle<Result<Vec<Usage>, ClientError>>,
}

impl Watch {
    pub(super) fn start(address: SocketAddr, begun: Instant) -> Self {
        let (stop, stopped) = oneshot::channel();
        let looks = tokio::spawn(watch(Client::new(address), begun, stopped));
        Self { stop, looks }
    }

    /// Everything that was seen, from before the load to its end.
    pub(super) async fn stop(self, before: Usage) -> Result<Vec<Usage>, LoadError> {
        drop(self.stop);
        let mut usages = vec![before];
        usages.extend(self.looks.await??);
        Ok(usages)
    }
}

async fn watch(
    client: Client,
    begun: Instant,
    mut stopped: oneshot::Receiver<()>,
) -> Result<Vec<Usage>, ClientError> {
    let mut ticks = tokio::time::interval(BETWEEN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut usages = Vec::new();
    loop {
        let is_over = tokio::select! {
            _ = ticks.tick() => false,
            _ = &mut stopped => true,
        };
        let usage = look(&client).await?;
        usages.push(Usage {
            at: begun.elapsed(),
            ..usage
        });
        if is_over {
            return Ok(usages);
        }
    }
}

/// Looks once.
pub(super) async fn look(client: &Client) -> Result<Usage, ClientError> {
    Ok(read(&client.get("/metrics").await?.text))
}

fn read(exposition: &str) -> Usage {
    let sum = |name: &str| {
        let values = exposition.lines().filter_map(|line| value(line, name));
        values.fold(0.0, |sum, value| sum + value)
    };
    Usage {
        at: Duration::ZERO,
        resident_bytes: sum("process_resident_memory_bytes"),
        open_files: sum("process_open_fds"),
        entries: sum("cubbyhole_entries"),
        scopes: sum("cubbyhole_scopes"),
    }
}

/// The value of a sample, whichever labels it has.
fn value(line: &str, name: &str) -> Option<f64> {
    let rest = line.strip_prefix(name)?;
    if !rest.starts_with([' ', '{']) {
        return None;
    }
    rest.rsplit(' ').next()?.parse().ok()
}

const BETWEEN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_one_metric_are_added_up() {
        let usage = read(
            "# TYPE cubbyhole_entries gauge\n\
             cubbyhole_entries{kind=\"entry\",uid=\"a b\"} 3\n\
             cubbyhole_entries{kind=\"entry\",uid=\"c\"} 4\n\
             cubbyhole_entries_more 9\n\
             process_open_fds 12\n",
        );
        assert_eq!((usage.entries, usage.open_files), (7.0, 12.0));
        assert_eq!(usage.scopes, 0.0);
    }
}
