//! `guide`: the book builds without a warning, and its pages about other caches compile with those caches.
//!
//! All other pages are doc tests as any, so the step `test` runs them.

use std::path::PathBuf;

use crate::Result;
use crate::bench::{self, PEERS};
use crate::process::Process;
use crate::report::{Report, Totals};
use crate::test;
use crate::workspace::Workspace;

const PACKAGE: &str = "cubbyhole-guide";
const BOOK: &str = "docs/guide";
/// What is written for; another one draws the pages differently, or not at all.
const VERSION: &str = "mdbook v0.5.";
const INSTALL: &str = "cargo install mdbook@0.5.4 --locked --no-default-features";

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let code = run_code(workspace)?;
    let book = match find(workspace) {
        Ok(program) => build(workspace, program)?,
        Err(missing) if std::env::var_os("CI").is_some() => return Err(missing.into()),
        Err(missing) => {
            eprintln!("note: the book was NOT built: {missing}");
            "the book was not built, for want of mdbook".to_owned()
        }
    };
    Ok(Report {
        summary: format!("{book}; {code}"),
        tests: Some(code),
    })
}

/// Runs the code of the pages that need the peers.
fn run_code(workspace: &Workspace) -> Result<Totals> {
    let cargo = workspace
        .cargo(&["test", "--doc", "-p", PACKAGE, "--target-dir"])
        .argument(bench::folder(workspace)?)
        .environment("RUSTFLAGS", PEERS)
        .environment("RUSTDOCFLAGS", PEERS);
    let report = test::run_counted(&cargo)?;
    Ok(report.tests.unwrap_or_default())
}

/// The mdbook that `.ci/run` has installed, or the one of the machine; what is wrong, if there is none that fits.
fn find(workspace: &Workspace) -> std::result::Result<PathBuf, String> {
    let installed = workspace
        .metadata()
        .map_err(|error| error.to_string())?
        .target_directory
        .join("tools")
        .join("bin")
        .join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    let program = if installed.is_file() {
        installed
    } else {
        PathBuf::from("mdbook")
    };
    match Process::new(&program, workspace.root())
        .argument("--version")
        .read()
    {
        Ok(version) if version.starts_with(VERSION) => Ok(program),
        Ok(version) => Err(format!("{} is not {VERSION}x: {INSTALL}", version.trim())),
        Err(error) => Err(format!("{error}: {INSTALL}")),
    }
}

/// Builds the book. mdbook has no flag that makes errors of its warnings, so what it says is read.
fn build(workspace: &Workspace, program: PathBuf) -> Result<String> {
    let folder = workspace.metadata()?.target_directory.join("guide");
    let said = Process::new(program, workspace.root())
        .arguments(&["build", BOOK, "--dest-dir"])
        .argument(folder.display().to_string())
        .environment("MDBOOK_LOG", "warn")
        .read_all()?;
    match said.lines().find(|line| is_warning(line)) {
        Some(warning) => Err(format!("the book builds with a warning: {}", warning.trim()).into()),
        None => Ok(format!("the book is in {}", folder.display())),
    }
}

fn is_warning(line: &str) -> bool {
    line.split_whitespace()
        .any(|word| word == "WARN" || word == "ERROR")
}

#[cfg(test)]
mod tests {
    use super::is_warning;

    #[test]
    fn warnings_are_told_by_their_level() {
        assert!(is_warning(" WARN mdbook_html: a link leads nowhere"));
        assert!(is_warning("2026-11-28 ERROR no chapter"));
        assert!(!is_warning(" INFO Book building has started"));
        assert!(!is_warning(" INFO no WARNINGS"));
    }
}
