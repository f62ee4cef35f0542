//! Why a store could not be saved or loaded.

use std::io;
use std::path::PathBuf;

use cubbyhole_store::{CacheError, StoreKey};

/// Why a store could not be saved or loaded. No message has an id of a user or a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file could not be written. The one that was there before is as it was; if only the last step failed, the new
    /// one is there, and the old one may be again after a crash of the machine.
    #[error("the snapshot {} could not be written ({step})", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What was being done.
        step: &'static str,
        /// What went wrong.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("the snapshot {} could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file is larger than the limit.
    #[error("the snapshot is larger than the limit of {limit} bytes, which can be raised")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The file is something else.
    #[error("the file is no snapshot of a cubbyhole store")]
    Foreign,
    /// The file was written by another version of this crate.
    #[error("the snapshot has layout {found}, and only {known} is known here")]
    OtherLayout {
        /// Its layout.
        found: u8,
        /// The layout that is known.
        known: u8,
    },
    /// The file is not what was written.
    #[error("the snapshot is damaged or cut short: its checksum is another")]
    Damaged,
    /// The file is whole, and was not written by this crate.
    #[error("the snapshot is whole but makes no sense: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Two entries of one snapshot have the same key.
    #[error("{entry} was given to the snapshot twice")]
    Duplicate {
        /// The key.
        entry: StoreKey,
    },
    /// The store refused an entry.
    #[error(transparent)]
    Store(#[from] CacheError),
    /// Code of a value panicked: its `Clone`, or how it is written or read.
    #[error("code of a value panicked while the snapshot was saved or loaded")]
    Panicked,
    /// There is no runtime to work on.
    #[error("there is no tokio runtime here: use `save_blocking` or `load_blocking`")]
    NoRuntime,
    /// A period of nothing at all.
    #[error("a snapshot cannot be saved every 0 s: give a period")]
    NoPeriod,
}
