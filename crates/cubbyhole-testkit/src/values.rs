//! Values that watch what a cache does with them.

mod on_drop;
mod panics;
mod tracked;

pub use on_drop::CallOnDrop;
pub use panics::{PanicOnClone, PanicOnDrop, Trigger};
pub use tracked::{DropCounter, Tracked};
