//! The repetitions of the trend as columns, and below them one interval for each block length.

use maud::{Markup, html};

use crate::analytics::{Trend, TrendInterval};
use crate::svg::{self, Caption, Frame, Layout, Scale, horizontal_axis, px, tick_label, ticks};
use crate::wording;

/// Draws the uncertainty of `trend`.
pub(crate) fn trend_bars(id: &str, title: &str, trend: &Trend) -> Markup {
    let description = describe(trend);
    let caption = Caption {
        id,
        title,
        description: &description,
    };
    let height = |layout| {
        if layout == Layout::Narrow {
            250.0
        } else {
            270.0
        }
    };
    svg::chart(caption, height, |frame| draw(frame, trend))
}

fn draw(frame: Frame, trend: &Trend) -> Markup {
    let frame = Frame {
        left: if frame.is_narrow() { 58.0 } else { 104.0 },
        top: 8.0,
        right: frame.width - 10.0,
        ..frame
    };
    let (low, high) = range(trend);
    let across = frame.across(low, high);
    let rows = frame.bottom - ROW * trend.intervals.len() as f64;
    html! {
        (grid(frame, across))
        (columns(frame, across, trend, rows - 10.0))
        @for (index, interval) in trend.intervals.iter().enumerate() {
            (row(frame, across, trend, interval, rows + ROW * (index as f64 + 0.5)))
        }
    }
}

/// A little more than what is drawn, and always with zero.
fn range(trend: &Trend) -> (f64, f64) {
    let bins = trend.histogram.iter().flat_map(|bin| [bin.from, bin.to]);
    let intervals = trend
        .intervals
        .iter()
        .flat_map(|row| [row.interval.low, row.interval.high]);
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for value in bins.chain(intervals) {
        low = low.min(value);
        high = high.max(value);
    }
    let margin = (high - low).max(0.1) * 0.03;
    (low - margin, high + margin)
}

fn grid(frame: Frame, across: Scale) -> Markup {
    let (low, high) = across.values();
    let all = ticks(low, high, if frame.is_narrow() { 4 } else { 7 });
    let labels: Vec<(f64, String)> = all
        .iter()
        .map(|tick| (across.at(*tick), tick_label(*tick, &all)))
        .collect();
    html! {
        @for tick in &all {
            @let x = across.at(*tick);
            line.grid.zero[*tick == 0.0]
                x1=(px(x)) x2=(px(x)) y1=(px(frame.top)) y2=(px(frame.bottom)) {}
        }
        (horizontal_axis(frame, &labels))
    }
}

fn columns(frame: Frame, across: Scale, trend: &Trend, floor: f64) -> Markup {
    let most = trend
        .histogram
        .iter()
        .map(|bin| bin.count)
        .max()
        .unwrap_or(1)
        .max(1);
    let unit = (floor - frame.top) / most as f64;
    html! {
        g class=(format!("series {}", trend.measure)) {
            @for bin in &trend.histogram {
                @let height = unit * bin.count as f64;
                rect.column x=(px(across.at(bin.from))) y=(px(floor - height)) height=(px(height))
                    width=(px((across.at(bin.to) - across.at(bin.from) - 1.0).max(0.5))) {}
            }
        }
    }
}

fn row(frame: Frame, across: Scale, trend: &Trend, row: &TrendInterval, y: f64) -> Markup {
    let from = across.at(row.interval.low);
    html! {
        text.tick x="0" y=(px(y + 3.5)) { (label(row.block_weeks, frame)) }
        g class=(format!("series {}", trend.measure)) {
            title { (sentence(trend, row)) }
            rect.interval x=(px(from)) y=(px(y - 4.0)) height="8" rx="4"
                width=(px(across.at(row.interval.high) - from)) {}
            circle.dot cx=(px(across.at(trend.slope))) cy=(px(y)) r="3.5" {}
        }
    }
}

fn label(weeks: usize, frame: Frame) -> String {
    match (weeks, frame.is_narrow()) {
        (1, true) => "1 week".to_owned(),
        (1, false) => "single weeks".to_owned(),
        (_, true) => format!("{weeks} weeks"),
        (_, false) => format!("{weeks}-week blocks"),
    }
}

fn sentence(trend: &Trend, row: &TrendInterval) -> String {
    format!(
        "drawn {} {} at a time: {} to {} {} a year",
        row.block_weeks,
        if row.block_weeks == 1 {
            "week"
        } else {
            "weeks"
        },
        wording::change(row.interval.low),
        wording::change(row.interval.high),
        trend.measure.unit(),
    )
}

fn describe(trend: &Trend) -> String {
    let rows: Vec<String> = trend
        .intervals
        .iter()
        .map(|row| sentence(trend, row))
        .collect();
    format!(
        "The slope is {} {} a year. Its interval, {}.",
        wording::change(trend.slope),
        trend.measure.unit(),
        rows.join("; ")
    )
}

/// The height of one interval.
const ROW: f64 = 20.0;
