//! `dashboard`: the example service checks itself and ends.

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;

const PACKAGE: &str = "cubbyhole-dashboard";

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    if workspace.metadata()?.member(PACKAGE).is_none() {
        return Err(format!("nothing to run: write crates/{PACKAGE}").into());
    }
    workspace
        .cargo(&["run", "--release", "-p", PACKAGE, "--", "--check"])
        .run()?;
    Ok(Report::of("its own check passes"))
}
