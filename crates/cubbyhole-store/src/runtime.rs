//! Where computations run: on the tokio runtime of the task that asks, or on the one of a model checker.

use std::future::Future;

/// The runtime of the running task.
#[cfg(not(shuttle))]
pub(crate) struct Runtime(tokio::runtime::Handle);

/// How to stop a computation.
#[cfg(not(shuttle))]
pub(crate) type Stop = tokio::task::AbortHandle;

#[cfg(not(shuttle))]
impl Runtime {
    pub(crate) fn current() -> Option<Self> {
        tokio::runtime::Handle::try_current().ok().map(Self)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Stop {
        self.0.spawn(task).abort_handle()
    }
}

/// The scheduler of the model checker.
#[cfg(shuttle)]
pub(crate) struct Runtime;

/// How to stop a computation.
#[cfg(shuttle)]
pub(crate) struct Stop(shuttle::future::JoinHandle<()>);

#[cfg(shuttle)]
impl Runtime {
    pub(crate) fn current() -> Option<Self> {
        Some(Self)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Stop {
        Stop(shuttle::future::spawn(task))
    }
}

#[cfg(shuttle)]
impl Stop {
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}
