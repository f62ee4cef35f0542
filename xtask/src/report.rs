//! What a step says when it has succeeded.

use std::fmt::{self, Display};
use std::ops::AddAssign;

/// One line for the summary, and the tests that were run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) summary: String,
    pub(crate) tests: Option<Totals>,
}

impl Report {
    pub(crate) fn of(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            tests: None,
        }
    }

    pub(crate) fn of_tests(totals: Totals) -> Self {
        Self {
            summary: totals.to_string(),
            tests: Some(totals),
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)
    }
}

/// The sums of libtest's closing lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    pub(crate) targets: u64,
}

impl Totals {
    /// Reads `test result: ok. 3 passed; 0 failed; …`; any other line counts nothing.
    pub(crate) fn of_line(line: &str) -> Self {
        let mut totals = Self::default();
        let Some(result) = line.trim_start().strip_prefix("test result:") else {
            return totals;
        };
        totals.targets = 1;
        for part in result.split(';') {
            let words: Vec<&str> = part.split_whitespace().collect();
            if let [.., count, word] = *words.as_slice()
                && let Ok(count) = count.parse()
            {
                match word {
                    "passed" => totals.passed = count,
                    "failed" => totals.failed = count,
                    "ignored" => totals.ignored = count,
                    _ => {}
                }
            }
        }
        totals
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.targets += other.targets;
    }
}

impl Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            ignored,
            targets,
        } = self;
        write!(
            f,
            "{passed} passed, {failed} failed, {ignored} ignored, in {targets} test targets"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn closing_line_is_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.02s";
        let expected = Totals {
            passed: 12,
            failed: 3,
            ignored: 1,
            targets: 1,
        };
        assert_eq!(Totals::of_line(line), expected);
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(Totals::of_line("test store::get ... ok"), Totals::default());
        assert_eq!(
            Totals::of_line("all doctests ran in 0.5s; 3 passed"),
            Totals::default()
        );
    }

    #[test]
    fn totals_add_up() {
        let mut sum = Totals::of_line("test result: ok. 2 passed; 0 failed; 0 ignored");
        sum += Totals::of_line("test result: ok. 3 passed; 0 failed; 1 ignored");
        assert_eq!(
            sum,
            Totals {
                passed: 5,
                failed: 0,
                ignored: 1,
                targets: 2
            }
        );
    }
}
