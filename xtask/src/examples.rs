//! `examples`: every example of the facade runs to its end.

use std::time::Duration;

use crate::Result;
use crate::metadata::Metadata;
use crate::process::Process;
use crate::report::Report;
use crate::workspace::Workspace;

const PACKAGE: &str = "cubbyhole";
/// Examples are read by people and shown in seconds; a minute means that one hangs.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let metadata = workspace.metadata()?;
    let examples = names(metadata);
    if examples.is_empty() {
        return Err(format!("nothing to run: write crates/{PACKAGE}/examples").into());
    }
    // The whole workspace, as in `test`: what that step built is not built again.
    workspace
        .cargo(&["build", "--workspace", "--all-features", "--examples"])
        .run()?;
    let folder = metadata.target_directory.join("debug").join("examples");
    for example in &examples {
        let program = folder.join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
        Process::new(program, workspace.root()).run_within(LIMIT)?;
    }
    Ok(Report::of(format!(
        "{} examples: {}",
        examples.len(),
        examples.join(", ")
    )))
}

fn names(metadata: &Metadata) -> Vec<&str> {
    let targets = metadata
        .member(PACKAGE)
        .into_iter()
        .flat_map(|package| &package.targets);
    let examples = targets.filter(|target| target.kinds.iter().any(|kind| kind == "example"));
    examples.map(|target| target.name.as_str()).collect()
}
