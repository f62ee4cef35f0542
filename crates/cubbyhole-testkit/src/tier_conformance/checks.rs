//! The checks, one function each, and the places and values that they are about.

pub mod cells;
pub mod events;
pub mod fencing;
pub mod invalidation;
pub mod leases;
pub mod outages;
pub mod places;
pub mod values;
pub mod waits;

use std::time::Duration;

use cubbyhole_core::{TierInvalidation, TierPlace, TierScope, TierValue};
use cubbyhole_policy::CacheType;

const GLOBAL: TierScope<'static> = TierScope {
    cache_type: CacheType::Global,
    id: "",
};

const fn user(id: &str) -> TierScope<'_> {
    TierScope {
        cache_type: CacheType::User,
        id,
    }
}

const fn session(id: &str) -> TierScope<'_> {
    TierScope {
        cache_type: CacheType::Session,
        id,
    }
}

/// Time for what nobody can be seen to have received, such as what a drop sends.
const BREATH: Duration = Duration::from_millis(20);

/// The place that most checks are about.
const HOME: TierPlace<'static> = of(user("ada"));

/// The same registry entry in another scope.
const fn of(scope: TierScope<'_>) -> TierPlace<'_> {
    at("api", "balance", scope)
}

const fn at<'a>(kind: &'a str, uid: &'a str, scope: TierScope<'a>) -> TierPlace<'a> {
    TierPlace { kind, uid, scope }
}

/// Everything that covers a key of [`HOME`] and is known to before a value is there.
const COVERING: [TierInvalidation<'static>; 3] = [
    TierInvalidation::Entry {
        kind: "api",
        uid: "balance",
    },
    TierInvalidation::Scope(HOME.scope),
    TierInvalidation::Epoch(HOME.scope),
];

/// What covers what is tagged `red` in [`HOME`].
const TAGS: [TierInvalidation<'static>; 2] = [tag(Some(HOME.scope), "red"), tag(None, "red")];

/// Everything that looks as if it covered what is tagged `red` in [`HOME`], and does not.
const BESIDE: [TierInvalidation<'static>; 13] = [
    entry("api", "balances"),
    entry("api", ""),
    entry("balance", "api"),
    entry("apib", "alance"),
    TierInvalidation::Scope(session("ada")),
    TierInvalidation::Scope(GLOBAL),
    TierInvalidation::Scope(user("ad")),
    TierInvalidation::Epoch(session("ada")),
    TierInvalidation::Epoch(user("adaa")),
    tag(Some(session("ada")), "red"),
    tag(Some(GLOBAL), "red"),
    tag(Some(HOME.scope), "re"),
    tag(None, "redd"),
];

const fn entry<'a>(kind: &'a str, uid: &'a str) -> TierInvalidation<'a> {
    TierInvalidation::Entry { kind, uid }
}

const fn tag<'a>(scope: Option<TierScope<'a>>, tag: &'a str) -> TierInvalidation<'a> {
    TierInvalidation::Tag { scope, tag }
}

fn value(bytes: impl AsRef<[u8]>) -> TierValue {
    TierValue::new(bytes.as_ref().to_vec())
}

fn tagged(tags: &[&str]) -> TierValue {
    let mut value = value("tagged");
    value.tags = tags.iter().map(|&tag| tag.into()).collect();
    value
}
