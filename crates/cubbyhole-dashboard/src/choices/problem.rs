//! What can be wrong with a choice.

use jiff::civil::Date;

use crate::analytics::UnknownSeason;
use crate::data::UnknownMeasure;
use crate::people::UnknownRole;
use crate::station::UnknownHealth;

/// Why something cannot be shown; the text is for the person who asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ChoiceError {
    #[error(transparent)]
    Measure(#[from] UnknownMeasure),
    #[error(transparent)]
    Season(#[from] UnknownSeason),
    #[error(transparent)]
    Role(#[from] UnknownRole),
    #[error(transparent)]
    Station(#[from] UnknownHealth),
    #[error("unknown year: choose one from {first} to {last}")]
    Year { first: i16, last: i16 },
    #[error("the {end} is not a date: write it as 2014-07-31")]
    Date { end: &'static str },
    #[error("the window must begin before it ends")]
    Backwards,
    #[error("the window must lie between {first} and {last}")]
    Outside { first: Date, last: Date },
    #[error("the window is too short: choose at least {least} days")]
    TooShort { least: usize },
    #[error("the smoothing must reach from {least} to {most} days")]
    Reach { least: usize, most: usize },
}
