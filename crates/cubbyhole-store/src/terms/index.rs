//! What leads from times and tags to values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{CacheMap, HashedKey, Removed, SystemClock};

use super::kept::Kept;
use super::{Tagged, TermsMap};
use crate::error::Invalidation;
use crate::removal::RemovedBy;
use crate::tags::Tag;

impl<V: Clone> TermsMap<V> {
    /// Returns when something here is due that nobody watches for, the number of the record that is to watch for it,
    /// and that of the one that need not any more.
    pub(crate) fn new_watch(
        &mut self,
        next_id: impl FnOnce() -> u64,
    ) -> Option<(Duration, u64, u64)> {
        let at = self.next_due()?;
        let (watched, former) = self.watch;
        if former != 0 && watched <= at {
            return None;
        }
        let id = next_id();
        self.watch = (at, id);
        Some((at, id, former))
    }

    /// Returns the number of the record that watches over this map; 0 if none does.
    pub(crate) const fn watch(&self) -> u64 {
        self.watch.1
    }

    /// Looks at what is due, so many things at most, for the record of this number; returns when to do so next.
    pub(crate) fn expire_for(
        &mut self,
        id: u64,
        now: Duration,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<Duration> {
        if self.watch.1 != id {
            return None;
        }
        let next = self.expire(now, limit, removed);
        self.watch = next.map_or((Duration::MAX, 0), |at| (at, id));
        next
    }

    pub(super) fn expire(
        &mut self,
        now: Duration,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<Duration> {
        for _ in 0..limit {
            let first = self.due.first_entry()?;
            let &(at, number) = first.key();
            if at > now {
                break;
            }
            let key = first.remove();
            self.see_to(key.hashed(), number, now, removed);
        }
        self.next_due()
    }

    /// Sees to a value or a failure whose time to be looked at has come.
    fn see_to(&mut self, key: HashedKey<'_>, number: u64, now: Duration, removed: &mut Removed<V>) {
        self.failures.remove_number(key, number);
        let Some(kept) = self.map.peek(key, &SystemClock) else {
            return;
        };
        if kept.terms.number != number {
            return;
        }
        kept.terms.due.set(None);
        if kept.terms.pinned.get() {
            return; // Until it is unpinned.
        }
        if kept.terms.next_due() > now {
            // It was read since, and is not idle yet.
            let kept = kept.without_value();
            self.schedule(&kept);
        } else {
            self.remove(key, RemovedBy::Expired, removed);
        }
    }

    fn next_due(&self) -> Option<Duration> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Removes values whose tag was invalidated after they began to be: so many at most, those with numbers from `from`
    /// on; returns where to go on.
    pub(crate) fn remove_tagged(
        &mut self,
        tag: &Arc<Tag>,
        from: u64,
        limit: usize,
        removed: &mut Removed<V>,
    ) -> Option<u64> {
        let tagged = self.tagged.get(&address(tag))?;
        let mut keys = tagged.keys.range(from..);
        let batch: Vec<_> = keys
            .by_ref()
            .take(limit)
            .map(|(_, key)| key.clone())
            .collect();
        let next = keys.next().map(|(number, _)| *number);
        for key in batch {
            let key = key.hashed();
            let kept = self.map.peek(key, &SystemClock);
            if kept.is_some_and(|kept| tag.beats(kept.terms.stamp)) {
                let by = RemovedBy::Invalidated(Invalidation::TagInvalidated);
                self.remove(key, by, removed);
            }
        }
        next
    }

    pub(super) fn index<T>(&mut self, kept: &Kept<T>) {
        self.schedule(kept);
        for tag in &kept.terms.tags {
            let site = &self.site;
            let tagged = self.tagged.entry(address(tag)).or_insert_with(|| {
                tag.join(site.entry, &site.node);
                Tagged {
                    tag: Arc::clone(tag),
                    keys: BTreeMap::new(),
                }
            });
            tagged.keys.insert(kept.terms.number, kept.key.clone());
        }
    }

    /// Notes when a value has to be looked at, if ever.
    pub(super) fn schedule<T>(&mut self, kept: &Kept<T>) {
        let at = kept.terms.next_due();
        if at == Duration::MAX || kept.terms.pinned.get() {
            return;
        }
        self.due.insert((at, kept.terms.number), kept.key.clone());
        if let Some(kept) = self.map.peek(kept.key.hashed(), &SystemClock) {
            kept.terms.due.set(Some(at));
        }
    }

    /// Lets nothing lead to any value or failure.
    pub(super) fn unindex_all(&mut self) {
        self.due = BTreeMap::new();
        for Tagged { tag, .. } in std::mem::take(&mut self.tagged).into_values() {
            tag.leave(self.site.entry, &self.site.node);
        }
    }

    pub(super) fn unindex(&mut self, kept: &Kept<V>) {
        if let Some(at) = kept.terms.due.take() {
            self.due.remove(&(at, kept.terms.number));
        }
        for tag in &kept.terms.tags {
            let address = address(tag);
            let Some(tagged) = self.tagged.get_mut(&address) else {
                continue;
            };
            tagged.keys.remove(&kept.terms.number);
            if tagged.keys.is_empty() {
                tag.leave(self.site.entry, &self.site.node);
                self.tagged.remove(&address);
            }
        }
    }
}

/// What tells a tag from others for as long as somebody holds it.
fn address(tag: &Arc<Tag>) -> usize {
    Arc::as_ptr(tag) as usize
}
