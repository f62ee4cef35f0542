//! What became of values that were saved or loaded.

use std::collections::BTreeMap;

use cubbyhole_core::FormatErrorKind;
use cubbyhole_policy::CacheType;
use cubbyhole_store::StoreKey;

/// What was saved.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SnapshotSaved {
    /// Values in the file.
    pub values: u64,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// Values that could not be written, and are not in the file, by the kind of error.
    pub unwritable: BTreeMap<FormatErrorKind, u64>,
}

/// What was loaded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SnapshotLoaded {
    /// Values that are in the store now.
    pub values: u64,
    /// Values that are past their time, or may be.
    pub expired: u64,
    /// Values that were replaced by something newer, or invalidated, since loading began or before.
    pub superseded: u64,
    /// Values for which the store had no room.
    pub no_room: u64,
    /// Values that could not be read, by the kind of error: of another version, say.
    pub unreadable: BTreeMap<FormatErrorKind, u64>,
    /// Entries in the file that were left out as a whole.
    pub skipped: Vec<SkippedEntry>,
}

/// An entry in the file that was left out as a whole.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SkippedEntry {
    /// Its key.
    pub entry: StoreKey,
    /// How many values it has in the file.
    pub values: u64,
    /// Why it was left out.
    pub why: SkipReason,
}

/// Why an entry in the file was left out.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SkipReason {
    /// The snapshot was not given an entry of this key.
    Unknown,
    /// Its values belonged to other scopes than those of the entry of now.
    OtherCacheType {
        /// The cache type of the values in the file.
        saved: CacheType,
        /// That of the entry.
        declared: CacheType,
    },
    /// They are values of users or sessions, which are to be left out.
    People,
}
