//! Axes: thin lines, few labels.

use maud::{Markup, html};

use super::{Frame, Scale, px, tick_label, ticks};

/// Lines across the plot with labels on the left, and the unit above them.
pub(crate) fn vertical_axis(frame: Frame, scale: Scale, unit: &str) -> Markup {
    let (low, high) = scale.values();
    let all = ticks(low, high, 5);
    html! {
        text.unit x="0" y="10" { (unit) }
        @for tick in &all {
            @let y = scale.at(*tick);
            line.grid.zero[*tick == 0.0 && low < 0.0]
                x1=(px(frame.left)) x2=(px(frame.right)) y1=(px(y)) y2=(px(y)) {}
            text.tick text-anchor="end" x=(px(frame.left - 7.0)) y=(px(y + 3.5)) {
                (tick_label(*tick, &all))
            }
        }
    }
}

/// Labels below the plot, each at its coordinate.
pub(crate) fn horizontal_axis(frame: Frame, labels: &[(f64, String)]) -> Markup {
    html! {
        @for (x, label) in labels {
            text.tick text-anchor="middle" x=(px(*x)) y=(px(frame.bottom + 17.0)) { (label) }
        }
    }
}
