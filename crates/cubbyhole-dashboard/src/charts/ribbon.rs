//! The four years as one ribbon, from the daily lows to the daily highs, week by week.

use maud::{Markup, html};

use crate::analytics::Week;
use crate::svg::{
    self, Caption, Frame, Layout, Scale, area, horizontal_axis, nice_domain, px, ticks,
};

/// Draws `weeks`, coloured from cold to warm.
pub(crate) fn ribbon(id: &str, title: &str, weeks: &[Week]) -> Markup {
    let description = "The weekly means of the daily highs and lows, rising to every summer and falling to every winter.";
    let caption = Caption {
        id,
        title,
        description,
    };
    let height = |layout| match layout {
        Layout::Full => 190.0,
        Layout::Wide => 160.0,
        Layout::Narrow => 130.0,
    };
    let layouts = [Layout::Full, Layout::Wide, Layout::Narrow];
    svg::chart_in(&layouts, caption, height, |frame| draw(id, frame, weeks))
}

fn draw(id: &str, frame: Frame, weeks: &[Week]) -> Markup {
    let least = weeks
        .iter()
        .map(|week| week.low)
        .fold(f64::INFINITY, f64::min);
    let most = weeks.iter().map(|week| week.high).fold(least, f64::max);
    let (low, high) = nice_domain(least, most, 6);
    let frame = Frame {
        left: 30.0,
        top: 8.0,
        ..frame
    };
    let upward = frame.upward(low, high);
    let across = frame.across(0.0, weeks.len().saturating_sub(1) as f64);
    let along = |temperature: fn(&Week) -> f64| -> Vec<(f64, f64)> {
        let weeks = weeks.iter().enumerate();
        weeks
            .map(|(index, week)| (across.at(index as f64), upward.at(temperature(week))))
            .collect()
    };
    let gradient = format!("{id}-{}-warmth", frame.layout.name());
    html! {
        defs {
            (warmth(&gradient, upward))
        }
        @for tick in ticks(low, high, 3) {
            @let y = upward.at(tick);
            line.grid x1=(px(frame.left)) x2=(px(frame.right)) y1=(px(y)) y2=(px(y)) {}
            text.tick text-anchor="end" x=(px(frame.left - 6.0)) y=(px(y + 3.5)) { (format!("{tick:.0}°")) }
        }
        (horizontal_axis(frame, &years(across, weeks)))
        path d=(area(&along(|week| week.high), &along(|week| week.low))) fill=(format!("url(#{gradient})")) {}
    }
}

/// Blue at freezing, amber in a warm summer, whatever the range of the axis.
fn warmth(id: &str, upward: Scale) -> Markup {
    html! {
        linearGradient id=(id) gradientUnits="userSpaceOnUse" x1="0" x2="0"
            y1=(px(upward.at(-2.0))) y2=(px(upward.at(28.0))) {
            stop.cold offset="0" {}
            stop.mild offset="0.5" {}
            stop.warm offset="1" {}
        }
    }
}

/// Each year is named in its middle.
fn years(across: Scale, weeks: &[Week]) -> Vec<(f64, String)> {
    let mut labels = Vec::new();
    for year in weeks.chunk_by(|one, next| one.from.year() == next.from.year()) {
        if let Some(first) = year.first()
            && year.len() > 20
        {
            let start = weeks.partition_point(|week| week.from < first.from);
            let middle = start as f64 + year.len() as f64 / 2.0;
            labels.push((across.at(middle), first.from.year().to_string()));
        }
    }
    labels
}
