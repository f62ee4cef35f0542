//! What is cached: one registry entry for each kind of value.

use std::sync::Arc;

use cubbyhole::{CachedRegistryEntry, Format, PolicyError, SharedTier};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ask::Entry;
use crate::analytics::{Curve, GoodDays, MonthMean, Overview, Transitions, Trend};
use crate::cards::{
    extremes, good_days, monthly, overview, report, right_now, transitions, trend, window,
};
use crate::choices::WindowChoice;
use crate::station::Reading;

/// The registry entries; each is defined by its card. That of the means by month is made by `#[cached]`, where the
/// function is; a fleet shares it.
///
/// In a fleet, all are shared but the readings of the station: each process has a station of its own.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) overview: Entry<Overview>,
    pub(crate) right_now: Entry<Reading>,
    pub(crate) extremes: Entry<extremes::Shown>,
    pub(crate) transitions: Entry<Transitions>,
    pub(crate) trend: Entry<Trend>,
    pub(crate) last_window: cubbyhole::CachedRegistryEntry<WindowChoice>,
    pub(crate) window: Entry<Curve>,
    pub(crate) good_days: Entry<GoodDays>,
    pub(crate) report: Entry<report::Report>,
    /// The entry of the cached function, shared; `None` without a fleet, where the function is enough.
    pub(crate) shared_means: Option<Entry<Vec<MonthMean>>>,
}

impl Entries {
    pub(super) fn new(tier: Option<&Arc<dyn SharedTier>>) -> Result<Self, PolicyError> {
        Ok(Self {
            overview: share(tier, overview::entry()),
            right_now: right_now::entry()?,
            extremes: share(tier, extremes::entry()),
            transitions: share(tier, transitions::entry()),
            trend: share(tier, trend::entry()?),
            last_window: share(tier, window::last_entry()),
            window: share(tier, window::entry()),
            good_days: share(tier, good_days::entry()?),
            report: share(tier, report::entry()?),
            shared_means: tier.map(|_| share(tier, monthly::entry())),
        })
    }
}

/// The entry with the tier under it, if there is one. Whoever changes the meaning of a value changes [`VERSION`].
fn share<V>(
    tier: Option<&Arc<dyn SharedTier>>,
    entry: CachedRegistryEntry<V>,
) -> CachedRegistryEntry<V>
where
    V: Serialize + DeserializeOwned,
{
    match tier {
        Some(tier) => {
            let format = Format::new()
                .named(entry.store_key().uid())
                .with_version(VERSION);
            entry.with_shared_tier(Arc::clone(tier), format)
        }
        None => entry,
    }
}

/// The version of all values together.
const VERSION: u32 = 1;
