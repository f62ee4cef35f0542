//! Where values are, and what is invalidated: what the contract borrows, owned.

use cubbyhole_core::{TierInvalidation, TierPlace, TierScope};
use cubbyhole_policy::CacheType;

/// A scope: its type and its id.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Scope {
    cache_type: CacheType,
    id: Box<str>,
}

/// A registry entry: its kind and its uid.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Entry {
    pub(super) kind: Box<str>,
    pub(super) uid: Box<str>,
}

/// A registry entry in a scope.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) entry: Entry,
    pub(super) scope: Scope,
}

/// A key in a place.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Slot {
    pub(super) place: Place,
    pub(super) key: Box<str>,
}

/// What is invalidated at once.
#[derive(Clone)]
pub(super) enum Invalidated {
    Key(Slot),
    Entry(Entry),
    Scope(Scope),
    Epoch(Scope),
    Tag(Option<Scope>, Box<str>),
}

impl Scope {
    fn new(scope: TierScope<'_>) -> Self {
        Self {
            cache_type: scope.cache_type,
            id: scope.id.into(),
        }
    }
}

impl Place {
    pub(super) fn new(place: TierPlace<'_>) -> Self {
        let (kind, uid) = (place.kind.into(), place.uid.into());
        Self {
            entry: Entry { kind, uid },
            scope: Scope::new(place.scope),
        }
    }

    pub(super) fn slot(&self, key: &str) -> Slot {
        Slot {
            place: self.clone(),
            key: key.into(),
        }
    }
}

impl Invalidated {
    /// Returns `None` for a kind of invalidation that was added to the contract and is not known here.
    pub(super) fn new(what: TierInvalidation<'_>) -> Option<Self> {
        Some(match what {
            TierInvalidation::Entry { kind, uid } => Self::Entry(Entry {
                kind: kind.into(),
                uid: uid.into(),
            }),
            TierInvalidation::Scope(scope) => Self::Scope(Scope::new(scope)),
            TierInvalidation::Epoch(scope) => Self::Epoch(Scope::new(scope)),
            TierInvalidation::Tag { scope, tag } => Self::Tag(scope.map(Scope::new), tag.into()),
            _ => return None,
        })
    }

    /// Returns whether it covers whatever is stored there.
    pub(super) fn covers_slot(&self, slot: &Slot) -> bool {
        match self {
            Self::Key(key) => key == slot,
            Self::Entry(entry) => slot.place.entry == *entry,
            Self::Scope(scope) | Self::Epoch(scope) => slot.place.scope == *scope,
            Self::Tag(..) => false,
        }
    }

    /// Returns whether it covers a value with these tags that is stored there.
    pub(super) fn covers(&self, slot: &Slot, tags: &[Box<str>]) -> bool {
        match self {
            Self::Tag(scope, tag) => {
                tags.contains(tag) && scope.as_ref().is_none_or(|it| *it == slot.place.scope)
            }
            _ => self.covers_slot(slot),
        }
    }
}
