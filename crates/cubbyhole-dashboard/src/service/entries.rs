//! What is cached: one registry entry for each kind of value.

use cubbyhole::PolicyError;

use super::ask::Entry;
use crate::analytics::{Curve, GoodDays, Overview, Transitions, Trend};
use crate::cards::{extremes, good_days, overview, report, right_now, transitions, trend, window};
use crate::choices::WindowChoice;
use crate::station::Reading;

/// The registry entries; each is defined by its card. That of the means by month is made by `#[cached]`, where the
/// function is.
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
}

impl Entries {
    pub(super) fn new() -> Result<Self, PolicyError> {
        Ok(Self {
            overview: overview::entry(),
            right_now: right_now::entry()?,
            extremes: extremes::entry(),
            transitions: transitions::entry(),
            trend: trend::entry()?,
            last_window: window::last_entry(),
            window: window::entry(),
            good_days: good_days::entry()?,
            report: report::entry()?,
        })
    }
}
