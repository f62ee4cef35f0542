//! `test`: unit, integration and documentation tests, counted.

use crate::Result;
use crate::process::Process;
use crate::report::{Report, Totals};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    run_counted(&workspace.cargo(&["test", "--workspace", "--all-features"]))
}

/// Runs `cargo test` and adds up its closing lines; a run without a single test is a failure.
pub(crate) fn run_counted(cargo_test: &Process) -> Result<Report> {
    let mut totals = Totals::default();
    let result = cargo_test.run_and_watch(|line| totals += Totals::of_line(line));
    result.map_err(|error| format!("{error} ({totals})"))?;
    if totals.passed == 0 {
        return Err(format!("`{cargo_test}` ran no test").into());
    }
    Ok(Report::of_tests(totals))
}
