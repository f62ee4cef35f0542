//! Where computations run, and what the running task carries: of tokio and `cubbyhole-scope`, or of a model checker.
//!
//! A model checker runs all its threads on one, so what is local to a thread of the machine is not local to its own.

use std::future::Future;

use cubbyhole_scope::ScopeContext;

#[cfg(shuttle)]
pub(crate) use self::checked::{RunningComputation, Runtime, Stop, block_on, enter, with_current};
#[cfg(not(shuttle))]
pub(crate) use self::real::{RunningComputation, Runtime, Stop, block_on, with_current};

#[cfg(not(shuttle))]
mod real {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};

    use cubbyhole_scope::ScopeFutureExt;

    use super::{Future, ScopeContext};
    use crate::load_graph::Computation;

    /// The runtime of the running task.
    pub(crate) struct Runtime(tokio::runtime::Handle);

    /// How to stop a computation.
    pub(crate) type Stop = tokio::task::AbortHandle;

    impl Runtime {
        pub(crate) fn current() -> Option<Self> {
            tokio::runtime::Handle::try_current().ok().map(Self)
        }

        /// Runs a task in the scope of the running one.
        pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Stop {
            #[cfg(feature = "tracing")]
            let task = tracing::Instrument::in_current_span(task);
            self.0.spawn(task.in_current_scope()).abort_handle()
        }
    }

    /// Waits for a future on this thread.
    pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut cx = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut cx) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }

    /// Wakes the thread that waits.
    struct Unpark(std::thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Calls `f` with the scope of the running task.
    #[inline]
    pub(crate) fn with_current<R>(f: impl FnOnce(&ScopeContext) -> R) -> R {
        ScopeContext::with_current(f)
    }

    /// The computation that the running task belongs to.
    pub(crate) struct RunningComputation;

    tokio::task_local! {
        static RUNNING: Computation;
    }

    impl RunningComputation {
        /// Runs a task as a computation.
        pub(crate) fn scope<F: Future>(
            computation: Computation,
            task: F,
        ) -> impl Future<Output = F::Output> + use<F> {
            RUNNING.scope(computation, task)
        }

        /// Runs a function as a computation.
        pub(crate) fn enter<R>(computation: Computation, f: impl FnOnce() -> R) -> R {
            RUNNING.sync_scope(computation, f)
        }

        pub(crate) fn get() -> Option<Computation> {
            RUNNING.try_with(Clone::clone).ok()
        }

        /// Returns whether the running task belongs to a computation.
        #[inline]
        pub(crate) fn is_any() -> bool {
            RUNNING.try_with(|_| ()).is_ok()
        }
    }
}

#[cfg(shuttle)]
mod checked {
    use std::cell::RefCell;

    use super::{Future, ScopeContext};
    use crate::load_graph::Computation;

    /// The scheduler of the model checker.
    pub(crate) struct Runtime;

    /// How to stop a computation.
    pub(crate) type Stop = shuttle::future::AbortHandle;

    shuttle::thread_local! {
        static CONTEXT: RefCell<ScopeContext> = RefCell::new(ScopeContext::anonymous());
        static RUNNING: RefCell<Option<Computation>> = RefCell::new(None);
    }

    impl Runtime {
        pub(crate) fn current() -> Option<Self> {
            Some(Self)
        }

        /// Runs a task in the scope of the running one.
        pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Stop {
            let context = with_current(Clone::clone);
            let task = async move {
                enter(context);
                task.await;
            };
            shuttle::future::spawn(task).abort_handle()
        }
    }

    /// Waits for a future on this thread.
    pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
        shuttle::future::block_on(future)
    }

    /// Calls `f` with the scope of the running thread.
    pub(crate) fn with_current<R>(f: impl FnOnce(&ScopeContext) -> R) -> R {
        let context = CONTEXT.with(|context| context.borrow().clone());
        f(&context)
    }

    /// Puts the running thread into a scope, for the rest of its life.
    pub(crate) fn enter(context: ScopeContext) {
        CONTEXT.with(|running| *running.borrow_mut() = context);
    }

    /// The computation that the running thread belongs to.
    pub(crate) struct RunningComputation;

    impl RunningComputation {
        /// Runs a task as a computation. It is the only one of its thread.
        pub(crate) async fn scope<F: Future>(computation: Computation, task: F) -> F::Output {
            RUNNING.with(|running| *running.borrow_mut() = Some(computation));
            task.await
        }

        /// Runs a function as a computation.
        pub(crate) fn enter<R>(computation: Computation, f: impl FnOnce() -> R) -> R {
            let former = RUNNING.with(|running| running.replace(Some(computation)));
            let result = f();
            RUNNING.with(|running| running.replace(former));
            result
        }

        pub(crate) fn get() -> Option<Computation> {
            RUNNING.with(|running| running.borrow().clone())
        }

        /// Returns whether the running thread belongs to a computation.
        pub(crate) fn is_any() -> bool {
            Self::get().is_some()
        }
    }
}
