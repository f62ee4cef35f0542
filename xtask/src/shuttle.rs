//! `shuttle`: the store's tests under many interleavings of its threads.

use crate::metadata::Metadata;
use crate::report::Report;
use crate::workspace::Workspace;
use crate::{Result, test};

const PACKAGE: &str = "cubbyhole-store";
const TARGET: &str = "shuttle";

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let metadata = workspace.metadata()?;
    if !has_target(metadata) {
        return Err(format!("nothing to run: write crates/{PACKAGE}/tests/{TARGET}.rs").into());
    }
    // The flag recompiles everything: a folder of its own keeps the other steps' work.
    let folder = metadata.target_directory.join("shuttle");
    let folder = folder.strip_prefix(workspace.root()).unwrap_or(&folder);
    let cargo = workspace
        .cargo(&[
            "test",
            "--release",
            "-p",
            PACKAGE,
            "--test",
            TARGET,
            "--target-dir",
        ])
        .argument(folder.display().to_string())
        .environment("RUSTFLAGS", "--cfg shuttle");
    test::run_counted(&cargo)
}

fn has_target(metadata: &Metadata) -> bool {
    let targets = metadata
        .member(PACKAGE)
        .into_iter()
        .flat_map(|package| &package.targets);
    targets
        .into_iter()
        .any(|target| target.name == TARGET && target.kinds.iter().any(|kind| kind == "test"))
}
