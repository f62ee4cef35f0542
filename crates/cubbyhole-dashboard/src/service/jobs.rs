//! Which jobs run: each at most once at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hashbrown::HashMap;

use crate::answer::Owner;

/// What a job works on, and for whom.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct JobKey {
    pub(crate) owner: Owner,
    pub(crate) uid: String,
    pub(crate) key: String,
}

/// The jobs that run.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    running: HashMap<JobKey, Entered>,
    entered: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entered {
    number: u64,
    at: Instant,
}

impl Jobs {
    /// Enters a job; `None` if it runs already.
    pub(crate) fn begin(self: &Arc<Self>, job: JobKey) -> Option<Running> {
        let mut list = self.lock();
        if list.running.contains_key(&job) {
            return None;
        }
        list.entered += 1;
        let number = list.entered;
        let at = Instant::now();
        list.running.insert(job.clone(), Entered { number, at });
        Some(Running {
            jobs: Arc::clone(self),
            job,
            number,
        })
    }

    /// How long the job has been running, if it runs.
    pub(crate) fn running_for(&self, job: &JobKey) -> Option<Duration> {
        self.lock()
            .running
            .get(job)
            .map(|entered| entered.at.elapsed())
    }

    /// Forgets the jobs of an owner, so that they can be entered again; they run on for nobody.
    pub(crate) fn forget(&self, owner: &Owner) {
        self.lock().running.retain(|job, _| job.owner != *owner);
    }

    /// A panic while the list was locked leaves it whole: nothing in between can panic.
    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that runs until this is dropped, however it ends.
#[derive(Debug)]
pub(crate) struct Running {
    jobs: Arc<Jobs>,
    job: JobKey,
    number: u64,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut list = self.jobs.lock();
        let ours = list
            .running
            .get(&self.job)
            .is_some_and(|entered| entered.number == self.number);
        if ours {
            list.running.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(user: &str) -> JobKey {
        JobKey {
            owner: Owner::User(user.to_owned()),
            uid: "report".to_owned(),
            key: "2014".to_owned(),
        }
    }

    #[test]
    fn a_job_runs_once_at_a_time_for_each_owner() {
        let jobs = Arc::new(Jobs::default());
        let running = jobs.begin(job("ada")).unwrap();
        assert!(jobs.begin(job("ada")).is_none());
        assert!(jobs.begin(job("bob")).is_some());
        assert!(jobs.running_for(&job("ada")).is_some());
        drop(running);
        assert!(jobs.running_for(&job("ada")).is_none());
        assert!(jobs.begin(job("ada")).is_some());
    }

    #[test]
    fn a_forgotten_job_does_not_end_its_successor() {
        let jobs = Arc::new(Jobs::default());
        let forgotten = jobs.begin(job("ada")).unwrap();
        jobs.forget(&Owner::User("ada".to_owned()));
        let successor = jobs.begin(job("ada")).unwrap();
        drop(forgotten);
        assert!(jobs.begin(job("ada")).is_none());
        drop(successor);
        assert!(jobs.begin(job("ada")).is_some());
    }
}
