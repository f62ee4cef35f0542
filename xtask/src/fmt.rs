//! `fmt`: the code is formatted as rustfmt would.

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;

pub(crate) fn check(workspace: &Workspace) -> Result<Report> {
    workspace.cargo(&["fmt", "--all", "--check"]).run()?;
    Ok(Report::of("formatted"))
}

/// Formats the code; the only command that changes files.
pub(crate) fn fix(workspace: &Workspace) -> Result<Report> {
    workspace.cargo(&["fmt", "--all"]).run()?;
    Ok(Report::of("formatted now"))
}
