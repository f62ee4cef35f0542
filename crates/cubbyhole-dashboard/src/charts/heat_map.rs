//! Today's weather down, tomorrow's across, and how often one follows the other.

use maud::{Markup, html};

use crate::analytics::Transitions;
use crate::data::Weather;
use crate::svg::{self, Caption, Frame, px};
use crate::wording;

/// Draws the shares of `transitions`.
pub(crate) fn heat_map(id: &str, title: &str, transitions: &Transitions) -> Markup {
    let description = describe(transitions);
    let caption = Caption {
        id,
        title,
        description: &description,
    };
    svg::chart(
        caption,
        |_| TOP + 5.0 * ROW,
        |frame| draw(frame, transitions),
    )
}

fn draw(frame: Frame, transitions: &Transitions) -> Markup {
    let left = if frame.is_narrow() { 52.0 } else { 92.0 };
    let column = (frame.width - left) / 5.0;
    let middle = |index: u8| left + column * (f64::from(index) + 0.5);
    html! {
        text.unit x="0" y="10" { "today" }
        text.unit text-anchor="end" x=(px(frame.width)) y="10" { "tomorrow" }
        @for (index, tomorrow) in (0_u8..).zip(Weather::ALL) {
            text.tick text-anchor="middle" x=(px(middle(index))) y=(px(TOP - 8.0)) { (tomorrow) }
        }
        @for (row, today) in (0_u8..).zip(Weather::ALL) {
            @let y = TOP + ROW * f64::from(row);
            @let baseline = px(y + ROW / 2.0 + 4.0);
            text.tick x="0" y=(baseline) {
                (today)
                @if !frame.is_narrow() { " · " (transitions.total(today)) " days" }
            }
            @for (index, tomorrow) in (0_u8..).zip(Weather::ALL) {
                @let share = transitions.share(today, tomorrow);
                rect.cell x=(px(left + column * f64::from(index))) y=(px(y)) rx="3"
                    width=(px(column - 3.0)) height=(px(ROW - 3.0))
                    fill-opacity=(format!("{:.2}", opacity(share))) {}
                text.share text-anchor="middle" x=(px(middle(index) - 1.5)) y=(baseline) {
                    (share.map_or_else(|| "–".to_owned(), wording::percent))
                }
            }
        }
    }
}

/// Never so strong that the text on it could not be read.
fn opacity(share: Option<f64>) -> f64 {
    0.05 + 0.42 * share.unwrap_or(0.0)
}

fn describe(transitions: &Transitions) -> String {
    let rows = Weather::ALL.into_iter().map(|today| {
        let shares = Weather::ALL.into_iter().filter_map(|tomorrow| {
            let share = transitions.share(today, tomorrow)?;
            Some(format!("{tomorrow} {}", wording::percent(share)))
        });
        format!("After {today}: {}.", shares.collect::<Vec<_>>().join(", "))
    });
    rows.collect::<Vec<_>>().join(" ")
}

const TOP: f64 = 42.0;
const ROW: f64 = 36.0;
