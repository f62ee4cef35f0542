//! What can be wrong with a file of days.

use jiff::civil::Date;

/// Why a data set could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DataError {
    /// A line has too many or too few columns, or one that is no number or no known word.
    #[error("the file could not be read: {0}")]
    Line(#[from] csv::Error),
    #[error("{text} is not a date: write it as 2012/01/31")]
    NotADate { text: String },
    #[error("{date}: {column} of {value} is not possible")]
    Impossible {
        date: Date,
        column: &'static str,
        value: f64,
    },
    #[error("{date}: temp_min of {min} is above temp_max of {max}")]
    ColderThanWarm { date: Date, min: f64, max: f64 },
    #[error("{date} comes after {before}: every day must follow the one before")]
    NotTheNextDay { before: Date, date: Date },
    #[error("the file has a header and no days")]
    NoDays,
}
