//! Panics of code that is not ours, in the middle of work that has to be finished.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Holds a panic back until the work is done, so that one value that panics when it is dropped does not keep the others
/// from being dropped, counted, and their waiters from being told.
#[derive(Default)]
pub(crate) struct Panics(Option<Box<dyn Any + Send>>);

impl Panics {
    /// Runs a piece of the work. The first panic is kept.
    pub(crate) fn hold<R>(&mut self, work: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => Some(result),
            Err(panic) => {
                self.0.get_or_insert(panic);
                None
            }
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Lets the panic go on, now that the work is done. Where another one unwinds already, that is enough.
    pub(crate) fn release(self) {
        if let Some(panic) = self.0
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}
