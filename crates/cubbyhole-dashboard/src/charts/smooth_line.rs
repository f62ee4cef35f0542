//! The days of a window as dots, and the curve through them in its band.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::analytics::{Curve, CurvePoint};
use crate::data::Measure;
use crate::svg::{
    self, Caption, Frame, Layout, Scale, area, horizontal_axis, line, nice_domain, px,
    vertical_axis,
};
use crate::wording;

/// Draws `curve` in the colour of `measure`.
pub(crate) fn smooth_line(id: &str, title: &str, curve: &Curve, measure: Measure) -> Markup {
    let description = describe(curve, measure);
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
    svg::chart(caption, height, |frame| draw(frame, curve, measure))
}

fn draw(frame: Frame, curve: &Curve, measure: Measure) -> Markup {
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else {
        return html! {};
    };
    let (low, high) = range(&curve.points, measure);
    let upward = frame.upward(low, high);
    let across = frame.across(0.0, days_between(first.date, last.date));
    let x = |date: Date| across.at(days_between(first.date, date));
    let along = |y: fn(&CurvePoint) -> f64| -> Vec<(f64, f64)> {
        let points = curve.points.iter();
        points
            .map(|point| (x(point.date), upward.at(y(point))))
            .collect()
    };
    let upper = along(|point| point.band.high);
    let lower = along(|point| point.band.low);
    html! {
        (vertical_axis(frame, upward, &measure.unit().to_string()))
        (horizontal_axis(frame, &date_labels(frame, across, first.date, last.date)))
        g class=(format!("series {measure}")) {
            path.days.many[curve.points.len() > 500] d=(dots(&along(|point| point.value))) {}
            path.band d=(area(&upper, &lower)) {}
            path.curve d=(line(&along(|point| point.smooth))) {}
        }
    }
}

fn range(points: &[CurvePoint], measure: Measure) -> (f64, f64) {
    let mut low = if measure.starts_at_zero() {
        0.0
    } else {
        f64::INFINITY
    };
    let mut high = f64::NEG_INFINITY;
    for point in points {
        low = low.min(point.value);
        high = high.max(point.value);
    }
    nice_domain(low, high, 5)
}

/// Many dots as one path of strokes without length: their round caps are the dots.
fn dots(points: &[(f64, f64)]) -> String {
    points
        .iter()
        .map(|(x, y)| format!("M{} {}h0", px(*x), px(*y)))
        .collect()
}

/// A label at the start of every so many months, or weeks in a short window.
fn date_labels(frame: Frame, across: Scale, first: Date, last: Date) -> Vec<(f64, String)> {
    let most = if frame.is_narrow() { 5 } else { 9 };
    let days = days_between(first, last);
    let mut labels = Vec::new();
    let mut add = |date: Date, text: String| {
        let x = across.at(days_between(first, date));
        if x >= frame.left && x <= frame.right - 8.0 {
            labels.push((x, text));
        }
    };
    if days < 70.0 {
        let step = (days / 7.0 / most as f64).ceil().max(1.0) as i64;
        let mut date = first;
        while date <= last {
            add(date, wording::short_date(date));
            date = date.saturating_add((7 * step).days());
        }
        return labels;
    }
    let months = days / 30.4;
    let step = [1, 2, 3, 6, 12]
        .into_iter()
        .find(|step| months / f64::from(*step) <= most as f64);
    let step = step.unwrap_or(12);
    let mut date = first.first_of_month();
    while date <= last {
        if (date.month() - 1) % step == 0 {
            add(date, month_label(date));
        }
        date = date.saturating_add(1.month());
    }
    labels
}

/// A January is named by its year.
fn month_label(date: Date) -> String {
    let format = if date.month() == 1 { "%Y" } else { "%b" };
    date.strftime(format).to_string()
}

fn days_between(from: Date, to: Date) -> f64 {
    f64::from(from.until(to).map_or(0, |span| span.get_days()))
}

fn describe(curve: &Curve, measure: Measure) -> String {
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else {
        return "No days.".to_owned();
    };
    let by_curve = |one: &&CurvePoint, other: &&CurvePoint| one.smooth.total_cmp(&other.smooth);
    let extreme = |point: Option<&CurvePoint>| {
        point.map_or_else(String::new, |point| {
            format!(
                "{} {} on {}",
                wording::number(point.smooth),
                measure.unit(),
                wording::date(point.date)
            )
        })
    };
    format!(
        "{} days from {} to {}. The curve is lowest at {} and highest at {}.",
        curve.points.len(),
        wording::date(first.date),
        wording::date(last.date),
        extreme(curve.points.iter().min_by(by_curve)),
        extreme(curve.points.iter().max_by(by_curve)),
    )
}
