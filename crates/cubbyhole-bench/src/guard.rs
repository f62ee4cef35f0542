//! `guard`: the instructions and allocations of our own operations, against committed figures.
//!
//! Times do not repeat; these do. `cargo xtask guard` fails where an operation costs more or less than its figure, by
//! more than the tolerance; `--bless` writes new figures. It runs in the program whose allocator counts, and starts no
//! other.

mod figures;
mod operations;

use std::path::PathBuf;

use crate::Result;
use crate::callgrind;
use crate::scenarios::{Watch, cost_figures};
use crate::table::readable;

use figures::{Committed, Figure, Tolerance, Toolchain};
pub(crate) use operations::run_operation;

/// What is guarded, as the operations are called in the figures: those of every contender, and some of ours alone.
const OPERATIONS: &[&str] = &[
    "a hit",
    "a miss",
    "a set",
    "a set that evicts",
    "a global hit",
    "a ttl hit",
    "an unshared hit",
    "a shared hit",
    "a keep-all hit",
    "a computed hit",
    "a hit with a new id",
    "a set in a new scope, and its end",
];

/// How often an operation is counted at most. Each process seeds its hashes anew, and with an unlucky seed the keys of a
/// small cache have tags in common, which costs a hit some instructions; so the lowest count is the figure.
const SEEDS: usize = 5;

/// Compares, or writes. The last line that it prints is the result.
pub(crate) fn run(bless: bool) -> Result {
    let valgrind = callgrind::is_there();
    if bless {
        return if valgrind {
            write()
        } else {
            Err("figures without instructions are none: install valgrind".into())
        };
    }
    let path = path();
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    let committed = Committed::parse(&text)?;
    let tolerance = if valgrind {
        Tolerance::between(&committed.toolchain, &Toolchain::here())
    } else {
        Tolerance::without_instructions("valgrind is not installed")
    };
    if let Some(note) = &tolerance.note {
        println!("{note}");
    }
    let mut off = 0;
    for name in OPERATIONS {
        let mut measured = measure(name, tolerance.instructions.is_some())?;
        let mut verdict = tolerance.verdict(committed.of(name), measured);
        for _ in 1..SEEDS {
            if verdict.is_none() {
                break;
            }
            measured = measured.or_less(measure(name, tolerance.instructions.is_some())?);
            verdict = tolerance.verdict(committed.of(name), measured);
        }
        print(name, measured, verdict.as_deref().unwrap_or("as committed"));
        off += usize::from(verdict.is_some());
    }
    if off > 0 {
        return Err(format!(
            "{off} of {} operations are off their figures; if that is meant, `cargo xtask guard --bless`",
            OPERATIONS.len()
        )
        .into());
    }
    println!("{} operations as committed: {tolerance}", OPERATIONS.len());
    Ok(())
}

/// Writes the figures of today.
fn write() -> Result {
    let mut figures = Vec::new();
    for name in OPERATIONS {
        let mut measured = measure(name, true)?;
        for _ in 1..SEEDS {
            measured = measured.or_less(measure(name, true)?);
        }
        print(name, measured, "written");
        figures.push(((*name).to_owned(), measured));
    }
    let toolchain = Toolchain::here();
    std::fs::write(path(), Committed { toolchain, figures }.to_string())?;
    println!("figures of {} operations written", OPERATIONS.len());
    Ok(())
}

/// Counts what an operation costs; its instructions are 0 if they are not asked for.
fn measure(name: &str, instructions: bool) -> Result<Figure> {
    let watch = if instructions {
        Watch::Instructions
    } else {
        Watch::Nothing
    };
    let figures = cost_figures("cubbyhole", name, watch)?;
    let figures = figures.ok_or_else(|| format!("`{name}` was not done"))?;
    Ok(Figure {
        instructions: figures.instructions.unwrap_or_default(),
        allocations: figures.allocations,
    })
}

fn print(name: &str, measured: Figure, verdict: &str) {
    let Figure {
        instructions,
        allocations,
    } = measured;
    let instructions = if instructions == 0.0 {
        "–".to_owned()
    } else {
        readable(instructions)
    };
    println!(
        "{name:<36} {instructions:>8} instructions, {:>5} allocations: {verdict}",
        readable(allocations)
    );
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guard.toml")
}

#[cfg(test)]
mod tests {
    use super::{Committed, OPERATIONS};

    #[test]
    fn every_operation_has_a_figure() {
        let committed = Committed::parse(include_str!("../guard.toml")).unwrap();
        for name in OPERATIONS {
            assert!(committed.of(name).is_some(), "{name}");
        }
        assert_eq!(committed.figures.len(), OPERATIONS.len());
    }
}
