//! What is cached: one registry entry for each kind of value.

use cubbyhole::PolicyError;

use super::ask::Entry;
use crate::analytics::{Curve, GoodDays, MonthMean, Overview, Transitions, Trend};
use crate::cards::{good_days, monthly, overview, report, transitions, trend, window};
use crate::choices::WindowChoice;

/// The registry entries; each is defined by its card.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) overview: Entry<Overview>,
    pub(crate) monthly: Entry<Vec<MonthMean>>,
    pub(crate) transitions: Entry<Transitions>,
    pub(crate) trend: Entry<Trend>,
    pub(crate) last_window: cubbyhole::CachedRegistryEntry<WindowChoice>,
    pub(crate) window: Entry<Curve>,
    pub(crate) good_days: Entry<GoodDays>,
    pub(crate) report: Entry<report::Report>,
}

impl Entries {
    pub(super) fn new() -> Result<Self, PolicyError> {
        Ok(Self {
            overview: overview::entry(),
            monthly: monthly::entry()?,
            transitions: transitions::entry(),
            trend: trend::entry()?,
            last_window: window::last_entry(),
            window: window::entry(),
            good_days: good_days::entry()?,
            report: report::entry()?,
        })
    }
}
