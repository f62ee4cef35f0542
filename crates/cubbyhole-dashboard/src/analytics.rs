//! The analytics: pure functions from days to numbers, expensive enough to be worth a cache.
//!
//! Everything random is drawn from a generator seeded by what was asked, so that the same question
//! has the same answer in every process.

mod bootstrap;
mod effort;
mod extremes;
mod good_days;
mod least_squares;
mod monthly;
mod records;
mod seasonal;
mod seed;
mod smoothing;
mod statistics;
mod transitions;
mod trend;

pub(crate) use self::effort::Effort;
pub(crate) use self::extremes::{Extreme, ExtremeDay, extreme_days};
pub(crate) use self::good_days::{GoodDays, GoodMonth, Taste, TasteError, Verdict, good_days};
pub(crate) use self::monthly::{MonthMean, monthly_means};
pub(crate) use self::records::{Overview, Record, Spell, Week, overview};
pub(crate) use self::smoothing::{Curve, CurvePoint, smooth_curve};
pub(crate) use self::transitions::{Season, Transitions, UnknownSeason, transitions};
pub(crate) use self::trend::{Trend, TrendInterval, trend};
