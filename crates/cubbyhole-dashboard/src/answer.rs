//! Values and where they came from.

use std::time::Duration;

use cubbyhole::{CachePolicy, CacheType, ScopeContext};
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::wording;

/// A computed value, with whom it was computed for and what that took.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// Taken from the scope that the computation ran in, for all to see that it is the reader's.
    pub(crate) owner: Owner,
    /// Numbers the computation: never used twice while the service runs, nor by another process of its fleet.
    pub(crate) computation: u64,
    #[serde(
        rename = "cost_ns",
        serialize_with = "nanos",
        deserialize_with = "of_nanos"
    )]
    pub(crate) cost: Duration,
}

/// Whom a value was computed for.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Owner {
    Everyone,
    Session(String),
    User(String),
}

impl Owner {
    /// Whom a value of this cache type is computed for by the running task.
    pub(crate) fn current(cache_type: CacheType) -> Self {
        ScopeContext::with_current(|context| match cache_type {
            CacheType::Global => Self::Everyone,
            CacheType::Session => Self::Session(text(context.session_id())),
            CacheType::User => Self::User(text(context.user_id())),
        })
    }
}

fn text(id: Option<&cubbyhole::ScopeId>) -> String {
    id.map(|id| id.as_str().to_owned()).unwrap_or_default()
}

/// An answer as one request got it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Traced<A> {
    pub(crate) answer: A,
    pub(crate) provenance: Provenance,
}

/// Where a value came from, whose it is, and how long that took.
#[derive(Clone, Debug)]
pub(crate) struct Provenance {
    pub(crate) source: Source,
    pub(crate) policy: CachePolicy,
    /// From the question to the answer.
    pub(crate) took: Duration,
    /// What the computation took, whoever caused it.
    pub(crate) cost: Duration,
}

/// How one request got its value.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// This request computed it.
    Computed,
    /// It was there.
    Cached,
    /// Another request, or a job, was computing it, and this one waited.
    Waited,
    /// Another process of the fleet computed it, or was computing it and this request waited.
    Shared,
    /// It was pinned, and this request took it away.
    Collected,
    /// It was there and past its time, and there was no newer one to be had.
    Old,
}

impl Source {
    pub(crate) const ALL: [Self; 6] = [
        Self::Computed,
        Self::Cached,
        Self::Waited,
        Self::Shared,
        Self::Collected,
        Self::Old,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::Cached => "cached",
            Self::Waited => "waited",
            Self::Shared => "shared",
            Self::Collected => "collected",
            Self::Old => "old",
        }
    }
}

impl Provenance {
    /// What happened, in words.
    pub(crate) fn sentence(&self) -> String {
        let took = wording::duration(self.took);
        let cost = wording::duration(self.cost);
        match self.source {
            Source::Computed => format!("in {took}"),
            Source::Cached => format!("in {took}; computing it took {cost}"),
            Source::Waited => format!("{took} for a computation under way, of {cost}"),
            Source::Shared => format!("in {took}; computing it there took {cost}"),
            Source::Collected => format!("in {took}; preparing it took {cost}"),
            Source::Old => format!("in {took}: there is no newer one to be had"),
        }
    }
}

impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Provenance", 4)?;
        fields.serialize_field("source", &self.source)?;
        fields.serialize_field("scope", self.policy.cache_type().as_str())?;
        fields.serialize_field("policy", self.policy.name())?;
        fields.serialize_field("took_ns", &whole_nanos(self.took))?;
        fields.end()
    }
}

fn nanos<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(whole_nanos(*time))
}

fn of_nanos<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_nanos)
}

fn whole_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What a policy keeps, in words.
pub(crate) fn keeps(policy: &CachePolicy) -> String {
    match policy {
        CachePolicy::Lru(lru) => format!("keeps the {} used last", lru.max_size()),
        CachePolicy::MostRecent(_) => "keeps only the one used last".to_owned(),
        CachePolicy::KeepAll(_) => "keeps everything".to_owned(),
        CachePolicy::Ttl(ttl) => format!("keeps for {}", wording::lifetime(ttl.ttl())),
        other => other.name().to_owned(),
    }
}

/// Whose the values of a cache type are, in words.
pub(crate) const fn whose(cache_type: CacheType) -> &'static str {
    match cache_type {
        CacheType::Global => "for everyone",
        CacheType::Session => "for this session",
        CacheType::User => "for you",
    }
}
