//! A value that does something when it is dropped.

use std::fmt;
use std::sync::Arc;

/// A value whose `Drop` calls a function, such as one that asks the cache it comes from.
///
/// Each clone calls it, too.
#[derive(Clone)]
pub struct CallOnDrop(Arc<dyn Fn() + Send + Sync>);

impl CallOnDrop {
    /// Makes a value that calls `function` when it is dropped.
    pub fn new(function: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl Drop for CallOnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl fmt::Debug for CallOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOnDrop").finish_non_exhaustive()
    }
}
