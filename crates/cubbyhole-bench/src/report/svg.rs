//! A bar plot, as text.

use std::fmt::Write;

use crate::table::{Cell, Table, readable};

const WIDTH: f64 = 760.0;
const NAMES: f64 = 170.0;
const FIGURES: f64 = 150.0;
const ROW: f64 = 22.0;
const TOP: f64 = 44.0;

/// Plots a column: a bar a row, ours first; a row without a figure has none.
///
/// A bar that would leave the others too short to compare is cut, and says so.
pub(super) fn bars(table: &Table, column: usize) -> String {
    let shown: Vec<(&str, &Cell, f64)> = table
        .rows
        .iter()
        .filter_map(|row| {
            let cell = row.cells.get(column)?;
            Some((row.contender.as_str(), cell, cell.height()?))
        })
        .collect();
    let reach = |cell: &Cell, height: f64| match cell {
        Cell::Spread { spread, .. } => spread.high.max(height),
        _ => height,
    };
    let heights = shown.iter().map(|(_, _, height)| *height).collect();
    let highest = shown.iter().map(|(_, cell, height)| reach(cell, *height));
    let limit = limit(heights, highest.fold(0.0, f64::max));
    let scale = if limit > 0.0 {
        (WIDTH - NAMES - FIGURES) / limit
    } else {
        0.0
    };
    let height = TOP + ROW * shown.len() as f64 + 10.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>text{{fill:#24292f}}.bar{{fill:#8fa3b8}}.ours{{fill:#0b6e4f}}.reference{{fill:#c9d1d9}}\
         line{{stroke:#24292f}}@media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}line{{stroke:#e6edf3}}}}</style>\n\
         <text x=\"8\" y=\"18\" font-size=\"14\" font-weight=\"bold\">{}</text>\n\
         <text x=\"8\" y=\"34\">{}; shorter is better</text>\n",
        escaped(&table.title),
        escaped(table.columns.get(column).map_or("", |column| &column.name)),
    );
    for (at, (contender, cell, height)) in shown.iter().enumerate() {
        let top = TOP + ROW * at as f64;
        let class = match *contender {
            "cubbyhole" => "bar ours",
            "bare hashbrown" | "bare watch channel" | "payload" => "bar reference",
            _ => "bar",
        };
        let cut = *height > limit;
        let width = height.min(limit) * scale;
        let text_at = top + 15.0;
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{text_at}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{NAMES}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\"/>",
            NAMES - 6.0,
            escaped(contender),
            top + 3.0,
            ROW - 6.0,
        )
        .unwrap_or_default();
        if let Cell::Spread { spread, .. } = cell {
            let (low, high) = (
                spread.low.min(limit) * scale,
                spread.high.min(limit) * scale,
            );
            let middle = top + ROW / 2.0;
            writeln!(
                svg,
                "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>",
                NAMES + low,
                NAMES + high
            )
            .unwrap_or_default();
        }
        let ratio = match cell {
            Cell::Spread {
                ratio: Some(ratio), ..
            } if at > 0 => format!(" (× {})", readable(*ratio)),
            _ => String::new(),
        };
        let end = reach(cell, *height).min(limit) * scale;
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{text_at}\">{}{}{ratio}</text>",
            NAMES + end + 6.0,
            if cut { "→ " } else { "" },
            readable(*height)
        )
        .unwrap_or_default();
    }
    svg.push_str("</svg>\n");
    svg
}

/// The longest bar: the highest there is, or five times the middle one if that is less.
fn limit(mut heights: Vec<f64>, highest: f64) -> f64 {
    heights.sort_by(f64::total_cmp);
    let middle = heights.get(heights.len() / 2).copied().unwrap_or(1.0);
    if middle > 0.0 {
        highest.min(middle * 5.0)
    } else {
        highest
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Spread};

    fn plot(figures: &[f64]) -> String {
        let contenders = (0..figures.len()).map(|number| format!("number {number}"));
        let mut table = Table::of(contenders);
        let cells = figures.iter().map(|figure| Cell::Number(*figure));
        table.push(Column::plotted("ns"), cells.collect());
        bars(&table, 0)
    }

    #[test]
    fn longest_bar_is_as_wide_as_there_is_room() {
        let text = plot(&[10.0, 20.0]);
        assert!(
            text.contains("width=\"220.0\"") && text.contains("width=\"440.0\""),
            "{text}"
        );
        assert!(!text.contains('→'));
    }

    #[test]
    fn bar_that_dwarfs_the_others_is_cut_and_says_so() {
        let text = plot(&[10.0, 10.0, 1_000.0]);
        assert!(
            text.contains("width=\"88.0\"") && text.contains("→ 1,000"),
            "{text}"
        );
    }

    #[test]
    fn nothing_to_show_is_an_empty_plot() {
        assert_eq!(plot(&[]).matches("<rect").count(), 0);
        assert!(!plot(&[0.0]).contains("NaN"));
    }

    #[test]
    fn spread_that_reaches_further_than_all_bars_has_room() {
        let mut table = Table::of(["one"]);
        let spread = Spread {
            median: 10.0,
            low: 5.0,
            high: 40.0,
        };
        table.push(
            Column::plotted("ns"),
            vec![Cell::Spread {
                spread,
                ratio: None,
            }],
        );
        let text = bars(&table, 0);
        assert!(
            text.contains("width=\"110.0\"") && text.contains("x2=\"610.0\""),
            "{text}"
        );
    }

    #[test]
    fn markup_is_escaped_once() {
        assert_eq!(escaped("a < b && c > d"), "a &lt; b &amp;&amp; c &gt; d");
        assert_eq!(escaped("&lt;"), "&amp;lt;");
    }
}
