//! One check on a thread of its own, so that a deadlock is a failure and not the end of the test run.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::subject::{Cache, Subject};
use crate::Profile;

/// A check of the suite that a cache did not pass.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    check: &'static str,
    reason: String,
}

impl Failure {
    /// Returns the name of the check: that of the test in [`conformance!`](crate::conformance).
    #[must_use]
    pub const fn check(&self) -> &'static str {
        self.check
    }

    /// Returns what was wrong.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.reason)
    }
}

/// Runs a check, and panics if the cache does not pass it.
pub fn run<V: 'static>(
    check: fn(&Subject<V>),
    profile: Profile,
    make: impl Fn(&Profile) -> Cache<V> + Send + 'static,
) {
    outcome(check, profile, make).unwrap_or_else(Trouble::raise);
}

/// Runs a check, and tells whether the cache passes it.
///
/// # Errors
///
/// Says what was wrong.
pub fn attempt<V: 'static>(
    name: &'static str,
    check: fn(&Subject<V>),
    profile: Profile,
    make: impl Fn(&Profile) -> Cache<V> + Send + 'static,
) -> Result<(), Failure> {
    outcome(check, profile, make).map_err(|trouble| trouble.failure(name))
}

fn outcome<V: 'static>(
    check: fn(&Subject<V>),
    profile: Profile,
    make: impl Fn(&Profile) -> Cache<V> + Send + 'static,
) -> Result<(), Trouble> {
    watch(profile.patience(), move || {
        check(&Subject::new(profile, make));
    })
}

/// What went wrong.
pub(crate) enum Trouble {
    Panic(Box<dyn Any + Send>),
    Hang(Duration),
}

impl Trouble {
    pub(crate) fn raise(self) {
        match self {
            Self::Panic(payload) => resume_unwind(payload),
            #[expect(clippy::panic, reason = "this is how a test fails")]
            Self::Hang(patience) => panic!("{}", hang(patience)),
        }
    }

    pub(crate) fn failure(self, check: &'static str) -> Failure {
        let reason = match self {
            Self::Panic(payload) => message(&*payload),
            Self::Hang(patience) => hang(patience),
        };
        Failure { check, reason }
    }
}

/// Runs a job on a thread of its own, for as long as there is patience.
pub(crate) fn watch(
    patience: Duration,
    job: impl FnOnce() + Send + 'static,
) -> Result<(), Trouble> {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(job));
        // Who waited may have lost patience.
        done.send(result).ok();
    });
    match wait.recv_timeout(patience) {
        Ok(result) => result.map_err(Trouble::Panic),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            Err(Trouble::Hang(patience))
        }
    }
}

fn hang(patience: Duration) -> String {
    format!("not finished after {patience:?}: a deadlock, or a loop without end")
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a panic that says nothing")
        .to_owned()
}
