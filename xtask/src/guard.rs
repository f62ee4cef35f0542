//! `guard`: instructions and allocations of our operations, against committed figures.
//!
//! Times do not repeat, least of all on a machine for CI; these do.

use crate::Result;
use crate::bench::PACKAGE;
use crate::process::Process;
use crate::report::Report;
use crate::workspace::Workspace;

/// Compares with the committed figures.
pub(crate) fn check(workspace: &Workspace) -> Result<Report> {
    run(workspace, &["guard"])
}

/// Writes the figures of today.
pub(crate) fn bless(workspace: &Workspace) -> Result<Report> {
    run(workspace, &["guard", "--bless"])
}

/// The program whose allocator counts: building the other one too would take half as long again.
const PROGRAM: &str = "cubbyhole-bench-heap";

fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report> {
    let build = [
        "build",
        "--profile",
        "bench",
        "-p",
        PACKAGE,
        "--bin",
        PROGRAM,
    ];
    // Flags of the compiler would be part of what is measured.
    workspace.cargo(&build).environment("RUSTFLAGS", "").run()?;
    let folder = workspace.metadata()?.target_directory.join("release");
    let program = folder.join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    let guard = Process::new(program, workspace.root()).arguments(arguments);
    let mut last = String::new();
    guard.run_and_watch(|line| line.trim().clone_into(&mut last))?;
    Ok(Report::of(last))
}
