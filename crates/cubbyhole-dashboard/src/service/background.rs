//! Jobs: values that take long, are computed in the background, and may be waited for meanwhile.

use std::time::{Duration, Instant};

use cubbyhole::CacheError;

use super::ask::{Entry, Kept, first_poll};
use super::{JobKey, Running, Service};
use crate::answer::{Owner, Source, Traced};

/// How far a job is.
#[derive(Debug)]
pub(crate) enum Progress<T> {
    /// Nobody asked for it, or its value is gone.
    Absent,
    Running(Duration),
    Ready(Box<Traced<Kept<T>>>),
}

impl Service {
    /// Enters a job of the running task's user, session or of everyone; `None` if it runs, or if
    /// its value is there.
    pub(crate) async fn begin_job<T>(
        &self,
        entry: &Entry<T>,
        key: &str,
    ) -> Result<Option<Running>, CacheError>
    where
        T: Send + Sync + 'static,
    {
        let Some(running) = self.jobs.begin(job(entry, key)) else {
            return Ok(None);
        };
        // A job leaves the list after it has stored its value, so that this look misses none.
        let there = self.store.get(entry, key).await?.is_some();
        Ok((!there).then_some(running))
    }

    /// Says how far a job is, without waiting for it.
    pub(crate) async fn progress<T>(
        &self,
        entry: &Entry<T>,
        key: &str,
    ) -> Result<Progress<T>, CacheError>
    where
        T: Send + Sync + 'static,
    {
        let begun = Instant::now();
        if let Some(answer) = self.store.get(entry, key).await? {
            let traced = self.trace(entry, answer, Source::Cached, begun);
            return Ok(Progress::Ready(Box::new(traced)));
        }
        let running = self.jobs.running_for(&job(entry, key));
        Ok(running.map_or(Progress::Absent, Progress::Running))
    }

    /// Waits for a job as long as a browser does; a job that nobody started is not waited for.
    pub(crate) async fn wait<T>(
        &self,
        entry: &Entry<T>,
        key: &str,
    ) -> Result<Progress<T>, CacheError>
    where
        T: Send + Sync + 'static,
    {
        let begun = Instant::now();
        let asked = first_poll(self.store.get_or_wait(entry, key), || self.ledger.wait());
        let heard = tokio::time::timeout(LONGEST_WAIT, asked).await;
        let Ok((answer, at_once)) = heard else {
            return self.progress(entry, key).await;
        };
        let source = if at_once {
            Source::Cached
        } else {
            Source::Waited
        };
        Ok(answer?.map_or(Progress::Absent, |answer| {
            Progress::Ready(Box::new(self.trace(entry, answer, source, begun)))
        }))
    }
}

/// Names a job of the running task's user or session.
fn job<T>(entry: &Entry<T>, key: &str) -> JobKey {
    JobKey {
        owner: Owner::current(entry.policy().cache_type()),
        uid: entry.store_key().uid().to_owned(),
        key: key.to_owned(),
    }
}

/// A browser gives up a little later than this.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
