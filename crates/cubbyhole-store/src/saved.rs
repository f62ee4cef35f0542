//! A value on its way from one store to another, by way of a file or otherwise.

use std::time::Duration;

use cubbyhole_core::Retention;

/// A value as it was in a store, to be put into another one.
///
/// [`CacheStore::export`](crate::CacheStore::export) makes them, and [`Restore`](crate::Restore) takes them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SavedValue<V> {
    /// The key.
    pub key: Box<str>,
    /// The value.
    pub value: V,
    /// Whether it was pinned.
    pub retention: Retention,
    /// Its tags.
    pub tags: Vec<Box<str>>,
    /// How long it may still be used.
    pub times: SavedTimes,
}

impl<V> SavedValue<V> {
    /// Makes a value that is not pinned, has no tags and never expires.
    pub fn new(key: impl Into<Box<str>>, value: V) -> Self {
        Self {
            key: key.into(),
            value,
            retention: Retention::Evictable,
            tags: Vec::new(),
            times: SavedTimes::default(),
        }
    }
}

/// How old a value was at some moment, and what was left to it then.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SavedTimes {
    /// How long ago it was set; zero where nobody noted that.
    pub age: Duration,
    /// The time to live that it was given, if that was not its policy's.
    pub own_ttl: Option<Duration>,
    /// How long it is not to be refreshed yet; `None` if never.
    pub fresh_for: Option<Duration>,
    /// How long it may be read; `None` if for ever.
    pub usable_for: Option<Duration>,
    /// How long it may be served when its source fails; `None` if for ever.
    pub reserve_for: Option<Duration>,
    /// How long it may go unread from now on; `None` if for ever.
    pub idle_for: Option<Duration>,
}

impl SavedTimes {
    /// Returns the times when so much more time has passed.
    #[must_use]
    pub fn after(self, elapsed: Duration) -> Self {
        let left = |time: Option<Duration>| time.map(|time| time.saturating_sub(elapsed));
        Self {
            age: self.age.saturating_add(elapsed),
            own_ttl: self.own_ttl,
            fresh_for: left(self.fresh_for),
            usable_for: left(self.usable_for),
            reserve_for: left(self.reserve_for),
            idle_for: left(self.idle_for),
        }
    }

    /// Returns whether the value is ever past its time.
    #[must_use]
    pub const fn can_end(&self) -> bool {
        self.usable_for.is_some() || self.idle_for.is_some()
    }

    /// Returns whether the value is past its time, unless it is pinned.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        is_zero(self.usable_for) || is_zero(self.idle_for)
    }
}

const fn is_zero(time: Option<Duration>) -> bool {
    matches!(time, Some(Duration::ZERO))
}

/// What became of values that were to be put into a store.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Restored {
    /// They are there.
    pub values: u64,
    /// They are past their time.
    pub expired: u64,
    /// Something newer is or was there, or they were invalidated meanwhile.
    pub superseded: u64,
    /// There is no room for them.
    pub no_room: u64,
}

impl std::ops::AddAssign for Restored {
    fn add_assign(&mut self, other: Self) {
        self.values += other.values;
        self.expired += other.expired;
        self.superseded += other.superseded;
        self.no_room += other.no_room;
    }
}
