//! A year as twelve rows of days, each judged.

use maud::{Markup, html};

use crate::analytics::{GoodDays, GoodMonth, Verdict};
use crate::svg::{self, Caption, Frame, Layout, px};
use crate::wording;

/// Draws the judged days of a year.
pub(crate) fn day_grid(id: &str, title: &str, days: &GoodDays) -> Markup {
    let description = describe(days);
    let caption = Caption {
        id,
        title,
        description: &description,
    };
    let height = |layout| 12.0 * row_height(layout) + 20.0;
    svg::chart(caption, height, |frame| draw(frame, days))
}

fn draw(frame: Frame, days: &GoodDays) -> Markup {
    let row = row_height(frame.layout);
    let margin = if frame.is_narrow() { 30.0 } else { 96.0 };
    let column = (frame.width - LABELS - margin) / 31.0;
    html! {
        @for day in [1, 5, 10, 15, 20, 25, 30] {
            text.tick text-anchor="middle" x=(px(LABELS + column * (f64::from(day) - 0.5))) y="10" {
                (day)
            }
        }
        @for (index, month) in (0..).zip(&days.months) {
            @let y = 18.0 + row * f64::from(index);
            @let baseline = px(y + row / 2.0 + 3.5);
            g {
                text.tick x="0" y=(baseline) { (wording::month(month.month).get(..3).unwrap_or_default()) }
                @for (day, verdict) in (0..).zip(&month.verdicts) {
                    rect class=(class(*verdict)) x=(px(LABELS + column * f64::from(day))) y=(px(y))
                        width=(px(column - 1.5)) height=(px(row - 2.0)) rx="2" {}
                }
                text.tick.strong text-anchor="end" x=(px(frame.width - margin + 24.0)) y=(baseline) {
                    (month.good)
                }
                @if !frame.is_narrow() {
                    (share(frame.width - margin + 36.0, y, row, month))
                }
            }
        }
    }
}

/// The share of good days as a dot on its interval, on a line from none to all.
fn share(x: f64, y: f64, row: f64, month: &GoodMonth) -> Markup {
    let width = 56.0;
    let middle = y + row / 2.0 - 1.0;
    html! {
        g.series.share {
            title { (sentence(month)) }
            line.grid x1=(px(x)) x2=(px(x + width)) y1=(px(middle)) y2=(px(middle)) {}
            rect.interval x=(px(x + width * month.interval.low)) y=(px(middle - 3.0)) height="6" rx="3"
                width=(px((width * (month.interval.high - month.interval.low)).max(1.0))) {}
            circle.dot cx=(px(x + width * month.share)) cy=(px(middle)) r="3" {}
        }
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "day good",
        Verdict::Nearly => "day nearly",
        Verdict::Poor => "day poor",
    }
}

const fn row_height(layout: Layout) -> f64 {
    match layout {
        Layout::Full | Layout::Wide => 20.0,
        Layout::Narrow => 15.0,
    }
}

fn sentence(month: &GoodMonth) -> String {
    format!(
        "{}: {} of {} days, {} ({} to {})",
        wording::month(month.month),
        month.good,
        month.verdicts.len(),
        wording::percent(month.share),
        wording::percent(month.interval.low),
        wording::percent(month.interval.high),
    )
}

fn describe(days: &GoodDays) -> String {
    let months: Vec<String> = days.months.iter().map(sentence).collect();
    format!(
        "{} good days in the year. {}.",
        days.total,
        months.join("; ")
    )
}

/// The width of the names of the months.
const LABELS: f64 = 30.0;
