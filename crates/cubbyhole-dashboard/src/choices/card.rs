//! The cards of the page.

/// A card, by which its fields and its place in the page are named.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Card {
    RightNow,
    Monthly,
    Window,
    GoodDays,
    Report,
    Extremes,
    Trend,
    Transitions,
}

impl Card {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::RightNow => "right-now",
            Self::Monthly => "monthly",
            Self::Window => "window",
            Self::GoodDays => "good-days",
            Self::Report => "report",
            Self::Extremes => "extremes",
            Self::Trend => "trend",
            Self::Transitions => "transitions",
        }
    }

    /// The name of one of its fields in a page, where all cards share one query.
    pub(crate) fn field(self, name: &str) -> String {
        format!("{}-{name}", self.id())
    }
}
