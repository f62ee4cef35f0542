//! Saving again and again.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use cubbyhole_core::{Alarm, Clock};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::error::SnapshotError;
use crate::report::SnapshotSaved;
use crate::snapshot::Snapshot;

/// A task that saves again and again; see [`Snapshot::every`]. It ends when this is dropped; a save that has begun by
/// then is finished.
#[must_use = "the saving ends when this is dropped"]
pub struct Periodic {
    snapshot: Snapshot,
    path: PathBuf,
    bell: Arc<Bell>,
    task: Option<JoinHandle<()>>,
}

/// What the clock rings.
#[derive(Default)]
struct Bell {
    rung: Notify,
    stopped: Notify,
}

impl Alarm for Bell {
    fn ring(&self) -> Option<Duration> {
        self.rung.notify_one();
        None
    }
}

type Report = Box<dyn Fn(&Result<SnapshotSaved, SnapshotError>) + Send + Sync>;

impl Periodic {
    pub(crate) fn start(
        snapshot: Snapshot,
        period: Duration,
        path: PathBuf,
        report: impl Fn(&Result<SnapshotSaved, SnapshotError>) + Send + Sync + 'static,
    ) -> Result<Self, SnapshotError> {
        if period.is_zero() {
            return Err(SnapshotError::NoPeriod);
        }
        let runtime = tokio::runtime::Handle::try_current();
        let runtime = runtime.map_err(|_outside| SnapshotError::NoRuntime)?;
        let bell = Arc::new(Bell::default());
        let report: Report = Box::new(report);
        let task = runtime.spawn(run(
            snapshot.clone(),
            period,
            path.clone(),
            Arc::clone(&bell),
            report,
        ));
        Ok(Self {
            snapshot,
            path,
            bell,
            task: Some(task),
        })
    }

    /// Ends the task, and saves for a last time: for the end of a service.
    ///
    /// # Errors
    ///
    /// As for [`Snapshot::save`].
    ///
    /// # Cancellation
    ///
    /// The task has ended; the last save may not have begun.
    pub async fn finish(mut self) -> Result<SnapshotSaved, SnapshotError> {
        self.bell.stopped.notify_one();
        if let Some(task) = self.task.take() {
            // It ends after the save that it is at, so that no older one takes the place of the last.
            let _ended = task.await;
        }
        self.snapshot.save(&self.path).await
    }
}

impl Drop for Periodic {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Debug for Periodic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Periodic")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

async fn run(snapshot: Snapshot, period: Duration, path: PathBuf, bell: Arc<Bell>, report: Report) {
    let stopped = bell.stopped.notified();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let clock = Arc::clone(snapshot.0.store.clock());
        let alarm: Weak<dyn Alarm> = Weak::<Bell>::clone(&Arc::downgrade(&bell));
        clock.wake_at(clock.now().saturating_add(period), alarm);
        if rung_before(&bell, stopped.as_mut()).await {
            save(&snapshot, &path, &report).await;
        } else {
            return;
        }
    }
}

/// Waits for the clock. Returns whether it has rung, and not been told to stop.
async fn rung_before(
    bell: &Bell,
    mut stopped: std::pin::Pin<&mut impl Future<Output = ()>>,
) -> bool {
    let mut rung = std::pin::pin!(bell.rung.notified());
    std::future::poll_fn(|cx| {
        use std::task::Poll;
        if stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(false);
        }
        rung.as_mut().poll(cx).map(|()| true)
    })
    .await
}

async fn save(snapshot: &Snapshot, path: &Path, report: &Report) {
    let saved = snapshot.save(path).await;
    // Whoever is told may panic; the next save is due all the same.
    let _panicked = catch_unwind(AssertUnwindSafe(|| report(&saved)));
}
