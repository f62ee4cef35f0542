//! What is asked for: read from the query of an address or from a form, checked, and written back.

mod card;
mod fields;
mod good_days;
mod monthly;
mod problem;
mod window;

use crate::analytics::Season;
use crate::data::{Dataset, Measure};

pub(crate) use self::card::Card;
pub(crate) use self::fields::{Fields, Named};
pub(crate) use self::good_days::read_year;
pub(crate) use self::monthly::MonthlyChoice;
pub(crate) use self::problem::ChoiceError;
pub(crate) use self::window::WindowChoice;

/// What every card of a page shows.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    pub(crate) monthly: MonthlyChoice,
    pub(crate) window: WindowChoice,
    pub(crate) good_days: i16,
    pub(crate) season: Season,
    pub(crate) trend: Measure,
}

impl Choices {
    /// Reads the choices of a page. A card whose fields make no sense shows its first choice, and
    /// the problem is returned; a window that was not asked for is the one `remembered`.
    pub(crate) fn read(
        fields: &Fields,
        data: &Dataset,
        remembered: Option<WindowChoice>,
    ) -> (Self, Vec<(Card, ChoiceError)>) {
        let mut problems = Vec::new();
        let mut keep = |card: Card, problem: ChoiceError| problems.push((card, problem));
        let choices = Self {
            monthly: MonthlyChoice::read(&fields.of(Card::Monthly), data).unwrap_or_else(
                |problem| {
                    keep(Card::Monthly, problem);
                    MonthlyChoice::default()
                },
            ),
            window: WindowChoice::read(&fields.of(Card::Window), data, remembered).unwrap_or_else(
                |problem| {
                    keep(Card::Window, problem);
                    WindowChoice::first(data)
                },
            ),
            good_days: read_year(&fields.of(Card::GoodDays), data).unwrap_or_else(|problem| {
                keep(Card::GoodDays, problem);
                *data.years().end()
            }),
            season: fields
                .of(Card::Transitions)
                .parse_or_default("season")
                .unwrap_or_else(|problem| {
                    keep(Card::Transitions, problem);
                    Season::default()
                }),
            trend: fields
                .of(Card::Trend)
                .parse_or_default("measure")
                .unwrap_or_else(|problem| {
                    keep(Card::Trend, problem);
                    Measure::default()
                }),
        };
        (choices, problems)
    }

    /// The names and values of all fields, by card.
    pub(crate) fn fields(&self) -> Vec<(Card, Vec<(&'static str, String)>)> {
        vec![
            (Card::Monthly, self.monthly.fields()),
            (Card::Window, self.window.fields()),
            (Card::GoodDays, vec![("year", self.good_days.to_string())]),
            (Card::Transitions, vec![("season", self.season.to_string())]),
            (Card::Trend, vec![("measure", self.trend.to_string())]),
        ]
    }

    /// The address of the page with these choices, at `card`. Every value is made of letters,
    /// digits and hyphens, so that nothing needs to be escaped.
    pub(crate) fn address(&self, card: Card, wait: bool) -> String {
        let fields = self.fields();
        let pairs = fields.iter().flat_map(|(card, fields)| {
            fields
                .iter()
                .map(move |(name, value)| format!("{}-{name}={value}", card.id()))
        });
        let mut query: Vec<String> = pairs.collect();
        if wait {
            query.push(format!("wait={}", card.id()));
        }
        format!("/?{}#{}", query.join("&"), card.id())
    }
}
