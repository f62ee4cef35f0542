//! What a loader brings: a value, and how it is to be kept.

use std::time::Duration;

use cubbyhole_core::Retention;

/// A value, and what is to become of it: for how long, pinned or not, under which tags, or not at all.
///
/// [`get_or_load`](crate::CacheStore::get_or_load) takes it from a loader, and
/// [`set_loaded`](crate::CacheStore::set_loaded) from anybody. What it does not say is as the policy has it.
///
/// ```
/// use std::time::Duration;
/// use cubbyhole_store::Loaded;
///
/// let plain = Loaded::new(7);
/// let short = Loaded::new(7).with_ttl(Duration::from_secs(5)).with_tags(["weather", "city:Bonn"]);
/// let secret = Loaded::new(7).uncached();
/// # drop((plain, short, secret));
/// ```
#[derive(Clone, Debug)]
pub struct Loaded<V> {
    pub(crate) value: V,
    pub(crate) ttl: Option<Duration>,
    pub(crate) retention: Retention,
    pub(crate) is_cached: bool,
    pub(crate) is_negative: bool,
    pub(crate) tags: Vec<Box<str>>,
}

impl<V> Loaded<V> {
    /// A value that is kept as the policy says.
    pub const fn new(value: V) -> Self {
        Self {
            value,
            ttl: None,
            retention: Retention::Evictable,
            is_cached: true,
            is_negative: false,
            tags: Vec::new(),
        }
    }

    /// Keeps the value for this long, whatever the policy says: longer than its ttl, too. Zero means not at all.
    #[must_use]
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Pins the value: it is neither evicted nor expires until a read unpins it.
    #[must_use]
    pub const fn pinned(mut self) -> Self {
        self.retention = Retention::Pinned;
        self
    }

    /// Hands the value to those who asked, and does not store it. What was stored before under its key is removed.
    #[must_use]
    pub const fn uncached(mut self) -> Self {
        self.is_cached = false;
        self
    }

    /// Marks the value as a negative answer ("there is no such thing"), which is kept for the `negative_ttl` of the
    /// policy, or not at all if the policy has none.
    #[must_use]
    pub const fn negative(mut self) -> Self {
        self.is_negative = true;
        self
    }

    /// Adds tags, by which [`invalidate_tag`](crate::CacheStore::invalidate_tag) finds the value.
    #[must_use]
    pub fn with_tags<T: Into<Box<str>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Returns the value.
    pub const fn value(&self) -> &V {
        &self.value
    }

    /// Returns the value alone.
    pub fn into_value(self) -> V {
        self.value
    }

    /// Returns whether this says more than that there is a value, and whether it is pinned.
    pub(crate) const fn says_more(&self) -> bool {
        self.ttl.is_some() || self.is_negative || !self.tags.is_empty()
    }
}

impl<V> From<V> for Loaded<V> {
    fn from(value: V) -> Self {
        Self::new(value)
    }
}
