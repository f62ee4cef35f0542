//! Of which year the good days are shown.

use super::monthly::known_year;
use super::{ChoiceError, Named};
use crate::data::Dataset;

/// Reads a year; the last one if none is asked for.
pub(crate) fn read_year(fields: &Named<'_>, data: &Dataset) -> Result<i16, ChoiceError> {
    fields
        .get("year")
        .map_or_else(|| Ok(*data.years().end()), |text| known_year(text, data))
}
