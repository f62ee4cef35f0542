//! What a scenario has found out.

/// A table of figures, one row a contender.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The scenario's name; with `title`, it names the table.
    pub(crate) scenario: &'static str,
    pub(crate) title: String,
    /// What was done, in sentences.
    pub(crate) about: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Whether it gets a plot.
    pub(crate) plot: bool,
}

/// A row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) contender: String,
    pub(crate) cells: Vec<Cell>,
}

/// One figure.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// Measured in several rounds.
    Spread {
        spread: Spread,
        /// To ours, the median of the ratios of the rounds.
        ratio: Option<f64>,
    },
    /// Counted, or measured once.
    Number(f64),
    Text(String),
    /// Not measured; the contender cannot do this, say.
    Nothing,
}

/// The middle of several figures, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// The median, and the tenth and ninetieth percentile.
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: percentile(&sorted, 0.5),
            low: percentile(&sorted, 0.1),
            high: percentile(&sorted, 0.9),
        }
    }
}

/// A percentile of figures in order, between the two next to it.
pub(crate) fn percentile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = part * last as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

impl Cell {
    /// What of it a plot shows.
    pub(crate) const fn height(&self) -> Option<f64> {
        match self {
            Self::Spread { spread, .. } => Some(spread.median),
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Nothing => None,
        }
    }
}

impl Column {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            plot: false,
        }
    }

    pub(crate) fn plotted(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            plot: true,
        }
    }
}

/// A number as people read it: three digits that matter, thousands apart.
pub(crate) fn readable(number: f64) -> String {
    let magnitude = number.abs();
    if !number.is_finite() {
        "–".to_owned()
    } else if magnitude >= 100.0 {
        grouped(number.round() as i64)
    } else if magnitude >= 10.0 {
        format!("{number:.1}")
    } else if magnitude == 0.0 {
        "0".to_owned()
    } else {
        format!("{number:.2}")
    }
}

fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Spread, readable};

    #[test]
    fn spread_is_of_the_middle() {
        let figures: Vec<f64> = (0..=10).rev().map(f64::from).collect();
        let expected = Spread {
            median: 5.0,
            low: 1.0,
            high: 9.0,
        };
        assert_eq!(Spread::of(&figures), expected);
        assert_eq!(Spread::of(&[3.0]).low, 3.0);
    }

    #[test]
    fn numbers_are_readable() {
        let texts = [0.0, 0.123, 1.5, 12.34, 123.4, 1_234.0, 1_234_567.0].map(readable);
        assert_eq!(
            texts,
            ["0", "0.12", "1.50", "12.3", "123", "1,234", "1,234,567"]
        );
    }
}
