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
    /// The median and the quartiles.
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: percentile(&sorted, 0.5),
            low: percentile(&sorted, 0.25),
            high: percentile(&sorted, 0.75),
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

impl Table {
    /// A table with a row for each contender, and no column yet.
    pub(crate) fn of(contenders: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let row = |contender: String| Row {
            contender,
            cells: Vec::new(),
        };
        Self {
            rows: contenders.into_iter().map(Into::into).map(row).collect(),
            ..Self::default()
        }
    }

    /// Adds a column with a cell for each row.
    pub(crate) fn push(&mut self, column: Column, cells: Vec<Cell>) {
        self.columns.push(column);
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.cells.push(cell);
        }
    }
}

impl Cell {
    /// A figure that was counted, if it was.
    pub(crate) fn number(figure: Option<f64>) -> Self {
        figure.map_or(Self::Nothing, Self::Number)
    }

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

/// A count as people read it.
pub(crate) fn thousands(count: usize) -> String {
    grouped(i64::try_from(count).unwrap_or(i64::MAX))
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
    use super::{Cell, Column, Spread, Table, percentile, readable};

    #[test]
    fn spread_is_of_the_middle() {
        let figures: Vec<f64> = (0..=8).rev().map(f64::from).collect();
        let expected = Spread {
            median: 4.0,
            low: 2.0,
            high: 6.0,
        };
        assert_eq!(Spread::of(&figures), expected);
        assert_eq!(Spread::of(&[3.0]).low, 3.0);
    }

    #[test]
    fn percentile_lies_between_two_figures() {
        let sorted = [10.0, 20.0, 40.0];
        assert_eq!(percentile(&sorted, 0.0), 10.0);
        assert_eq!(percentile(&sorted, 0.25), 15.0);
        assert_eq!(percentile(&sorted, 0.75), 30.0);
        assert_eq!(percentile(&sorted, 1.0), 40.0);
        assert!(percentile(&[], 0.5).is_nan(), "of nothing");
    }

    #[test]
    fn column_has_a_cell_in_each_row() {
        let mut table = Table::of(["a", "b"]);
        table.push(Column::new("ns"), vec![Cell::Number(1.0), Cell::Nothing]);
        let heights: Vec<_> = table.rows.iter().map(|row| row.cells[0].height()).collect();
        assert_eq!(heights, [Some(1.0), None]);
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
