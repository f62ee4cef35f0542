//! `doc`: the documentation builds without warnings.

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    workspace
        .cargo(&["doc", "--no-deps", "--workspace", "--all-features"])
        .environment("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Report::of("no warnings"))
}
