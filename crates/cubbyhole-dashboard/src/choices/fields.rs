//! Names and values as they arrive.

use std::str::FromStr;

use super::{Card, ChoiceError};

/// The fields of a query or a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The fields of one card among those of a page.
    pub(crate) fn of(&self, card: Card) -> Named<'_> {
        Named {
            fields: self,
            card: Some(card),
        }
    }

    /// All fields, under the names they came with.
    pub(crate) const fn all(&self) -> Named<'_> {
        Named {
            fields: self,
            card: None,
        }
    }
}

/// The fields of one card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    fields: &'a Fields,
    card: Option<Card>,
}

impl<'a> Named<'a> {
    /// The first value of this name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let name = self
            .card
            .map_or_else(|| name.to_owned(), |card| card.field(name));
        let mut values = self.fields.0.iter().filter(|(other, _)| *other == name);
        let (_, value) = values.find(|(_, value)| !value.trim().is_empty())?;
        Some(value.trim())
    }

    pub(crate) fn parse<T>(&self, name: &str) -> Result<Option<T>, ChoiceError>
    where
        T: FromStr,
        T::Err: Into<ChoiceError>,
    {
        self.get(name)
            .map(str::parse)
            .transpose()
            .map_err(Into::into)
    }

    pub(crate) fn parse_or_default<T>(&self, name: &str) -> Result<T, ChoiceError>
    where
        T: Default + FromStr,
        T::Err: Into<ChoiceError>,
    {
        Ok(self.parse(name)?.unwrap_or_default())
    }
}
