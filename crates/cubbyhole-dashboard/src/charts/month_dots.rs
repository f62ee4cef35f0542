//! Twelve means, each a dot on its interval.

use maud::{Markup, html};

use crate::analytics::MonthMean;
use crate::data::Measure;
use crate::svg::{self, Caption, Frame, Layout, horizontal_axis, nice_domain, px, vertical_axis};
use crate::wording;

/// Draws the means of `months`, in the colour of `measure`.
pub(crate) fn month_dots(id: &str, title: &str, months: &[MonthMean], measure: Measure) -> Markup {
    let description = describe(months, measure);
    let caption = Caption {
        id,
        title,
        description: &description,
    };
    let height = |layout| {
        if layout == Layout::Narrow {
            230.0
        } else {
            270.0
        }
    };
    svg::chart(caption, height, |frame| draw(frame, months, measure))
}

fn draw(frame: Frame, months: &[MonthMean], measure: Measure) -> Markup {
    let least = if measure.starts_at_zero() {
        0.0
    } else {
        f64::INFINITY
    };
    let low = months
        .iter()
        .map(|month| month.interval.low)
        .fold(least, f64::min);
    let high = months
        .iter()
        .map(|month| month.interval.high)
        .fold(low, f64::max);
    let (low, high) = nice_domain(low, high, 5);
    let upward = frame.upward(low, high);
    let column = (frame.right - frame.left) / 12.0;
    let middle = |month: &MonthMean| frame.left + column * (f64::from(month.month) - 0.5);
    let labels: Vec<(f64, String)> = months
        .iter()
        .map(|month| (middle(month), label(month.month, frame)))
        .collect();
    let means: Vec<(f64, f64)> = months
        .iter()
        .map(|month| (middle(month), upward.at(month.mean)))
        .collect();
    html! {
        (vertical_axis(frame, upward, &measure.unit().to_string()))
        (horizontal_axis(frame, &labels))
        g class=(format!("series {measure}")) {
            path.thread d=(svg::line(&means)) {}
            @for month in months {
                @let x = middle(month);
                @let top = upward.at(month.interval.high);
                g.mark {
                    title { (sentence(month, measure)) }
                    rect.hit x=(px(x - column / 2.0)) y=(px(frame.top)) width=(px(column))
                        height=(px(frame.bottom - frame.top)) {}
                    rect.interval x=(px(x - 4.0)) y=(px(top)) width="8" rx="4"
                        height=(px((upward.at(month.interval.low) - top).max(1.0))) {}
                    circle.dot cx=(px(x)) cy=(px(upward.at(month.mean))) r="3.5" {}
                }
            }
        }
    }
}

fn label(month: i8, frame: Frame) -> String {
    let letters = if frame.is_narrow() { 1 } else { 3 };
    wording::month(month).chars().take(letters).collect()
}

fn sentence(month: &MonthMean, measure: Measure) -> String {
    format!(
        "{}: {} {} ({} to {})",
        wording::month(month.month),
        wording::number(month.mean),
        measure.unit(),
        wording::number(month.interval.low),
        wording::number(month.interval.high),
    )
}

fn describe(months: &[MonthMean], measure: Measure) -> String {
    let by_mean = |one: &&MonthMean, other: &&MonthMean| one.mean.total_cmp(&other.mean);
    match (months.iter().min_by(by_mean), months.iter().max_by(by_mean)) {
        (Some(least), Some(most)) => format!(
            "Lowest in {}. Highest in {}.",
            sentence(least, measure),
            sentence(most, measure)
        ),
        _ => String::new(),
    }
}
