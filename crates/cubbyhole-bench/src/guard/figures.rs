//! The committed figures: how they are spelled, and how far from them an operation may be.

use std::fmt::{self, Display};

use crate::Result;
use crate::machine;
use crate::table::readable;

/// By how much of a figure the instructions of an operation may be off it.
const SAME_TOOLCHAIN: f64 = 0.03;

/// The same if another compiler or C library has made them: it may well do better or worse by some percent.
const OTHER_TOOLCHAIN: f64 = 0.10;

/// Figures are written with two digits after the point.
const ROUNDING: f64 = 0.01;

/// What an operation costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) instructions: f64,
    pub(super) allocations: f64,
}

impl Figure {
    /// Of two counts of one operation: the fewer instructions, and the more allocations, for those know no luck.
    pub(super) const fn or_less(self, other: Self) -> Self {
        Self {
            instructions: self.instructions.min(other.instructions),
            allocations: self.allocations.max(other.allocations),
        }
    }
}

/// What figures were made with; what a file does not say is taken to be the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Toolchain {
    rustc: Option<String>,
    libc: Option<String>,
    target: Option<String>,
}

impl Toolchain {
    pub(super) fn here() -> Self {
        Self {
            rustc: Some(machine::rustc().to_owned()),
            libc: Some(machine::libc()),
            target: Some(machine::target()),
        }
    }
}

/// How far from its figures an operation may be.
#[derive(Debug)]
pub(super) struct Tolerance {
    /// As a part of the figure; none if instructions are not compared.
    pub(super) instructions: Option<f64>,
    /// Why it is not the usual one.
    pub(super) note: Option<String>,
}

impl Tolerance {
    /// What may lie between figures and a measurement that were made with these.
    pub(super) fn between(figures: &Toolchain, here: &Toolchain) -> Self {
        let differs = |figures: &Option<String>, here: &Option<String>| {
            let (figures, here) = (figures.as_ref()?, here.as_ref()?);
            (figures != here).then(|| format!("the figures are of {figures}, and this is {here}"))
        };
        if let Some(difference) = differs(&figures.target, &here.target) {
            return Self::without_instructions(&difference);
        }
        let difference =
            differs(&figures.rustc, &here.rustc).or_else(|| differs(&figures.libc, &here.libc));
        match difference {
            None => Self {
                instructions: Some(SAME_TOOLCHAIN),
                note: None,
            },
            Some(difference) => Self {
                instructions: Some(OTHER_TOOLCHAIN),
                note: Some(format!(
                    "note: {difference}: instructions may be off by {:.0} %",
                    OTHER_TOOLCHAIN * 100.0
                )),
            },
        }
    }

    pub(super) fn without_instructions(why: &str) -> Self {
        Self {
            instructions: None,
            note: Some(format!("skipped: the instructions, because {why}")),
        }
    }

    /// What is wrong with a figure, if anything is. A gain is wrong too: it is to be committed, or it is lost unseen.
    pub(super) fn verdict(&self, known: Option<Figure>, measured: Figure) -> Option<String> {
        let Some(known) = known else {
            return Some("no figure is committed".to_owned());
        };
        let off = |what: &str, measured: f64, known: f64, allowed: f64| {
            let difference = measured - known;
            let is_off = difference.abs() > allowed.max(ROUNDING);
            is_off.then(|| format!("{difference:+.2} {what} against {}", readable(known)))
        };
        let instructions = self.instructions.and_then(|part| {
            let allowed = known.instructions * part;
            off(
                "instructions",
                measured.instructions,
                known.instructions,
                allowed,
            )
        });
        let allocations = off("allocations", measured.allocations, known.allocations, 0.0);
        let problems: Vec<String> = instructions.into_iter().chain(allocations).collect();
        (!problems.is_empty()).then(|| problems.join(", "))
    }
}

impl Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instructions {
            Some(part) => write!(
                f,
                "instructions within {:.0} %, allocations exactly",
                part * 100.0
            ),
            None => f.write_str("allocations exactly; instructions were not compared"),
        }
    }
}

/// The committed file.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) toolchain: Toolchain,
    pub(super) figures: Vec<(String, Figure)>,
}

impl Committed {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let file: toml::Table = text.parse()?;
        let text = |name: &str| {
            let text = file.get(name).and_then(toml::Value::as_str);
            text.map(str::to_owned)
        };
        let toolchain = Toolchain {
            rustc: text("rustc"),
            libc: text("libc"),
            target: text("target"),
        };
        let operations = file.get("operation").and_then(toml::Value::as_table);
        let mut figures = Vec::new();
        for (name, figure) in operations.into_iter().flatten() {
            let of = |what: &str| {
                let number = figure.get(what).and_then(toml::Value::as_float);
                number.ok_or_else(|| format!("`{name}` has no {what}"))
            };
            let figure = Figure {
                instructions: of("instructions")?,
                allocations: of("allocations")?,
            };
            figures.push((name.clone(), figure));
        }
        Ok(Self { toolchain, figures })
    }

    pub(super) fn of(&self, operation: &str) -> Option<Figure> {
        let found = self.figures.iter().find(|(name, _)| name == operation);
        found.map(|(_, figure)| *figure)
    }
}

