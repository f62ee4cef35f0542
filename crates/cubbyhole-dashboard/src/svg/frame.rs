//! The rectangle a chart is drawn in.

use super::{Scale, px};

/// Which place a drawing is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Layout {
    /// As wide as the page.
    Full,
    /// A card.
    Wide,
    /// A card on a telephone.
    Narrow,
}

impl Layout {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    const fn width(self) -> f64 {
        match self {
            Self::Full => 1160.0,
            Self::Wide => 560.0,
            Self::Narrow => 320.0,
        }
    }
}

/// A drawing with margins around its plot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) layout: Layout,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
    pub(crate) left: f64,
}

impl Frame {
    pub(super) const fn new(layout: Layout, height: f64) -> Self {
        let width = layout.width();
        Self {
            layout,
            width,
            height,
            top: 22.0,
            right: width - 6.0,
            bottom: height - 24.0,
            left: 34.0,
        }
    }

    pub(crate) fn is_narrow(self) -> bool {
        self.layout == Layout::Narrow
    }

    pub(super) fn view_box(self) -> String {
        format!("0 0 {} {}", px(self.width), px(self.height))
    }

    /// A scale over the width of the plot.
    pub(crate) const fn across(self, low: f64, high: f64) -> Scale {
        Scale::new((low, high), (self.left, self.right))
    }

    /// A scale over the height of the plot: high values are up.
    pub(crate) const fn upward(self, low: f64, high: f64) -> Scale {
        Scale::new((low, high), (self.bottom, self.top))
    }
}
