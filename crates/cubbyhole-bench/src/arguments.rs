//! What can be asked for, and how it is spelled.

use std::fmt::Write;
use std::path::PathBuf;

use crate::Result;
use crate::scenarios::SCENARIOS;

/// A command line that was understood.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Bench(Options),
    Guard {
        bless: bool,
    },
    /// This program started by itself, to measure something in a process of its own.
    Child(Vec<String>),
}

/// How to measure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Fewer rounds, and smaller worlds where size is not the point.
    pub(crate) quick: bool,
    /// The page to write.
    pub(crate) report: Option<PathBuf>,
    /// Which scenarios; none means all.
    pub(crate) scenarios: Vec<String>,
    /// The command, as the person at the terminal typed it.
    pub(crate) command: String,
}

impl Options {
    /// Returns one of two sizes.
    pub(crate) fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// Returns how many rounds there are of what is timed: enough for quartiles, on a machine that is never quiet.
    pub(crate) fn rounds(&self) -> usize {
        self.size(15, 5)
    }
}

/// Finds the command that `words` ask for.
pub(crate) fn parse(words: &[String]) -> Result<Command> {
    match words.first().map(String::as_str) {
        Some("help" | "--help" | "-h") => Ok(Command::Help),
        Some("child") => Ok(Command::Child(words[1..].to_vec())),
        Some("guard") => match words[1..] {
            [] => Ok(Command::Guard { bless: false }),
            [ref flag] if flag == "--bless" => Ok(Command::Guard { bless: true }),
            [ref other, ..] => {
                Err(format!("unknown argument `{other}`: `guard` takes only `--bless`").into())
            }
        },
        _ => parse_bench(words).map(Command::Bench),
    }
}

fn parse_bench(words: &[String]) -> Result<Options> {
    let mut options = Options {
        command: format!("cargo xtask bench {}", words.join(" "))
            .trim_end()
            .to_owned(),
        ..Options::default()
    };
    let mut report = false;
    for word in words {
        match word.as_str() {
            "--quick" => options.quick = true,
            "--report" => report = true,
            name if SCENARIOS.iter().any(|scenario| scenario.name == name) => {
                options.scenarios.push(name.to_owned());
            }
            other => {
                let known: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
                return Err(format!(
                    "unknown argument `{other}`; known are: --quick, --report, {}",
                    known.join(", ")
                )
                .into());
            }
        }
    }
    // The page of everything is not replaced by one of less.
    let parts = std::iter::once("docs/performance").chain(options.scenarios.iter().map(|it| &**it));
    let page = format!("{}.md", parts.collect::<Vec<_>>().join("-"));
    options.report = report.then(|| PathBuf::from(page));
    Ok(options)
}

/// The list of what can be asked for.
pub(crate) fn help() -> String {
    let mut text = String::from(
        "cargo xtask bench [--quick] [--report] [scenario…]\ncargo xtask guard [--bless]\n\n",
    );
    for scenario in SCENARIOS {
        writeln!(text, "  {:<14} {}", scenario.name, scenario.about).unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Command, SCENARIOS, help, parse};

    fn parse_words(words: &[&str]) -> super::Result<Command> {
        parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn every_scenario_is_understood_and_in_the_help() {
        for scenario in SCENARIOS {
            let Ok(Command::Bench(options)) = parse_words(&["--quick", scenario.name]) else {
                panic!("{} is not understood", scenario.name);
            };
            assert!(options.quick && options.scenarios == [scenario.name]);
            assert!(help().contains(&format!("  {} ", scenario.name)));
        }
    }

    #[test]
    fn unknown_scenario_names_the_known_ones() {
        let mistake = parse_words(&["hot_gte"]).unwrap_err().to_string();
        assert!(
            mistake.contains("`hot_gte`") && mistake.contains("hot_get"),
            "{mistake}"
        );
    }

    #[test]
    fn the_report_says_how_it_was_asked_for() {
        let Ok(Command::Bench(options)) = parse_words(&["--report", "zipf"]) else {
            panic!("not understood");
        };
        assert_eq!(options.command, "cargo xtask bench --report zipf");
    }

    #[test]
    fn a_report_of_some_scenarios_leaves_that_of_all_alone() {
        let page = |words: &[&str]| match parse_words(words) {
            Ok(Command::Bench(options)) => options.report,
            other => panic!("{other:?}"),
        };
        assert_eq!(page(&["--report"]), Some("docs/performance.md".into()));
        let some = page(&["zipf", "--report", "memory"]);
        assert_eq!(some, Some("docs/performance-zipf-memory.md".into()));
        assert_eq!(page(&["zipf"]), None);
    }
}
