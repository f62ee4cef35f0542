//! Charts as inline SVG: no script, no outside resources, coloured by the style sheet.
//!
//! A chart is drawn once for each width of place that it may be in, and the style sheet shows the
//! one that fits: text in a scaled-down drawing would be too small to read.

mod axis;
mod frame;
mod path;
mod scale;

use maud::{Markup, html};

pub(crate) use self::axis::{horizontal_axis, vertical_axis};
pub(crate) use self::frame::{Frame, Layout};
pub(crate) use self::path::{area, line};
pub(crate) use self::scale::{Scale, nice_domain, tick_label, ticks};

/// What a chart says to those who do not see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caption<'a> {
    /// Unique in the page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
}

/// Draws a chart for a card: for wide and for narrow places.
pub(crate) fn chart(
    caption: Caption<'_>,
    height: impl Fn(Layout) -> f64,
    draw: impl Fn(Frame) -> Markup,
) -> Markup {
    chart_in(&[Layout::Wide, Layout::Narrow], caption, height, draw)
}

/// Draws a chart in each of `layouts`.
pub(crate) fn chart_in(
    layouts: &[Layout],
    caption: Caption<'_>,
    height: impl Fn(Layout) -> f64,
    draw: impl Fn(Frame) -> Markup,
) -> Markup {
    html! {
        @for layout in layouts {
            @let frame = Frame::new(*layout, height(*layout));
            @let title = format!("{}-{}-title", caption.id, layout.name());
            @let description = format!("{}-{}-description", caption.id, layout.name());
            svg class=(format!("chart {}", layout.name())) viewBox=(frame.view_box()) role="img"
                aria-labelledby=(title) aria-describedby=(description) {
                title id=(title) { (caption.title) }
                desc id=(description) { (caption.description) }
                (draw(frame))
            }
        }
    }
}

/// A coordinate, rounded to what an eye can see.
pub(crate) fn px(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Adding zero turns -0 into 0.
    format!("{}", rounded + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_title_and_a_description_in_both_layouts() {
        let caption = Caption {
            id: "monthly",
            title: "Means <of> months",
            description: "Twelve dots",
        };
        let markup = chart(caption, |_| 100.0, |_| html! { g {} }).into_string();
        assert_eq!(markup.matches("<svg").count(), 2);
        assert!(markup.contains(r#"aria-labelledby="monthly-wide-title""#));
        assert!(
            markup.contains(r#"<title id="monthly-narrow-title">Means &lt;of&gt; months</title>"#)
        );
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(px(12.3456), "12.3");
        assert_eq!(px(12.0), "12");
        assert_eq!(px(-0.01), "0");
    }
}