impl Display for Committed {
    /// Spells the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# What our operations cost, each: instructions under callgrind, and allocations.\n\
             # Compared by `cargo xtask guard`, written by `cargo xtask guard --bless`.\n",
        )?;
        let Toolchain {
            rustc,
            libc,
            target,
        } = &self.toolchain;
        for (name, text) in [("rustc", rustc), ("libc", libc), ("target", target)] {
            if let Some(text) = text {
                writeln!(f, "{name} = \"{text}\"")?;
            }
        }
        for (name, figure) in &self.figures {
            write!(
                f,
                "\n[operation.\"{name}\"]\ninstructions = {:.1}\nallocations = {:.2}\n",
                figure.instructions, figure.allocations
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURE: Figure = Figure {
        instructions: 1_000.0,
        allocations: 2.0,
    };

    fn with(instructions: f64, allocations: f64) -> Figure {
        Figure {
            instructions,
            allocations,
        }
    }

    fn toolchain(rustc: &str, libc: &str, target: &str) -> Toolchain {
        Toolchain {
            rustc: Some(rustc.to_owned()),
            libc: Some(libc.to_owned()),
            target: Some(target.to_owned()),
        }
    }

    #[test]
    fn the_luckiest_seed_counts_and_every_allocation() {
        let figure = |instructions, allocations| Figure {
            instructions,
            allocations,
        };
        let (lucky, unlucky) = (figure(496.0, 1.0), figure(522.0, 0.0));
        assert_eq!(lucky.or_less(unlucky), figure(496.0, 1.0));
        assert_eq!(unlucky.or_less(lucky), figure(496.0, 1.0));
    }

    #[test]
    fn what_is_written_is_read() {
        let toolchain = Toolchain::here();
        let figures = vec![("a hit".to_owned(), FIGURE)];
        let written = Committed { toolchain, figures };
        let read = Committed::parse(&written.to_string()).unwrap();
        assert_eq!(read.figures, written.figures);
        assert_eq!(read.toolchain, written.toolchain);
    }

    #[test]
    fn some_instructions_are_tolerated_and_no_allocation() {
        let here = Toolchain::here();
        let tolerance = Tolerance::between(&here, &here);
        assert!(tolerance.note.is_none());
        assert_eq!(tolerance.verdict(Some(FIGURE), with(1_029.0, 2.004)), None);
        let slower = tolerance.verdict(Some(FIGURE), with(1_031.0, 2.0)).unwrap();
        assert_eq!(slower, "+31.00 instructions against 1,000");
        let faster = tolerance.verdict(Some(FIGURE), with(900.0, 2.0));
        assert!(faster.is_some(), "a gain is to be committed too");
        let allocating = tolerance
            .verdict(Some(FIGURE), with(1_000.0, 2.02))
            .unwrap();
        assert!(allocating.contains("+0.02 allocations"), "{allocating}");
        assert!(tolerance.verdict(None, FIGURE).is_some());
    }

    #[test]
    fn another_compiler_or_libc_may_differ_more() {
        let figures = toolchain("rustc 1.95", "glibc 2.36", "x86_64-linux");
        for here in [
            toolchain("rustc 1.96", "glibc 2.36", "x86_64-linux"),
            toolchain("rustc 1.95", "glibc 2.39", "x86_64-linux"),
        ] {
            let tolerance = Tolerance::between(&figures, &here);
            assert_eq!(tolerance.verdict(Some(FIGURE), with(1_099.0, 2.0)), None);
            assert!(
                tolerance
                    .verdict(Some(FIGURE), with(1_101.0, 2.0))
                    .is_some()
            );
            assert!(
                tolerance
                    .verdict(Some(FIGURE), with(1_000.0, 3.0))
                    .is_some()
            );
            let note = tolerance.note.as_deref().unwrap();
            assert!(
                note.contains("figures are of") && note.contains("10 %"),
                "{note}"
            );
        }
    }

    #[test]
    fn instructions_of_another_processor_are_not_compared() {
        let figures = toolchain("rustc 1.95", "glibc 2.36", "x86_64-linux");
        let here = toolchain("rustc 1.95", "glibc 2.36", "aarch64-linux");
        let tolerance = Tolerance::between(&figures, &here);
        assert_eq!(tolerance.verdict(Some(FIGURE), with(5_000.0, 2.0)), None);
        assert!(
            tolerance
                .verdict(Some(FIGURE), with(5_000.0, 2.1))
                .is_some()
        );
        assert!(
            tolerance
                .note
                .unwrap()
                .starts_with("skipped: the instructions")
        );
    }

    #[test]
    fn what_the_file_does_not_say_is_the_same() {
        let file = "rustc = \"rustc 1.95\"\n[operation.\"a hit\"]\ninstructions = 1.0\nallocations = 0.0\n";
        let figures = Committed::parse(file).unwrap().toolchain;
        let here = toolchain("rustc 1.95", "glibc 2.36", "x86_64-linux");
        assert!(Tolerance::between(&figures, &here).note.is_none());
        assert!(Committed::parse("[operation.\"a hit\"]\ninstructions = 1.0\n").is_err());
    }
}
