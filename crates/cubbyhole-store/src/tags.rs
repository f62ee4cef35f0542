//! Groups of values that are invalidated together.
//!
//! A tag is a number beside its name: when it was invalidated last. A value with tags remembers when it began to be
//! (when its computation began, or it was set), so one comparison for each of its tags says whether it is still good:
//! an invalidation takes effect for all values at once, however many there are, and beats what began before it. What is
//! of no use any more is then taken out, cell by cell.
//!
//! Time is a counter of invalidations ([`Stamp`]), not a clock. An invalidation first notes itself in its tag and then
//! raises the counter, under one lock; so whoever reads the raised counter also sees the tag.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use cubbyhole_policy::CacheType;
use cubbyhole_scope::CacheScope;
use hashbrown::HashMap;

use crate::node::{EntryIndex, ScopeNode};
use crate::sync::{AtomicU64, Mutex, Ordering};

/// How many invalidations of tags there had been.
pub(crate) type Stamp = u64;

/// The tags of one store.
pub(crate) struct Tags {
    stamp: AtomicU64,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// The tags that some value has.
    held: HashMap<Name, Weak<Tag>>,
    /// When tags that no value has were invalidated last: a computation that began before may still bring one.
    absent: HashMap<Name, Stamp>,
    /// The same, oldest first, some of them out of date.
    order: VecDeque<(Name, Stamp)>,
    /// Any tag that is not known here may have been invalidated up to this time.
    floor: Stamp,
}

/// A tag, everywhere or in one scope. The text of an id is copied: an id leads to what its scope holds, and a circle of
/// the two would never be freed.
#[derive(Clone, Eq, Hash, PartialEq)]
struct Name {
    scope: Option<(CacheType, Box<str>)>,
    tag: Box<str>,
}

/// A tag that some value has.
pub(crate) struct Tag {
    name: Name,
    invalidated: AtomicU64,
    members: Mutex<HashMap<Member, Weak<ScopeNode>>>,
    tags: Weak<Tags>,
}

/// A cell that holds values with a tag: that of an entry, in the scope whose node is at an address.
type Member = (EntryIndex, usize);

impl Tags {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            stamp: AtomicU64::new(0),
            table: Mutex::new(Table::default()),
        })
    }

    #[inline]
    pub(crate) fn now(&self) -> Stamp {
        self.stamp.load(Ordering::Acquire)
    }

    /// Returns what stands for these tags in values of a scope: each of them everywhere, and in this scope.
    pub(crate) fn of(self: &Arc<Self>, scope: &Place<'_>, tags: &[Box<str>]) -> Box<[Arc<Tag>]> {
        if tags.is_empty() {
            return Box::default();
        }
        let mut table = self.table.lock();
        let mut found = Vec::with_capacity(tags.len() * 2);
        for tag in tags {
            for scope in [None, Some((scope.cache_type, scope.id.into()))] {
                let tag = tag.clone();
                found.push(table.hold(self, Name { scope, tag }));
            }
        }
        drop(table);
        found.into()
    }

    /// Invalidates what has a tag, in one scope or everywhere, and returns the tag if some value has it.
    pub(crate) fn invalidate(&self, scope: Option<&CacheScope>, tag: &str) -> Option<Arc<Tag>> {
        let scope = scope.map(|scope| {
            let id = scope.id().map_or("", |id| id.as_str());
            (scope.cache_type(), id.into())
        });
        let name = Name {
            scope,
            tag: tag.into(),
        };
        let mut table = self.table.lock();
        let stamp = self.stamp.load(Ordering::Relaxed) + 1;
        let held = table.held.get(&name).and_then(Weak::upgrade);
        match &held {
            Some(tag) => tag.invalidated.store(stamp, Ordering::Release),
            None => table.remember(name, stamp),
        }
        self.stamp.store(stamp, Ordering::Release);
        drop(table);
        held
    }
}

/// Where a value is.
pub(crate) struct Place<'a> {
    pub(crate) cache_type: CacheType,
    pub(crate) id: &'a str,
}

impl Table {
    fn hold(&mut self, tags: &Arc<Tags>, name: Name) -> Arc<Tag> {
        if let Some(tag) = self.held.get(&name).and_then(Weak::upgrade) {
            return tag;
        }
        let invalidated = self.absent.remove(&name).unwrap_or(self.floor);
        let tag = Arc::new(Tag {
            name: name.clone(),
            invalidated: AtomicU64::new(invalidated),
            members: Mutex::new(HashMap::new()),
            tags: Arc::downgrade(tags),
        });
        self.held.insert(name, Arc::downgrade(&tag));
        tag
    }

    /// Remembers when a tag that no value has was invalidated. Only so many are remembered one by one.
    fn remember(&mut self, name: Name, stamp: Stamp) {
        if stamp <= self.floor {
            return;
        }
        self.order.push_back((name.clone(), stamp));
        self.absent.insert(name, stamp);
        while self.order.len() > REMEMBERED {
            let Some((name, stamp)) = self.order.pop_front() else {
                break;
            };
            // Another invalidation of the same tag may have come since; then that one is remembered.
            if self.absent.get(&name) == Some(&stamp) {
                self.absent.remove(&name);
                self.floor = self.floor.max(stamp);
            }
        }
    }
}

