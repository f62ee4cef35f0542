//! `lint`: no warning of the compiler or of clippy in any target.

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ];
    workspace.cargo(&clippy).run()?;
    Ok(Report::of("no warnings"))
}
