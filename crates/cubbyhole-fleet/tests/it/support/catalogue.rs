//! What the service caches: registry entries, each under another policy.

use std::time::Duration;

use cubbyhole::{CachePolicy, CacheScope, CacheType, PolicyOptions, ScopeContext};

/// The users; each has a session of the same name.
pub(crate) const USERS: [&str; 3] = ["ann", "bob", "eve"];
/// Whose the values are that are for all.
const EVERYBODY: &str = "everybody";

/// The keys that each has in each entry. The first two are changed often, the others rarely.
pub(crate) const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// A registry entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kept {
    /// One value, the latest: what is set is soon evicted.
    Latest,
    /// Three of four, of which few are computed at a time.
    Few,
    /// What expires, and is refreshed before.
    Brief,
    /// All of them: a copy stays until its process is told.
    All,
    /// All of them, and nothing that the tier does not know of.
    Strict,
    /// What is everybody's.
    Notices,
}

impl Kept {
    pub(crate) const EACH: [Self; 6] = [
        Self::Latest,
        Self::Few,
        Self::Brief,
        Self::All,
        Self::Strict,
        Self::Notices,
    ];

    pub(crate) const fn uid(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Few => "few",
            Self::Brief => "brief",
            Self::All => "all",
            Self::Strict => "strict",
            Self::Notices => "notices",
        }
    }

    pub(crate) const fn cache_type(self) -> CacheType {
        match self {
            Self::Latest | Self::Few | Self::All | Self::Strict => CacheType::User,
            Self::Brief => CacheType::Session,
            Self::Notices => CacheType::Global,
        }
    }

    pub(crate) fn policy(self) -> CachePolicy {
        let options = PolicyOptions::new();
        let policy = match self {
            Self::Latest => Ok(CachePolicy::most_recent()),
            Self::Few => CachePolicy::lru(3)
                .and_then(|lru| lru.with_options(options.with_max_computations(2))),
            Self::Brief => CachePolicy::ttl(Duration::from_millis(400)).and_then(|ttl| {
                ttl.with_options(options.with_refresh_after(Duration::from_millis(100)))
            }),
            Self::All | Self::Strict => Ok(CachePolicy::keep_all()),
            Self::Notices => CachePolicy::lru(10),
        };
        policy.unwrap().with_cache_type(self.cache_type())
    }

    /// Whether operations may fail because the tier does.
    pub(crate) const fn requires_tier(self) -> bool {
        matches!(self, Self::Strict)
    }

    const fn owners(self) -> &'static [&'static str] {
        match self.cache_type() {
            CacheType::Global => &[EVERYBODY],
            _ => &USERS,
        }
    }
}

/// Where a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) entry: Kept,
    pub(crate) owner: &'static str,
    pub(crate) key: &'static str,
}

impl Place {
    /// Every place, in an order that does not change.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        let of_owner = |entry, owner| KEYS.into_iter().map(move |key| Self { entry, owner, key });
        let of_entry = move |entry: Kept| {
            let owners = entry.owners().iter();
            owners.flat_map(move |&owner| of_owner(entry, owner))
        };
        Kept::EACH.into_iter().flat_map(of_entry)
    }

    pub(crate) fn name(self) -> String {
        format!("{}/{}/{}", self.entry.uid(), self.owner, self.key)
    }

    /// Where this name is.
    pub(crate) fn named(name: &str) -> Self {
        let found = Self::each().find(|place| place.name() == name);
        found.unwrap_or_else(|| panic!("no place: {name}"))
    }

    /// The context in which its owner asks. What is everybody's is asked for by nobody.
    pub(crate) fn context(self) -> ScopeContext {
        match self.entry.cache_type() {
            CacheType::Global => ScopeContext::new(),
            _ => ScopeContext::new().user(self.owner).session(self.owner),
        }
    }

    pub(crate) fn scope(self) -> CacheScope {
        self.context().resolve(self.entry.cache_type()).unwrap()
    }

    pub(crate) fn tag(self) -> String {
        format!("key-{}", self.key)
    }

    /// Whether both are in one scope.
    pub(crate) fn is_beside(self, other: Self) -> bool {
        self.owner == other.owner && self.entry.cache_type() == other.entry.cache_type()
    }
}
