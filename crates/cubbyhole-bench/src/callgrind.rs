//! What valgrind's tools count: instructions and cache misses, and the bytes of the heap that are read and written.

use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::child::{Program, tell};
use crate::heap::heap;

/// What one run did in all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    /// Lines that were not in a first-level data cache of 32 KiB; 0 if caches were ignored.
    pub(crate) misses: f64,
}

/// Whether callgrind is to say what a processor's caches would do: the same ones on every machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Caches {
    Simulated,
    Ignored,
}

/// Does `work` twice, and has the second time counted: by callgrind where that watches, and by an allocator that
/// counts. Tells the allocations of one of its `operations`.
pub(crate) fn count_twice(operations: usize, mut work: impl FnMut()) {
    work();
    let before = heap();
    counted(&mut work);
    let after = heap();
    let allocations = before
        .zip(after)
        .map_or(0, |(before, after)| after.allocations - before.allocations);
    tell("allocations", allocations as f64 / operations as f64);
}

/// What callgrind counts: this function, and nothing outside of it. Constructors that measure the clock, say, do not
/// repeat.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

const COUNTED: &str = "cubbyhole_bench::callgrind::counted";

/// Whether valgrind is there.
pub(crate) fn is_there() -> bool {
    let version = Command::new("valgrind").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// Runs a child under callgrind, and returns what its counted part did.
pub(crate) fn count(program: Program, words: &[String], caches: Caches) -> Result<Counts> {
    let file = scratch("callgrind");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--collect-atstart=no"]);
    if caches == Caches::Simulated {
        command.args([
            "--cache-sim=yes",
            "--I1=32768,8,64",
            "--D1=32768,8,64",
            "--LL=1048576,16,64",
        ]);
    }
    command
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", file.display()));
    run(command, program, words)?;
    let text = std::fs::read_to_string(&file)?;
    std::fs::remove_file(&file)?;
    let counts = parse(&text).ok_or("callgrind wrote no sums")?;
    if counts.instructions == 0.0 {
        return Err(format!("callgrind did not see `{COUNTED}`: is the program stripped?").into());
    }
    Ok(counts)
}

/// Runs a child under DHAT, and returns how many bytes of the heap it read and wrote.
pub(crate) fn touched(words: &[String]) -> Result<f64> {
    let file = scratch("dhat");
    let mut command = Command::new("valgrind");
    command
        .arg("--tool=dhat")
        .arg(format!("--dhat-out-file={}", file.display()));
    let said = run(command, Program::Plain, words)?;
    std::fs::remove_file(&file)?;
    parse_touched(&said).ok_or_else(|| "DHAT said no sums".into())
}

/// Runs a child under valgrind, and returns what valgrind said.
fn run(mut command: Command, program: Program, words: &[String]) -> Result<String> {
    let output = command
        .arg(program.path()?)
        .arg("child")
        .args(words)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("valgrind failed with `{}`: {said}", words.join(" ")).into())
    }
}

fn scratch(tool: &str) -> PathBuf {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    std::env::temp_dir().join(format!("cubbyhole-{tool}-{}-{number}", std::process::id()))
}

fn parse(text: &str) -> Option<Counts> {
    let after = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
    let names: Vec<&str> = after("events:")?.split_whitespace().collect();
    let sums = after("totals:").or_else(|| after("summary:"))?;
    let sums: Vec<f64> = sums
        .split_whitespace()
        .filter_map(|sum| sum.parse().ok())
        .collect();
    let of = |name: &str| {
        names
            .iter()
            .position(|known| *known == name)
            .and_then(|at| sums.get(at))
            .copied()
    };
    Some(Counts {
        instructions: of("Ir")?,
        misses: of("D1mr").unwrap_or_default() + of("D1mw").unwrap_or_default(),
    })
}

fn parse_touched(said: &str) -> Option<f64> {
    let bytes = |start: &str| {
        let line = said
            .lines()
            .find_map(|line| line.split_once(start).map(|(_, rest)| rest))?;
        let digits = line.trim().split(' ').next()?.replace(',', "");
        digits.parse::<f64>().ok()
    };
    Some(bytes("Reads:")? + bytes("Writes:")?)
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_touched};

    #[test]
    fn sums_of_callgrind_are_read() {
        let text = "version: 1\nevents: Ir Dr Dw I1mr D1mr D1mw\nfn=(1)\n1 2 3\n\ntotals: 1000 300 200 5 40 2\n";
        let counts = parse(text).unwrap();
        assert_eq!((counts.instructions, counts.misses), (1000.0, 42.0));
    }

    #[test]
    fn sums_of_dhat_are_read() {
        let said = "==1== Total:     1,024 bytes in 1 blocks\n==1== Reads:     1,000 bytes\n==1== Writes:    2,500 bytes\n";
        assert_eq!(parse_touched(said), Some(3_500.0));
    }
}