impl Tag {
    /// Returns whether what began to be at this time is no longer good.
    #[inline]
    pub(crate) fn beats(&self, began: Stamp) -> bool {
        self.invalidated() > began
    }

    /// Returns the name, unless it is that of the tag in one scope.
    pub(crate) const fn everywhere(&self) -> Option<&str> {
        match self.name.scope {
            None => Some(&self.name.tag),
            Some(_) => None,
        }
    }

    pub(crate) fn invalidated(&self) -> Stamp {
        self.invalidated.load(Ordering::Acquire)
    }

    /// Notes that a cell holds a value with this tag.
    pub(crate) fn join(&self, entry: EntryIndex, node: &Weak<ScopeNode>) {
        let member = (entry, node.as_ptr() as usize);
        self.members.lock().insert(member, Weak::clone(node));
    }

    /// Notes that a cell holds none any more.
    pub(crate) fn leave(&self, entry: EntryIndex, node: &Weak<ScopeNode>) {
        let member = (entry, node.as_ptr() as usize);
        let mut members = self.members.lock();
        members.remove(&member);
        if members.len() * 8 < members.capacity() {
            members.shrink_to_fit();
        }
    }

    /// Returns the cells that hold values with this tag.
    pub(crate) fn members(&self) -> Vec<(EntryIndex, Weak<ScopeNode>)> {
        let members = self.members.lock();
        let members = members.iter();
        members
            .map(|((entry, _), node)| (*entry, Weak::clone(node)))
            .collect()
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        let Some(tags) = self.tags.upgrade() else {
            return;
        };
        let mut table = tags.table.lock();
        // Another may have taken its place already.
        if table
            .held
            .get(&self.name)
            .is_some_and(|tag| tag.strong_count() == 0)
        {
            table.held.remove(&self.name);
        }
        let invalidated = self.invalidated();
        if invalidated > 0 && !table.held.contains_key(&self.name) {
            table.remember(self.name.clone(), invalidated);
        }
    }
}

/// How many invalidations of tags that no value has are remembered one by one.
const REMEMBERED: usize = 1024;

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    const HERE: Place<'static> = Place {
        cache_type: CacheType::Global,
        id: "",
    };

    fn tag(tags: &Arc<Tags>, name: &str) -> Arc<Tag> {
        Arc::clone(&tags.of(&HERE, &[name.into()])[0])
    }

    #[test]
    fn an_invalidation_beats_what_began_before_it_and_nothing_later() {
        let tags = Tags::new();
        let weather = tag(&tags, "weather");
        let before = tags.now();
        assert!(!weather.beats(before));
        assert!(tags.invalidate(None, "weather").is_some());
        assert!(weather.beats(before));
        assert!(!weather.beats(tags.now()));
    }

    #[test]
    fn a_tag_that_nobody_has_is_invalidated_all_the_same() {
        let tags = Tags::new();
        let before = tags.now();
        assert!(tags.invalidate(None, "weather").is_none());
        assert!(tag(&tags, "weather").beats(before));
        // And again when whoever had it has gone.
        assert!(tag(&tags, "weather").beats(before));
        assert!(!tag(&tags, "other").beats(before));
    }

    #[test]
    fn what_is_forgotten_counts_as_invalidated() {
        let tags = Tags::new();
        let before = tags.now();
        for other in 0..=REMEMBERED {
            tags.invalidate(None, &other.to_string());
        }
        assert!(tag(&tags, "0").beats(before));
        assert!(
            tag(&tags, "never invalidated").beats(before),
            "in doubt, refuse"
        );
        assert!(!tag(&tags, "never invalidated").beats(tags.now()));
        let table = tags.table.lock();
        assert!(table.order.len() <= REMEMBERED && table.absent.len() <= REMEMBERED);
    }

    #[test]
    fn one_tag_invalidated_again_and_again_takes_one_place() {
        let tags = Tags::new();
        for _ in 0..REMEMBERED * 3 {
            tags.invalidate(None, "weather");
        }
        assert_eq!(tags.table.lock().absent.len(), 1);
        assert!(tags.table.lock().order.len() <= REMEMBERED);
    }

    #[test]
    fn a_scope_has_tags_of_its_own() {
        let tags = Tags::new();
        let ada = CacheScope::User("ada".into());
        let place = Place {
            cache_type: CacheType::User,
            id: "ada",
        };
        let before = tags.now();
        let hers = tags.of(&place, &["weather".into()]);
        let everybodys = tag(&tags, "weather");
        tags.invalidate(Some(&ada), "weather");
        assert!(hers.iter().any(|tag| tag.beats(before)));
        assert!(!everybodys.beats(before));
    }
}
