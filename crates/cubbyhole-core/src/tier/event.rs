//! What a shared tier tells a store: what other nodes changed, and whether it can be trusted.

/// Is told what others change in one cell.
///
/// It is called by a task of the tier, with none of its locks held, in the order in which the tier saw the changes. It
/// does not block for long, and does not panic.
pub trait CellListener: Send + Sync {
    /// Hears of a change.
    fn hear(&self, event: CellEvent<'_>);
}

/// What another node changed in a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CellEvent<'a> {
    /// A key has another value now.
    Set {
        /// The key.
        key: &'a str,
    },
    /// A key was deleted.
    Deleted {
        /// The key.
        key: &'a str,
    },
    /// What has this tag, in the scope of the cell and in every registry entry, was invalidated.
    TagInvalidated {
        /// The tag.
        tag: &'a str,
    },
    /// The scope was dropped.
    ScopeDropped,
    /// What the user of the scope may see has changed.
    EpochBumped,
}

/// Is told what concerns more than one cell. It is called as a [`CellListener`] is.
pub trait StoreListener: Send + Sync {
    /// Hears of a change.
    fn hear(&self, event: StoreEvent<'_>);
}

/// What concerns more than one cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreEvent<'a> {
    /// What has this tag, everywhere, was invalidated by another node.
    TagInvalidated {
        /// The tag.
        tag: &'a str,
    },
    /// A registry entry was cleared by another node.
    EntryCleared {
        /// Its kind.
        kind: &'a str,
        /// Its uid.
        uid: &'a str,
    },
    /// It is not known any more what others change: values that are here have had their time. Told again and again while
    /// it lasts.
    Distrusted,
    /// It is known again: whatever was here before, and whatever is on its way, may be stale.
    CaughtUp,
}
