//! `guard`: the instructions and allocations of our own operations, against committed figures.
//!
//! Times do not repeat; these do. `cargo xtask guard` fails where an operation costs more than its figure by more than
//! the tolerance; `--bless` writes new figures.

mod operations;

use std::path::PathBuf;

use crate::Result;
use crate::callgrind;
use crate::machine::rustc;
use crate::scenarios::{Watch, cost_figures};
use crate::table::readable;

pub(crate) use operations::run_operation;

/// What is guarded, as the operations are called in the figures: those of every contender, and some of ours alone.
const OPERATIONS: &[&str] = &[
    "a hit",
    "a miss",
    "a set",
    "a set that evicts",
    "a global hit",
    "a ttl hit",
    "a keep-all hit",
    "a computed hit",
    "a hit with a new id",
    "a set in a new scope, and its end",
];

/// By how much of a figure an operation may be off it.
const TOLERANCE: f64 = 0.03;

/// A committed figure.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    instructions: f64,
    allocations: f64,
}

pub(crate) fn run(bless: bool) -> Result {
    let valgrind = callgrind::is_there();
    let watch = if valgrind {
        Watch::Instructions
    } else {
        Watch::Nothing
    };
    if !valgrind {
        println!("skipped: the instructions, because valgrind is not installed");
    }
    let path = path();
    let committed = std::fs::read_to_string(&path).ok();
    let committed = committed
        .as_deref()
        .map(parse)
        .transpose()?
        .unwrap_or_default();
    if committed
        .rustc
        .as_deref()
        .is_some_and(|known| known != rustc())
        && !bless
    {
        println!(
            "note: the figures are of {}, and this is {}: if they differ, that may be why",
            committed.rustc.as_deref().unwrap_or("?"),
            rustc()
        );
    }
    let (mut measured, mut problems) = (Vec::new(), Vec::new());
    for name in OPERATIONS {
        let figures = cost_figures("cubbyhole", name, watch)?;
        let figures = figures.ok_or_else(|| format!("`{name}` was not done"))?;
        let known = committed.of(name);
        let figure = Figure {
            instructions: figures
                .instructions
                .or_else(|| known.map(|known| known.instructions))
                .unwrap_or_default(),
            allocations: figures.allocations,
        };
        let verdict = verdict(known, figure);
        println!(
            "{name:<36} {:>8} instructions, {:>5} allocations: {}",
            readable(figure.instructions),
            readable(figure.allocations),
            verdict.as_ref().map_or("as committed", String::as_str)
        );
        problems.extend(verdict);
        measured.push(((*name).to_owned(), figure));
    }
    if bless {
        if !valgrind {
            return Err("figures without instructions are none: install valgrind".into());
        }
        std::fs::write(&path, spelled(&measured))?;
        println!("written");
        return Ok(());
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{} of {} operations are off their figures; if that is meant, `cargo xtask guard --bless`",
            problems.len(),
            OPERATIONS.len()
        )
        .into())
    }
}

/// What is wrong with a figure, if anything is.
fn verdict(known: Option<Figure>, measured: Figure) -> Option<String> {
    let Some(known) = known else {
        return Some("no figure is committed".to_owned());
    };
    let off = |measured: f64, known: f64| {
        let difference = measured - known;
        (difference.abs() > (known * TOLERANCE).max(0.01)).then_some(difference)
    };
    let problems = [
        ("instructions", measured.instructions, known.instructions),
        ("allocations", measured.allocations, known.allocations),
    ];
    let problems: Vec<String> = problems
        .iter()
        .filter_map(|(what, measured, known)| {
            let off = off(*measured, *known)?;
            Some(format!("{off:+.2} {what} against {}", readable(*known)))
        })
        .collect();
    (!problems.is_empty()).then(|| problems.join(", "))
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guard.toml")
}

/// The committed file.
#[derive(Debug, Default)]
struct Committed {
    rustc: Option<String>,
    figures: Vec<(String, Figure)>,
}

impl Committed {
    fn of(&self, operation: &str) -> Option<Figure> {
        let found = self.figures.iter().find(|(name, _)| name == operation);
        found.map(|(_, figure)| *figure)
    }
}

fn parse(text: &str) -> Result<Committed> {
    let file: toml::Table = text.parse()?;
    let rustc = file
        .get("rustc")
        .and_then(toml::Value::as_str)
        .map(str::to_owned);
    let mut figures = Vec::new();
    for (name, figure) in file
        .get("operation")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
    {
        let of = |what: &str| {
            let number = figure.get(what).and_then(toml::Value::as_float);
            number.ok_or_else(|| format!("`{name}` has no {what}"))
        };
        figures.push((
            name.clone(),
            Figure {
                instructions: of("instructions")?,
                allocations: of("allocations")?,
            },
        ));
    }
    Ok(Committed { rustc, figures })
}

fn spelled(figures: &[(String, Figure)]) -> String {
    let mut text = format!(
        "# What our operations cost, each: instructions under callgrind, and allocations.\n\
         # Compared by `cargo xtask guard`, written by `cargo xtask guard --bless`.\n\
         rustc = \"{}\"\n",
        rustc()
    );
    for (name, figure) in figures {
        text.push_str(&format!(
            "\n[operation.\"{name}\"]\ninstructions = {:.1}\nallocations = {:.2}\n",
            figure.instructions, figure.allocations
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURE: Figure = Figure {
        instructions: 1_000.0,
        allocations: 0.0,
    };

    #[test]
    fn what_is_written_is_read() {
        let figures = vec![("a hit".to_owned(), FIGURE)];
        let read = parse(&spelled(&figures)).unwrap();
        assert_eq!(read.figures, figures);
        assert_eq!(read.rustc.as_deref(), Some(rustc()));
    }

    #[test]
    fn a_few_instructions_are_tolerated_and_no_allocation() {
        let with = |instructions, allocations| Figure {
            instructions,
            allocations,
        };
        assert_eq!(verdict(Some(FIGURE), with(1_029.0, 0.0)), None);
        assert!(
            verdict(Some(FIGURE), with(1_031.0, 0.0))
                .unwrap()
                .contains("instructions")
        );
        assert!(
            verdict(Some(FIGURE), with(900.0, 0.0)).is_some(),
            "a gain is to be committed too"
        );
        assert!(
            verdict(Some(FIGURE), with(1_000.0, 0.1))
                .unwrap()
                .contains("allocations")
        );
        assert!(verdict(None, FIGURE).is_some());
    }

    #[test]
    fn every_operation_has_a_figure() {
        let committed = parse(include_str!("../guard.toml")).unwrap();
        for name in OPERATIONS {
            assert!(committed.of(name).is_some(), "{name}");
        }
        assert_eq!(committed.figures.len(), OPERATIONS.len());
    }
}
