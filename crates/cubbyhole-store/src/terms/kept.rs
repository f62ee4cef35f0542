//! A value and the terms it is kept under.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::StoredKey;
use cubbyhole_policy::CachePolicy;

use crate::misses::MissReason;
use crate::tags::{Stamp, Tag};

/// A value with its key and the terms it is kept under.
#[derive(Clone)]
pub(super) struct Kept<V> {
    pub(super) key: StoredKey,
    pub(super) value: V,
    pub(super) terms: Terms,
}

impl<V> Kept<V> {
    /// Returns whether something leads to this value other than its key.
    pub(super) fn is_indexed(&self) -> bool {
        !self.terms.tags.is_empty() || self.terms.next_due() < Duration::MAX
    }

    pub(super) fn without_value(&self) -> Kept<()> {
        Kept {
            key: self.key.clone(),
            value: (),
            terms: self.terms.clone(),
        }
    }
}

/// The terms of a value. Times are those of the store's clock; the end of time is `Duration::MAX`.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(super) set_at: Duration,
    /// A time to live of its own, whatever the policy says.
    pub(super) own_ttl: Option<Duration>,
    /// From here on, it is time to compute it anew.
    pub(super) fresh_until: Duration,
    /// From here on, it is not read.
    pub(super) usable_until: Duration,
    /// From here on, it is gone.
    pub(super) reserve_until: Duration,
    /// Unread for so long, it is gone.
    pub(super) idle_after: Option<Duration>,
    pub(super) used_at: Cell<Duration>,
    pub(super) pinned: Cell<bool>,
    /// When it began to be, for its tags.
    pub(super) stamp: Stamp,
    pub(super) tags: Box<[Arc<Tag>]>,
    /// Whether it makes no difference what time it is when the value is read.
    pub(super) is_timeless: bool,
    /// Whether a flight brought it, and nobody set it.
    pub(crate) is_brought: bool,
    /// Tells this value from others, of other keys and of other times.
    pub(super) number: u64,
    /// Where it is noted in `due`.
    pub(super) due: Cell<Option<Duration>>,
}

/// What is said about a value beside its policy.
pub(crate) struct Said {
    pub(crate) ttl: Option<Duration>,
    pub(crate) is_negative: bool,
    pub(crate) tags: Box<[Arc<Tag>]>,
    pub(crate) stamp: Stamp,
}

impl Said {
    /// Returns when one of the tags was invalidated last, if that was after the value began to be.
    pub(crate) fn spoiled_at(&self) -> Option<Stamp> {
        let tags = self.tags.iter().filter(|tag| tag.beats(self.stamp));
        tags.map(|tag| tag.invalidated()).max()
    }

    pub(crate) fn nothing(stamp: Stamp) -> Self {
        Self {
            ttl: None,
            is_negative: false,
            tags: Box::default(),
            stamp,
        }
    }
}

impl Terms {
    /// Returns the terms of a value that is set now, or `None` if it is not to be kept.
    ///
    /// `draw` draws a duration up to another one.
    pub(crate) fn new(
        policy: &CachePolicy,
        said: &Said,
        now: Duration,
        draw: impl FnOnce(Duration) -> Duration,
    ) -> Option<Self> {
        let options = policy.options();
        let own_ttl = match said.ttl {
            None if said.is_negative => Some(options.negative_ttl()?),
            own_ttl => own_ttl,
        };
        let ttl = own_ttl.or_else(|| {
            let ttl = policy.time_to_live()?;
            let jitter = options.jitter().map(draw).unwrap_or_default();
            Some(ttl.saturating_sub(jitter))
        });
        if ttl == Some(Duration::ZERO) || said.tags.iter().any(|tag| tag.beats(said.stamp)) {
            return None;
        }
        let after =
            |time: Option<Duration>| time.map_or(Duration::MAX, |time| now.saturating_add(time));
        let usable_until = after(ttl);
        let reserve = options.stale_if_error().filter(|_| !said.is_negative);
        let mut terms = Self {
            set_at: now,
            own_ttl,
            fresh_until: after(options.refresh_after().filter(|_| !said.is_negative)),
            usable_until,
            reserve_until: usable_until.saturating_add(reserve.unwrap_or_default()),
            idle_after: options.time_to_idle(),
            used_at: Cell::new(now),
            pinned: Cell::new(false),
            stamp: said.stamp,
            tags: said.tags.clone(),
            is_timeless: false,
            is_brought: false,
            number: 0,
            due: Cell::new(None),
        };
        terms.is_timeless = terms.lasts();
        Some(terms)
    }

    /// Returns these terms as another policy has them, counted from when the value was set.
    pub(crate) fn under(
        &self,
        policy: &CachePolicy,
        now: Duration,
        draw: impl FnOnce(Duration) -> Duration,
    ) -> Option<Self> {
        let said = Said {
            ttl: self.own_ttl,
            is_negative: false,
            tags: self.tags.clone(),
            stamp: self.stamp,
        };
        let mut terms = Self::new(policy, &said, self.set_at, draw)?;
        terms.is_brought = self.is_brought;
        // Reads of a timeless value left no trace.
        let used_at = if self.is_timeless {
            now
        } else {
            self.used_at.get()
        };
        terms.used_at.set(used_at);
        Some(terms)
    }

    fn lasts(&self) -> bool {
        self.fresh_until == Duration::MAX
            && self.usable_until == Duration::MAX
            && self.idle_after.is_none()
    }

    /// Returns why a read does not find the value now; `None` if it does.
    #[inline]
    pub(super) fn miss(&self, now: Duration) -> Option<MissReason> {
        if self.is_invalid() {
            Some(MissReason::TagInvalidated)
        } else if now >= self.usable_until.min(self.idle_at()) && !self.pinned.get() {
            Some(MissReason::Expired)
        } else {
            None
        }
    }

    /// Returns whether the value may be served now in place of one that cannot be computed.
    pub(super) fn may_be_served(&self, now: Duration) -> bool {
        let in_time = now < self.reserve_until.min(self.idle_at()) || self.pinned.get();
        in_time && !self.is_invalid()
    }

    pub(super) fn can_be_a_reserve(&self) -> bool {
        self.reserve_until > self.usable_until
    }

    /// Returns when the value is gone if nobody reads it any more.
    pub(super) fn next_due(&self) -> Duration {
        self.reserve_until.min(self.idle_at())
    }

    pub(super) fn idle_at(&self) -> Duration {
        match self.idle_after {
            Some(idle) => self.used_at.get().saturating_add(idle),
            None => Duration::MAX,
        }
    }

    #[inline]
    pub(super) fn is_invalid(&self) -> bool {
        self.tags.iter().any(|tag| tag.beats(self.stamp))
    }
}
